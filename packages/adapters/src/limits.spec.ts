import { createMemoryStore } from '@twinlog/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fromPlain } from './api-request.ts';
import { testCell } from './cell.spec.fixture.ts';
import { maxHeaderSize, maxUrlLength } from './limits.ts';
import { type Sent, throughFunctions, throughHttpApi, throughRestApi } from './parity/shells.spec.fixture.ts';

const create = { account_id: 'acc-1', amount: '1.00', currency: 'USD' };
const shells = [throughHttpApi, throughRestApi, throughFunctions];

function get(target: string, headers: Sent['headers'] = []): Sent {
  return { method: 'GET', target, headers, body: new Uint8Array() };
}

async function statuses(sent: Sent): Promise<number[]> {
  return Promise.all(shells.map(async (through) => (await through(testCell().api, sent)).status));
}

describe('the limits of a request', () => {
  test('a path and query are as long as what they say, however they are encoded', async () => {
    const longest = maxUrlLength - '/accounts//transactions'.length;
    for (const letter of ['x', '%78', '%C3%A9']) {
      expect(await statuses(get(`/accounts/${letter.repeat(longest)}/transactions`))).toEqual([
        422, 422, 422,
      ]);
      expect(await statuses(get(`/accounts/${letter.repeat(longest + 1)}/transactions`))).toEqual([
        414, 414, 414,
      ]);
    }
    for (const letter of ['x', '%78']) {
      const query = (length: number) => `/accounts/a/transactions?after=${letter.repeat(length)}`;
      expect(await statuses(get(query(maxUrlLength)))).toEqual([414, 414, 414]);
      expect(await statuses(get(query(3_000)))).toEqual([422, 422, 422]);
    }
  });

  test('a value of a header costs what its length is, whatever is in it', () => {
    // To an expression that trims it, each tab would be a place to begin at: of so many it would take minutes.
    const inner = `a${'\t'.repeat(300_000)}a`;
    const plain = { method: 'GET', host: 'cell.example', target: '/health', body: null };
    const { headers } = fromPlain({ ...plain, headers: [['x', ` \t${inner}\t `]] });
    expect(headers.get('x') === inner).toBe(true);
  });

  test('headers together have a limit, and the answer says which', async () => {
    expect(await statuses(get('/health', [['x', 'y'.repeat(maxHeaderSize - 1)]]))).toEqual([200, 200, 200]);
    const many = Array.from({ length: 200 }, (_, at) => [`x-${at}`, 'y'.repeat(100)] as const);
    expect(await statuses(get('/health', many))).toEqual([431, 431, 431]);
    const answer = await throughHttpApi(testCell().api, get('/health', many));
    expect(JSON.parse(answer.body).code).toBe('headers_too_large');
  });

  test('a compressed body is not taken', async () => {
    const answer = await testCell().send('POST', '/transactions', create, { 'content-encoding': 'gzip' });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
    const plain = await testCell().send('POST', '/transactions', create, { 'content-encoding': 'identity' });
    expect(plain.status).toBe(201);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a field, a header and a parameter named %s are what any other name is, and change nothing',
    async (name) => {
      const cell = testCell();
      const body = JSON.parse(
        `{"${name}": {"isAdmin": true}, "account_id": "a", "amount": "1", "currency": "USD"}`,
      );
      const answer = await cell.send('POST', '/transactions', body);
      expect([answer.status, answer.body.code]).toEqual([422, 'unknown_field']);
      expect(
        (await cell.send('GET', `/accounts/a/transactions?${name}=1`, undefined, { [name]: '1' })).status,
      ).toBe(200);
      expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
    },
  );
});

describe('time', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a body that stops coming is 408 after 10 seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('{')),
      cancel: () => {
        isCancelled = true;
      },
    });
    const headers = { 'content-type': 'application/json' };
    const { api, eventCount } = testCell();
    const answering = api(
      new Request('http://a/transactions', { method: 'POST', headers, body, duplex: 'half' }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    const answer = await answering;
    expect([answer.status, JSON.parse(await answer.text()).code]).toEqual([408, 'body_timeout']);
    expect([isCancelled, await eventCount()]).toEqual([true, 0]);
  });

  test('an answer that does not come is 503 timed_out, to be tried again', async () => {
    const store = { ...createMemoryStore(), insert: () => new Promise<never>(() => {}) };
    const answer = await testCell({ store, timeoutMs: 5 }).send('POST', '/transactions', create);
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      503,
      'timed_out',
      '1',
    ]);
  });
});

describe('no answer', () => {
  test('tells of an exception, a stack, a file or a name from within', async () => {
    const fault = new Error('connect ECONNREFUSED 10.0.0.7:8081');
    const store = {
      ...createMemoryStore(),
      read: () => Promise.reject(fault),
      list: () => Promise.reject(fault),
    };
    const cell = testCell({ store, replication: () => Promise.reject(fault) });
    for (const path of [
      '/transactions/txn_00000000000000000000000000000000',
      '/accounts/a/transactions',
      '/replication/x',
    ]) {
      const answer = await cell.send('GET', path);
      expect([answer.status, answer.body.code]).toEqual([500, 'internal_error']);
      const said = answer.text + JSON.stringify([...answer.headers]);
      expect(said).not.toMatch(/ECONN|10\.0|Error:|\bat |\.ts|node_modules|10.0.0.7/);
    }
  });
});

describe('traces', () => {
  const traceparent = `00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`;

  test('come back with every answer, good or bad, and what is none does not', async () => {
    const cell = testCell();
    for (const path of ['/health', '/nowhere', '/accounts/a/transactions']) {
      expect((await cell.send('GET', path, undefined, { traceparent })).headers.get('traceparent')).toBe(
        traceparent,
      );
      expect((await cell.send('GET', path, undefined, { traceparent: 'x' })).headers.has('traceparent')).toBe(
        false,
      );
    }
  });
});
