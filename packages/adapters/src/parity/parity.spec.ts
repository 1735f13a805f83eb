import { canonicalJson, transactionId } from '@twinlog/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testCell } from '../cell.spec.fixture.ts';
import {
  type Got,
  type Sent,
  startNodeWay,
  throughFunctions,
  throughHttpApi,
  throughRestApi,
  type Way,
} from './shells.spec.fixture.ts';

let node: Awaited<ReturnType<typeof startNodeWay>>;
beforeAll(async () => {
  node = await startNodeWay();
});
afterAll(() => node.stop());

const accounts = ['acc-1', 'Zoë Ω', 'a/b', '50%'];
const keys = ['k1', 'k2', 'key with spaces & "quotes"'];
const account = fc.constantFrom(...accounts);
const key = fc.constantFrom(...keys);
const currency = fc.constantFrom('USD', 'USD', 'JPY', 'BHD', 'XXXX');
const amount = fc.oneof(
  fc.constantFrom('10.00', '5', '3.25', '0', '-1', '1e3', '0.001', '1234567890123456789', ''),
  fc.integer({ min: 1, max: 20 }).map(String),
);

/** Ids of creates that may have happened, and of some that cannot. */
const id = fc.oneof(
  fc.tuple(account, key).map(([owner, name]) => transactionId(owner, name, () => 0)),
  fc.constantFrom('txn_0', 'nope', `txn_${'0'.repeat(32)}`, '%2e%2e', 'txn%5F0'),
);

const path = fc.oneof(
  fc.constant('/transactions'),
  id.map((text) => `/transactions/${text}`),
  fc.tuple(id, fc.constantFrom('capture', 'void', 'refund', 'events', 'nothing')).map(([text, action]) => {
    return `/transactions/${text}/${action}`;
  }),
  fc
    .tuple(
      fc.oneof(
        account.map(encodeURIComponent),
        fc.constantFrom('%00', '%ff', '%zz', '%F0%9F%98%80', '', 'a%20b', 'x'.repeat(129), '%E2%28'),
      ),
      fc.constantFrom(
        '',
        '?limit=1',
        '?limit=1&limit=2',
        '?limit=0',
        '?limit=%31',
        '?after=x',
        '?%zz',
        '?limit',
        '?a=b+c',
      ),
    )
    .map(([text, query]) => `/accounts/${text}/transactions${query}`),
  fc.constantFrom(
    '/',
    '/health',
    '/healt%68',
    '/health/detail',
    '/openapi.json',
    '/./health',
    '/a/../health',
    '/health/%2e',
    '/HEALTH',
    '//',
    '/transactions/',
    '/replication/x',
    '/a%2Fb',
    '/%',
  ),
);

const body: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    { weight: 4, arbitrary: fc.record({ amount, currency }).map((value) => JSON.stringify(value)) },
    {
      weight: 4,
      arbitrary: fc.record({ account_id: account, amount, currency }).map((value) => JSON.stringify(value)),
    },
    fc
      .dictionary(
        fc.constantFrom('account_id', 'amount', 'currency', '__proto__', 'other', 'toString'),
        fc.jsonValue(),
      )
      .map((value) => JSON.stringify(value)),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.array(fc.integer({ min: 0, max: 0x10ffff })).map((codes) => String.fromCodePoint(...codes)),
    fc.constantFrom('', '', '{}', '{"amount":1.50,"currency":"USD"}', '{"amount":1e2', '\ufeff{}'),
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '{"a":"\\ud800"}',
        `{"a":${'['.repeat(9_000)}`,
        `{"a":"${'x'.repeat(65_536)}"}`,
      ),
    },
  )
  .map((text) => Buffer.from(text));
const bytes = fc.oneof({ weight: 9, arbitrary: body }, fc.uint8Array({ maxLength: 40 }));

const header: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  fc.tuple(fc.constant('Idempotency-Key'), fc.oneof(key, fc.constantFrom('a,b', 'é', 'x'.repeat(129)))),
  fc.tuple(
    fc.constantFrom('Content-Type', 'content-type'),
    fc.constantFrom(
      'application/json',
      'Application/JSON; charset=UTF-8',
      'text/plain',
      'application/json;x',
    ),
  ),
  fc.tuple(fc.constant('If-Match'), fc.constantFrom('*', '"aws-us-east-1.1=1"', 'W/"a"', '""')),
  fc.tuple(
    fc.constant('Consistency-Token'),
    fc.oneof(
      fc.tuple(id, fc.constantFrom('', 'aws-us-east-1.1=1', 'aws-us-east-1.1=9', '=')).map((parts) => {
        return parts.join(';');
      }),
      fc.constant('x'),
    ),
  ),
  fc.tuple(fc.constant('X-Request-Id'), fc.constantFrom('r-1', 'ÿ')),
  fc.tuple(fc.constant('traceparent'), fc.constantFrom(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'x')),
  fc.tuple(fc.constant('Cookie'), fc.constantFrom('a=1; b=2', 'c=3')),
  fc.tuple(
    fc.constantFrom('Accept', 'ACCEPT'),
    fc.constantFrom(
      '*/*',
      'text/html',
      'application/cloudevents-batch+json',
      'application/json;q=0.1',
      ' ',
      ';,=',
    ),
  ),
  fc.tuple(fc.constant('If-None-Match'), fc.constantFrom('*', '"aws-us-east-1.1=1"', 'W/"a"')),
  fc.tuple(fc.constant('Origin'), fc.constantFrom('https://shop.example', 'null')),
  fc.tuple(fc.constant('Content-Encoding'), fc.constantFrom('gzip', 'identity', '')),
  fc.tuple(fc.constant('Authorization'), fc.constantFrom('Bearer x', 'Basic')),
);

const jsonType = ['content-type', 'application/json'] as const;

const anything: fc.Arbitrary<Sent> = fc.record({
  method: fc.oneof(
    { weight: 5, arbitrary: fc.constant('POST') },
    fc.constantFrom('GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'),
    fc.constantFrom('LOCK', 'PURGE', 'M-SEARCH'),
  ),
  target: path,
  headers: fc
    .tuple(fc.constantFrom([jsonType], [jsonType], []), fc.array(header, { maxLength: 3 }))
    .map((parts) => parts.flat()),
  body: bytes.map((sent) => Uint8Array.from(sent)),
});

/** Commands and reads of few transactions, which mostly work, so that there is something for others to meet. */
const sensible: fc.Arbitrary<Sent> = fc
  .record({
    owner: fc.constantFrom('acc-1', 'acc-1', 'acc-1', 'a/b'),
    name: fc.constantFrom('k1', 'k1', 'k1', 'k2'),
    command: fc.constantFrom('create', 'create', 'capture', 'void', 'refund', 'read', 'events', 'list'),
    extra: fc.option(header, { nil: undefined }),
    cents: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ owner, name, command, extra, cents }): Sent => {
    const transaction = `/transactions/${transactionId(owner, name, () => 0)}`;
    const money = { amount: `${command === 'create' ? 9 : cents}.00`, currency: 'USD' };
    const headers = extra ? [extra] : [];
    const post = (target: string, value: object): Sent => ({
      method: 'POST',
      target,
      headers: [jsonType, ...headers],
      body: Buffer.from(JSON.stringify(value)),
    });
    const get = (target: string): Sent => ({ method: 'GET', target, headers, body: new Uint8Array() });
    if (command === 'read') return get(transaction);
    if (command === 'events') return get(`${transaction}/events`);
    if (command === 'list') return get(`/accounts/${encodeURIComponent(owner)}/transactions?limit=2`);
    if (command === 'void') return post(`${transaction}/void`, {});
    if (command !== 'create') return post(`${transaction}/${command}`, money);
    const create = post('/transactions', { account_id: owner, ...money });
    return { ...create, headers: [jsonType, ['idempotency-key', name]] };
  });

/** Run before the random ones, so that every status is met in every run of the test. */
function storyOfEveryStatus(): Sent[] {
  const target = `/transactions/${transactionId('acc-1', 'k1', () => 0)}`;
  const money = Buffer.from('{"amount":"9.00","currency":"USD"}');
  const create = Buffer.from('{"account_id":"acc-1","amount":"9.00","currency":"USD"}');
  const post = (path: string, sent: Uint8Array, ...headers: Sent['headers']): Sent => ({
    method: 'POST',
    target: path,
    headers: [jsonType, ...headers],
    body: Uint8Array.from(sent),
  });
  return [
    post('/transactions', create, ['idempotency-key', 'k1']),
    post(`${target}/refund`, money),
    post(`${target}/capture`, money, ['if-match', '""']),
    post(`${target}/capture`, money, ['consistency-token', `${target.slice(14)};aws-us-east-1.1=9`]),
    post(`${target}/capture`, money),
    post(`${target}/void`, Buffer.from('{}')),
    post('/transactions', Buffer.from('{')),
    post('/transactions', Buffer.alloc(65_537, 32)),
    { ...post('/transactions', create), headers: [] },
    { ...post('/transactions', create), method: 'TRACE' },
    post('/nowhere', create),
    { ...post('/transactions', create), method: 'OPTIONS' },
    post('/transactions', create, ['accept', 'text/html']),
    { method: 'GET', target, headers: [['if-none-match', '*']], body: new Uint8Array() },
  ];
}

/** What the requests come to in a cell of their own, one after the other: every answer, and the log in the end. */
async function outcomeOf(
  through: Way,
  requests: readonly Sent[],
  seed: number,
): Promise<{ readonly answers: readonly Got[]; readonly log: string }> {
  const { api, store } = testCell({ seed });
  const answers: Got[] = [];
  for (const sent of requests) answers.push(await through(api, sent));
  const log = await store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 2 ** 45, limit: 1_000 });
  return { answers, log: canonicalJson(log) };
}

/** How many requests are generated, and how many of them a run sends to one cell, at least. */
const wanted = 10_000;
const perRun = 25;

test('10,000 requests, good or bad, have the same status, headers, body and effect through every shell', async () => {
  const statuses = new Set<number>();
  let sentRequests = 0;
  const sequence = fc.array(fc.oneof({ weight: 2, arbitrary: sensible }, anything), {
    minLength: perRun,
    maxLength: perRun + 5,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(sequence, fc.integer(), async (requests, seed) => {
      sentRequests += requests.length;
      const outcomes = await Promise.all(
        [throughHttpApi, throughRestApi, throughFunctions, node.through].map((through) =>
          outcomeOf(through, requests, seed),
        ),
      );
      const [first, ...others] = outcomes;
      for (const { status } of first?.answers ?? []) statuses.add(status);
      // Deep equality costs more than the requests themselves: it is for telling the difference, not for finding it.
      const text = canonicalJson(first);
      for (const other of others) if (canonicalJson(other) !== text) expect(other).toEqual(first);
    }),
    { numRuns: Math.ceil(wanted / perRun), examples: [[storyOfEveryStatus(), 1]] },
  );
  expect(sentRequests).toBeGreaterThanOrEqual(wanted);
  expect([...statuses].sort()).toEqual(
    expect.arrayContaining([200, 201, 204, 304, 400, 404, 405, 406, 409, 412, 413, 415, 422, 503]),
  );
}, 120_000);
