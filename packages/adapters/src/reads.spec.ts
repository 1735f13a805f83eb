import { createMemoryStore, createService, eventTime, transaction, transactionId } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { created, origin, replicate, seededRuntime, testCell, usd } from './cell.spec.fixture.ts';

describe('GET', () => {
  test('/transactions/{id} is the transaction as the cell holds it', async () => {
    const cell = testCell();
    const id = await created(cell);
    const [event] = await cell.store.read(id);
    const answer = await cell.send('GET', `/transactions/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe(`"${origin}=1"`);
    expect(answer.headers.get('consistency-token')).toBe(`${id};${origin}=1`);
    expect(answer.body).toEqual({
      transaction_id: id,
      account_id: 'acc-1',
      status: 'created',
      currency: 'USD',
      amount: '10.00',
      captured: '0.00',
      refunded: '0.00',
      capturable: '10.00',
      refundable: '0.00',
      created_at: new Date(eventTime(event?.id ?? '')).toISOString(),
      conflicts: [],
      requests: [],
      commands: [{ command_id: 'create-1', outcome: 'applied' }],
      pending: 0,
    });
  });

  test('/transactions/{id}/events is its events in canonical order', async () => {
    const cell = testCell();
    const id = await created(cell);
    await cell.send('POST', `/transactions/${id}/void`, {});
    const events = (await cell.store.read(id)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const answer = await cell.send('GET', `/transactions/${id}/events`);
    expect([answer.status, answer.body]).toEqual([200, { events }]);
  });

  test('/accounts/{id}/transactions fails with the one that cannot be shown, and gives nobody the token of that one', async () => {
    const cell = testCell();
    const id = await created(cell);
    const mine = await cell.send('GET', `/transactions/${id}`);
    const token = mine.headers.get('consistency-token') ?? '';
    const [event] = await cell.store.read(await created(cell, '2', 'acc-1', 'other'));
    if (!event) throw new Error('the other one');
    const newer = { ...event, type: 'io.twinlog.transaction.created.v9' };
    const opened = { ...newer, partitionkey: transactionId('acc-1', 'newer', () => 0.5) };
    await cell.store.insert({ ...opened, subject: `account/acc-1/transaction/${opened.partitionkey}` });
    const asked = { 'consistency-token': token };
    const answer = await cell.send('GET', '/accounts/acc-1/transactions', undefined, asked);
    expect([answer.status, answer.headers.get('consistency-token'), answer.headers.get('etag')]).toEqual([
      503,
      token,
      null,
    ]);
  });

  test('of what a restore has lost says so, in events that are not there and in a listing (R18)', async () => {
    const store = createMemoryStore();
    const service = createService({
      ...{ aggregate: transaction, store, origin: 'azure-eastus.1', runtime: seededRuntime() },
      assignment: () => ({ stamp: '1.azure-eastus', ended: new Set([origin]) }),
      recoverStream: async () => true,
    });
    const cell = testCell({ store, service });
    const id = transactionId('acc-1', 'lost', () => 0.5);
    const asked = { 'consistency-token': `${id};${origin}=2` };
    for (const [path, status] of [
      [`/transactions/${id}`, 404],
      [`/transactions/${id}/events`, 404],
      ['/accounts/acc-1/transactions', 200],
    ] as const) {
      const answer = await cell.send('GET', path, undefined, asked);
      expect([answer.status, answer.headers.get('consistency-token-capped')]).toEqual([status, origin]);
    }
  });

  test('/accounts/{id}/transactions pages through all of an account and nothing else', async () => {
    const cell = testCell();
    const account = 'a/b é %';
    const expected: string[] = [];
    for (let at = 0; at < 5; at++) expected.push(await created(cell, '1', account, `k${at}`));
    await created(cell, '1', 'another');
    const seen: unknown[] = [];
    let path = `/accounts/${encodeURIComponent(account)}/transactions?limit=2`;
    for (let pages = 1; ; pages++) {
      const answer = await cell.send('GET', path);
      expect(answer.status).toBe(200);
      seen.push(...(Array.isArray(answer.body.transactions) ? answer.body.transactions : []));
      const next = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      expect(next === undefined).toBe(answer.body.next === undefined);
      if (next === undefined) {
        expect(pages).toBe(3);
        break;
      }
      path = next;
    }
    expect(seen).toMatchObject(expected.sort().map((transaction_id) => ({ transaction_id })));
    expect(seen[0]).toEqual((await cell.send('GET', `/transactions/${expected[0]}`)).body);
    expect((await cell.send('GET', '/accounts/nobody/transactions')).body).toEqual({ transactions: [] });
  });

  test('HEAD has the status and headers of GET and no body', async () => {
    const cell = testCell();
    const id = await created(cell);
    const paths = [
      `/transactions/${id}`,
      `/transactions/${id}/events`,
      '/accounts/acc-1/transactions',
      '/health',
    ];
    for (const path of [...paths, '/transactions/nope', '/nowhere']) {
      const headers = { 'x-request-id': 'r' };
      const get = await cell.send('GET', path, undefined, headers);
      const head = await cell.send('HEAD', path, undefined, headers);
      expect([head.status, [...head.headers], head.text]).toEqual([get.status, [...get.headers], '']);
    }
  });

  test('a cell that is not ready answers nobody, and its health is unavailable', async () => {
    let ok = false;
    const cell = testCell({ ready: async () => ({ ok, reason: 'it recovers' }) });
    const refused = await cell.send('POST', '/transactions', { account_id: 'a', ...usd('1') });
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      503,
      'cell_not_ready',
      '1',
    ]);
    expect((await cell.send('GET', '/accounts/a/transactions')).status).toBe(503);
    expect((await cell.send('GET', '/health')).status).toBe(503);
    expect(await cell.eventCount()).toBe(0);
    ok = true;
    expect((await cell.send('GET', '/health')).status).toBe(200);
    expect((await cell.send('GET', '/accounts/a/transactions')).body).toEqual({ transactions: [] });
  });
});

describe('consistency tokens', () => {
  test('a cell behind the token says so with a token that has seen no less, and answers once it caught up', async () => {
    const aws = testCell();
    const store = createMemoryStore();
    const azure = testCell({ cellOrigin: 'azure-eastus.1', seed: 2, store });
    const id = await created(aws);
    const answered = await aws.send('POST', `/transactions/${id}/capture`, usd('1'));
    const token = { 'consistency-token': answered.headers.get('consistency-token') ?? '' };
    const requests: [string, string, object?][] = [
      ['GET', `/transactions/${id}`],
      ['GET', `/transactions/${id}/events`],
      ['GET', '/accounts/acc-1/transactions'],
      ['POST', `/transactions/${id}/capture`, usd('1')],
    ];
    for (const [method, path, body] of requests) {
      const answer = await azure.send(method, path, body, token);
      expect([answer.status, answer.body.code, path]).toEqual([503, 'replica_behind', path]);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('consistency-token')).toBe(token['consistency-token']);
    }
    await replicate(aws.store, store, [id]);
    for (const [method, path, body] of requests) {
      expect((await azure.send(method, path, body, token)).status).toBe(200);
    }
  });

  test('a token about another transaction or another account is no obstacle', async () => {
    const cell = testCell();
    const id = await created(cell);
    const other = transactionId('another', 'k', () => 0);
    const token = { 'consistency-token': `${other};azure-eastus.1=7` };
    expect((await cell.send('GET', `/transactions/${id}`, undefined, token)).status).toBe(200);
    expect((await cell.send('GET', '/accounts/acc-1/transactions', undefined, token)).status).toBe(200);
    expect((await cell.send('POST', `/transactions/${id}/void`, {}, token)).status).toBe(200);
  });
});
