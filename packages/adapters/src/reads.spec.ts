import { createMemoryStore, eventTime, transactionId } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { created, origin, replicate, testCell, usd } from './cell.spec.fixture.ts';

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
