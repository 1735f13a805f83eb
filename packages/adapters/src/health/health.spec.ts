import { createMemoryStore, StoreUnavailableError } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { seededRuntime, testCell } from '../cell.spec.fixture.ts';
import { createHealth, storeCheck } from './health.ts';

/** A health whose checks end as they are told to. */
function health(...ends: (readonly string[] | Error | 'never')[]) {
  let time = 0;
  let checks = 0;
  const check = async () => {
    checks += 1;
    const end = ends.length > 1 ? ends.shift() : ends[0];
    if (end === 'never') return new Promise<never>(() => {});
    if (end instanceof Error) throw end;
    return end ?? [];
  };
  return {
    ...createHealth({ now: () => time, check, tryMs: 20 }),
    checks: () => checks,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

describe('the health of a cell', () => {
  test('is looked up once a second at most, however many probes come', async () => {
    const cell = health([]);
    await Promise.all(Array.from({ length: 50 }, cell.judge));
    cell.pass(999);
    expect(await cell.judge()).toEqual({ ok: true, reasons: [] });
    expect(cell.checks()).toBe(1);
    cell.pass(1);
    await cell.judge();
    expect(cell.checks()).toBe(2);
  });

  test.each<[string, Error | 'never']>([
    ['fails', new Error('reset')],
    ['is slow', 'never'],
  ])('survives one call that %s', async (_, end) => {
    const cell = health(end, []);
    expect(await cell.judge()).toEqual({ ok: true, reasons: [] });
    expect(cell.checks()).toBe(2);
  });

  test('is gone after two calls in a row that fail or are slow, and back with the next good one', async () => {
    const cell = health(new Error('reset'), 'never', []);
    expect(await cell.judge()).toEqual({ ok: false, reasons: ['store_slow'] });
    cell.pass(1_000);
    expect((await cell.judge()).ok).toBe(true);
  });

  test('is known from the writes of the clients, and then costs nothing', async () => {
    const cell = health(new Error('asked in vain'));
    cell.noteWrite(true);
    expect(await cell.judge()).toEqual({ ok: true, reasons: [] });
    expect(cell.checks()).toBe(0);
  });

  test('is gone while writes fail in a row, though the store answers reads', async () => {
    const cell = health([]);
    for (const expected of [true, true, false]) {
      cell.noteWrite(false);
      expect((await cell.judge()).ok).toBe(expected);
    }
    cell.pass(10_000);
    expect((await cell.judge()).ok).toBe(true);
    cell.noteWrite(true);
    cell.noteWrite(false);
    expect((await cell.judge()).ok).toBe(true);
  });

  test("asks of the store that it answers, and that its clock is near the database's", async () => {
    const store = createMemoryStore();
    expect(await storeCheck(store)()).toEqual([]);
    for (const [skew, reasons] of [
      [10_000, []],
      [-10_001, ['clock_skew']],
    ] as const)
      expect(await storeCheck({ ...store, clockSkew: () => skew })()).toEqual(reasons);
  });
});

const create = { account_id: 'acc-1', amount: '1.00', currency: 'USD' };

describe('GET /health', () => {
  test('is 200 while the store answers and 503 while it does not, with no word about where or why', async () => {
    const store = createMemoryStore();
    let isDown = false;
    const read = (stream: string) =>
      isDown ? Promise.reject(new StoreUnavailableError('table x is gone')) : store.read(stream);
    const runtime = seededRuntime();
    const cell = testCell({ store: { ...store, read }, runtime });
    const answer = async () => {
      const { status, text } = await cell.send('GET', '/health');
      await runtime.sleep(1_000);
      return [status, text];
    };
    expect(await answer()).toEqual([200, '{"status":"ok"}']);
    isDown = true;
    expect(await answer()).toEqual([503, '{"status":"unavailable"}']);
    isDown = false;
    expect(await answer()).toEqual([200, '{"status":"ok"}']);
  });

  test('is 503 once the writes of clients fail, though reads go on', async () => {
    const insert = () => Promise.reject(new StoreUnavailableError('read only'));
    const cell = testCell({ store: { ...createMemoryStore(), insert } });
    for (let at = 0; at < 3; at++)
      expect((await cell.send('POST', '/transactions', create)).status).toBe(503);
    expect((await cell.send('GET', '/health')).status).toBe(503);
  });

  test('is not taken for well by commands that had been decided before: they write nothing', async () => {
    const store = createMemoryStore();
    let isWritable = true;
    const insert: typeof store.insert = (event) =>
      isWritable ? store.insert(event) : Promise.reject(new StoreUnavailableError('read only'));
    const cell = testCell({ store: { ...store, insert } });
    const old = { 'idempotency-key': 'old' };
    expect((await cell.send('POST', '/transactions', create, old)).status).toBe(201);
    isWritable = false;
    for (let at = 0; at < 3; at++) {
      expect((await cell.send('POST', '/transactions', create)).status).toBe(503);
      expect((await cell.send('POST', '/transactions', create, old)).status).toBe(201);
    }
    expect((await cell.send('GET', '/health')).status).toBe(503);
  });
});

describe('GET /health/detail', () => {
  const detail = {
    authorise: async (request: Request) => request.headers.get('x-twinlog-key') === 'key',
    report: async () => ({ replication_lag_ms: { 'azure-eastus.1': 140 }, pending: { requests: 2 } }),
  };
  const shown = { 'x-twinlog-key': 'key' };

  test('says to operators why, how far replication is and what is pending', async () => {
    const cell = testCell({ healthDetail: detail });
    const answer = await cell.send('GET', '/health/detail', undefined, shown);
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 'ok', reasons: [], replication_lag_ms: { 'azure-eastus.1': 140 }, pending: { requests: 2 } },
    ]);
    const ready = async () => ({ ok: false, reason: 'recovering' });
    const recovering = await testCell({ healthDetail: detail, ready }).send(
      'GET',
      '/health/detail',
      undefined,
      shown,
    );
    expect([recovering.status, recovering.body.reasons]).toEqual([503, ['recovering']]);
    await cell.api.drain();
    const draining = await cell.send('GET', '/health/detail', undefined, shown);
    expect([draining.status, draining.body.reasons]).toEqual([503, ['draining']]);
  });

  test('is not there for anyone else, nor where nothing is configured', async () => {
    const nowhere = (await testCell().send('GET', '/nowhere')).text;
    const stranger = await testCell({ healthDetail: detail }).send('GET', '/health/detail');
    const unconfigured = await testCell().send('GET', '/health/detail', undefined, shown);
    for (const answer of [stranger, unconfigured])
      expect([answer.status, answer.text]).toEqual([404, nowhere]);
  });
});

describe('a cell that is drained', () => {
  test('finishes what is under way, sends newcomers away, and says so to the router', async () => {
    const held = Promise.withResolvers<void>();
    const store = createMemoryStore();
    const cell = testCell({
      store: {
        ...store,
        insert: async (event) => {
          await held.promise;
          return store.insert(event);
        },
      },
    });
    const underWay = cell.send('POST', '/transactions', create);
    let isDrained = false;
    const drained = cell.api.drain().then(() => {
      isDrained = true;
    });
    const newcomer = await cell.send('POST', '/transactions', create);
    expect([newcomer.status, newcomer.body.code, newcomer.headers.get('retry-after')]).toEqual([
      503,
      'draining',
      '1',
    ]);
    expect((await cell.send('GET', '/health')).status).toBe(503);
    expect(isDrained).toBe(false);
    held.resolve();
    expect((await underWay).status).toBe(201);
    await drained;
    expect(await cell.eventCount()).toBe(1);
  });

  test('takes nothing from other cells any more: they send it again', async () => {
    const cell = testCell({ replication: async () => new Response('stored') });
    await cell.api.drain();
    expect((await cell.send('POST', '/replication/events', {})).body.code).toBe('draining');
  });
});
