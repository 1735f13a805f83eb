import {
  createMemoryStore,
  createService,
  type EventStore,
  ingest,
  type Runtime,
  type Service,
  type Transaction,
  type TransactionCommand,
  transaction,
} from '@twinlog/core';
import { createHttpApi, type HttpApi, type HttpApiOptions } from './http-api.ts';

export const origin = 'aws-us-east-1.1';

/** A clock that only moves when somebody sleeps, and the random numbers of a seed (mulberry32). */
export function seededRuntime(seed = 1): Runtime {
  let time = Date.UTC(2026, 0, 1);
  let state = seed;
  return {
    now: () => time,
    sleep: async (ms) => {
      time += ms;
    },
    random: () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
    },
  };
}

export interface TestCell {
  readonly api: HttpApi;
  readonly store: EventStore;
  readonly service: Service<Transaction, TransactionCommand>;
  /** A request to the API; an object as the body is sent as JSON. */
  readonly send: (method: string, path: string, body?: object, headers?: HeadersInit) => Promise<Answered>;
  /** How many events of its own the cell holds. */
  readonly eventCount: () => Promise<number>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

type HeadersInit = Readonly<Record<string, string>>;

/** A whole cell in memory. */
export function testCell({
  store = createMemoryStore(),
  cellOrigin = origin,
  seed = 1,
  runtime = seededRuntime(seed),
  ...options
}: Partial<HttpApiOptions> & { cellOrigin?: string; seed?: number } = {}): TestCell {
  const service = createService({
    aggregate: transaction,
    store,
    origin: cellOrigin,
    assignment: '1.aws-us-east-1',
    runtime,
  });
  const api = createHttpApi({ service, store, runtime, authenticate: 'off', warn: () => {}, ...options });
  return {
    api,
    store,
    service,
    send: async (method, path, body, headers = {}) => {
      const response = await api(
        new Request(`http://localhost${path}`, {
          method,
          headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
          body: body ? JSON.stringify(body) : null,
        }),
      );
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text === '' ? {} : JSON.parse(text),
      };
    },
    eventCount: async () => {
      const page = await store.scan({ origin: cellOrigin, from: 0, to: 2 ** 45, limit: 1_000 });
      return page.items.length;
    },
  };
}

export const usd = (amount: string): { readonly amount: string; readonly currency: string } => ({
  amount,
  currency: 'USD',
});

/** Creates a transaction by HTTP. Resolves to its id. */
export async function created(
  cell: TestCell,
  amount = '10.00',
  account = 'acc-1',
  key = 'create-1',
): Promise<string> {
  const body = { account_id: account, ...usd(amount) };
  const answer = await cell.send('POST', '/transactions', body, { 'idempotency-key': key });
  if (answer.status !== 201) throw new Error(`Creating answered ${answer.status}: ${answer.text}`);
  return String(answer.body.transaction_id);
}

/** All events of the one store, put into the other as replication does. */
export async function replicate(from: EventStore, to: EventStore, streams: readonly string[]): Promise<void> {
  for (const stream of streams) for (const event of await from.read(stream)) await ingest(to, event);
}
