/**
 * Makes `examples/local/traffic.ndjson`, always the same: 60 accounts in four currencies, every transaction
 * another mix of captures, voids, refunds, repeats and requests that must be refused, over twenty seconds.
 *
 *     node --conditions=twinlog-source examples/local/src/make-traffic.ts > examples/local/traffic.ndjson
 */
import { pathToFileURL } from 'node:url';

interface Line {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly at: number;
  readonly as?: string;
}

const currencies = [
  { currency: 'USD', decimals: 2 },
  { currency: 'EUR', decimals: 2 },
  { currency: 'JPY', decimals: 0 },
  { currency: 'BHD', decimals: 3 },
] as const;

const transactions = 340;
const accounts = 60;
const spanMs = 18_000;

/** Mulberry32 (Tommy Ettinger): a small generator that gives the same numbers everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export function makeTraffic(): string {
  const random = seeded(20_261_123);
  const below = (count: number) => Math.floor(random() * count);
  const lines: Line[] = [];

  for (let index = 0; index < transactions; index++) {
    const { currency, decimals } = currencies[index % currencies.length] ?? currencies[0];
    const account = `acct-${String(index % accounts).padStart(3, '0')}`;
    const name = `t${index}`;
    let at = Math.floor((index / transactions) * spanMs);
    let keys = 0;
    const money = (minor: number) => {
      const digits = String(minor).padStart(decimals + 1, '0');
      const amount = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
      return { amount, currency };
    };
    const later = () => {
      at += 150 + below(450);
    };
    const add = (line: Omit<Line, 'at'>) => {
      lines.push({ ...line, at });
      later();
    };
    const key = () => ({ 'Idempotency-Key': `${account}-${name}-${++keys}` });
    const on = (action: string) => `/transactions/\${${name}.transaction_id}/${action}`;
    /** Sends a request; now and then twice at once, now and then again later. */
    const command = (line: Omit<Line, 'at' | 'method'>) => {
      const whole = { method: 'POST', ...line };
      if (below(6) === 0) lines.push({ ...whole, at });
      add(whole);
      const { as: _, ...again } = whole;
      if (below(5) === 0) add(again);
    };

    const parts = 1 + below(3);
    const part = (5 + below(2_000)) * 10;
    const total = parts * part;
    command({
      path: '/transactions',
      headers: key(),
      body: { account_id: account, ...money(total) },
      as: name,
    });
    if (index % 7 === 3) {
      command({ path: on('void'), headers: key(), body: {} });
      command({ path: on('capture'), headers: key(), body: money(part) });
      add({ method: 'GET', path: on('events') });
      continue;
    }
    if (index % 5 === 0) command({ path: on('capture'), headers: key(), body: money(total + 10) });
    for (let captured = 0; captured < parts; captured++) {
      const headers = key();
      command({ path: on('capture'), headers, body: money(part) });
      if (index % 11 === 4 && captured === 0)
        command({ path: on('capture'), headers, body: money(part - 10) });
    }
    if (index % 4 === 1) command({ path: on('void'), headers: key(), body: {} });
    if (index % 3 === 0) {
      const half = Math.floor(part / 20) * 10;
      if (half > 0) command({ path: on('refund'), headers: key(), body: money(half) });
      command({ path: on('refund'), headers: key(), body: money(total) });
      command({ path: on('refund'), headers: key(), body: money(total - half) });
    }
    add({ method: 'GET', path: `/transactions/\${${name}.transaction_id}` });
    if (index % 6 === 2) add({ method: 'GET', path: `/accounts/${account}/transactions?limit=5` });
    const bad = badRequests[index % badRequests.length];
    if (bad && index % 2 === 0) add(bad(account, currency));
  }
  return lines
    .map((line, order) => ({ line, order }))
    .sort((a, b) => a.line.at - b.line.at || a.order - b.order)
    .map(({ line }) => `${JSON.stringify(line)}\n`)
    .join('');
}

const json = { 'Content-Type': 'application/json' };
const unknownId = `txn_${'0'.repeat(32)}`;

/** Requests that every cell must refuse, each in its own way. */
const badRequests: readonly ((account: string, currency: string) => Omit<Line, 'at'>)[] = [
  (account_id) => ({
    method: 'POST',
    path: '/transactions',
    headers: json,
    body: `{"account_id":"${account_id}",`,
  }),
  () => ({ method: 'POST', path: '/transactions', headers: json, body: '[]' }),
  (account_id, currency) => ({ method: 'POST', path: '/transactions', body: { account_id, currency } }),
  (account_id, currency) => ({
    method: 'POST',
    path: '/transactions',
    body: { account_id, amount: '0', currency },
  }),
  (account_id, currency) => ({
    method: 'POST',
    path: '/transactions',
    body: { account_id, amount: '-5', currency },
  }),
  (account_id, currency) => ({
    method: 'POST',
    path: '/transactions',
    body: { account_id, amount: '1.23456', currency },
  }),
  (account_id) => ({
    method: 'POST',
    path: '/transactions',
    body: { account_id, amount: '10', currency: 'XYZ' },
  }),
  (account_id, currency) => ({
    method: 'POST',
    path: '/transactions',
    body: `{"account_id":"${account_id}","amount":1e3,"currency":"${currency}"}`,
  }),
  (account_id, currency) => ({
    method: 'POST',
    path: '/transactions',
    body: { account_id, amount: '1', currency, note: 'unknown' },
  }),
  (_, currency) => ({
    method: 'POST',
    path: '/transactions',
    body: { account_id: 'a\u0007b', amount: '1', currency },
  }),
  (_, currency) => ({
    method: 'POST',
    path: `/transactions/${unknownId}/capture`,
    body: { amount: '1', currency },
  }),
  () => ({ method: 'GET', path: `/transactions/${unknownId}` }),
  () => ({ method: 'DELETE', path: '/transactions' }),
  () => ({ method: 'GET', path: '/no/such/path' }),
  (account_id, currency) => ({
    method: 'POST',
    path: '/transactions',
    headers: { 'Content-Type': 'text/plain' },
    body: JSON.stringify({ account_id, amount: '1', currency }),
  }),
];

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(makeTraffic());
