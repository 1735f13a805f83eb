import { transactionId } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import {
  created,
  origin,
  replicate,
  seededRuntime,
  type TestCell,
  testCell,
  usd,
} from './cell.spec.fixture.ts';

describe('POST /transactions', () => {
  test('answers 201 with the id and where the transaction is, its version and the consistency token', async () => {
    const cell = testCell();
    const body = { account_id: 'acc-1', ...usd('10') };
    const answer = await cell.send('POST', '/transactions', body, { 'idempotency-key': 'k' });
    const id = transactionId('acc-1', 'k', () => 0);
    expect(answer.status).toBe(201);
    expect(answer.text).toBe(`{"transaction_id":"${id}"}`);
    expect(Object.fromEntries(answer.headers)).toEqual({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-frame-options': 'DENY',
      'consistency-token': `${id};${origin}=1`,
      'content-type': 'application/json',
      etag: `"${origin}=1"`,
      location: `/transactions/${id}`,
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
    });
  });

  test('sent again with its key, here or on the other cloud, is the same answer and no other event', async () => {
    const aws = testCell();
    const azure = testCell({ cellOrigin: 'azure-eastus.1', seed: 2 });
    const body = { account_id: 'acc-1', ...usd('10') };
    const key = { 'idempotency-key': 'k' };
    const first = await aws.send('POST', '/transactions', body, key);
    await aws.send('POST', `${first.headers.get('location')}/capture`, usd('3'));
    await replicate(aws.store, azure.store, [String(first.body.transaction_id)]);
    for (const cell of [aws, azure]) {
      const again = await cell.send('POST', '/transactions', { ...usd('10.00'), account_id: 'acc-1' }, key);
      expect([again.status, again.text]).toEqual([201, first.text]);
      expect(again.headers.get('location')).toBe(first.headers.get('location'));
      expect(again.headers.get('etag')).toBe(`"${origin}=2"`);
    }
    expect(await azure.eventCount()).toBe(0);
  });

  test('without a key, sent again, is another transaction', async () => {
    const cell = testCell();
    const body = { account_id: 'acc-1', ...usd('10') };
    const first = await cell.send('POST', '/transactions', body);
    const second = await cell.send('POST', '/transactions', body);
    expect(second.body.transaction_id).not.toBe(first.body.transaction_id);
  });
});

async function expiring(cell: TestCell, expires_at: string): Promise<string> {
  const body = { account_id: 'acc-1', ...usd('10.00'), expires_at };
  const answer = await cell.send('POST', '/transactions', body, { 'idempotency-key': 'create-1' });
  return String(answer.body.transaction_id);
}

describe('POST /transactions/{id}/…', () => {
  test('captures and refunds in parts, and answers with the transaction as each decision left it', async () => {
    const cell = testCell();
    const id = await created(cell);
    const captured = await cell.send('POST', `/transactions/${id}/capture`, usd('7.5'));
    const refunded = await cell.send('POST', `/transactions/${id}/refund`, usd('2.00'));
    const common = { transaction_id: id, account_id: 'acc-1', status: 'captured', currency: 'USD' };
    const money = { amount: '10.00', captured: '7.50' };
    expect(captured.status).toBe(200);
    expect(captured.body).toEqual({
      ...common,
      ...money,
      refunded: '0.00',
      capturable: '2.50',
      refundable: '7.50',
    });
    expect(refunded.body).toEqual({
      ...common,
      ...money,
      refunded: '2.00',
      capturable: '2.50',
      refundable: '5.50',
    });
    expect(refunded.headers.get('consistency-token')).toBe(`${id};${origin}=3`);
  });

  test.each([
    ['no body and no content type', {}, null],
    ['no body and another content type', { 'content-type': 'text/plain' }, null],
    ['an empty object', { 'content-type': 'application/json' }, '{}'],
    ['no body and JSON as its type', { 'content-type': 'application/json' }, ''],
  ])('voids, declines and expires with %s', async (_, headers, body) => {
    for (const [path, status] of [
      ['void', 'voided'],
      ['decline', 'declined'],
      ['expire', 'expired'],
    ]) {
      const cell = testCell();
      const id = await expiring(cell, '2026-01-01T00:00:00Z');
      const url = `http://localhost/transactions/${id}/${path}`;
      const answer = await cell.api(new Request(url, { method: 'POST', headers, body }));
      expect([answer.status, await answer.json()]).toMatchObject([200, { status, capturable: '0.00' }]);
    }
  });

  test('expires by the clock of the cell that is asked, from the expiry on, and shows when that is', async () => {
    const runtime = seededRuntime();
    const cell = testCell({ runtime });
    const expires_at = new Date(runtime.now() + 1_000).toISOString();
    const id = await expiring(cell, expires_at);
    const expire = (key: string) =>
      cell.send('POST', `/transactions/${id}/expire`, {}, { 'idempotency-key': key });
    await runtime.sleep(999);
    const early = await expire('early');
    expect([early.status, early.body.code]).toEqual([409, 'not_yet_expired']);
    expect((await cell.send('GET', `/transactions/${id}`)).body).toMatchObject({
      status: 'created',
      expires_at,
    });

    await runtime.sleep(1);
    const first = await expire('due');
    expect([first.status, first.body]).toMatchObject([200, { status: 'expired', expires_at }]);
    await runtime.sleep(60_000);
    const again = await expire('due');
    expect([again.status, again.text]).toEqual([200, first.text]);
    const refused = await expire('early');
    expect([refused.status, refused.text]).toEqual([409, early.text]);
    const capture = await cell.send('POST', `/transactions/${id}/capture`, usd('1'));
    expect([capture.status, capture.body.code]).toEqual([409, 'transaction_expired']);
  });

  test('does not expire what was created without an expiry', async () => {
    const cell = testCell();
    const answer = await cell.send('POST', `/transactions/${await created(cell)}/expire`);
    expect([answer.status, answer.body.code]).toEqual([409, 'not_expirable']);
  });

  test('a repeated command gets its first answer, however the transaction went on', async () => {
    const cell = testCell();
    const id = await created(cell);
    const key = { 'idempotency-key': 'capture-1' };
    const first = await cell.send('POST', `/transactions/${id}/capture`, usd('4'), key);
    await cell.send('POST', `/transactions/${id}/capture`, usd('6'));
    await cell.send('POST', `/transactions/${id}/refund`, usd('10'));
    const again = await cell.send('POST', `/transactions/${id}/capture`, usd('4.00'), key);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.headers.get('etag')).toBe(`"${origin}=4"`);
  });

  test('a repeated refusal is the first refusal, even where the command would be allowed by now', async () => {
    const cell = testCell();
    const id = await created(cell);
    const key = { 'idempotency-key': 'refund-1' };
    const first = await cell.send('POST', `/transactions/${id}/refund`, usd('4'), key);
    expect([first.status, first.body.code]).toEqual([422, 'refund_exceeds_captured']);
    await cell.send('POST', `/transactions/${id}/capture`, usd('10'));
    const again = await cell.send('POST', `/transactions/${id}/refund`, usd('4'), key);
    expect([again.status, again.text]).toEqual([422, first.text]);
  });

  test('a command that lost a conflict says so when it is sent again, and so does the transaction', async () => {
    const aws = testCell();
    const azure = testCell({ cellOrigin: 'azure-eastus.1', seed: 2 });
    const id = await created(aws);
    await replicate(aws.store, azure.store, [id]);
    const key = { 'idempotency-key': 'k' };
    const void_ = { ...key, 'idempotency-key': 'v' };
    const [event] = (await aws.store.read(id)).slice(-1);
    expect((await azure.send('POST', `/transactions/${id}/void`, {}, void_)).status).toBe(200);
    expect((await aws.send('POST', `/transactions/${id}/capture`, usd('4'), key)).status).toBe(200);
    await replicate(aws.store, azure.store, [id]);
    await replicate(azure.store, aws.store, [id]);

    const current = await aws.send('GET', `/transactions/${id}`);
    const [conflict] = Array.isArray(current.body.conflicts) ? current.body.conflicts : [];
    expect(conflict).toMatchObject({
      code: expect.stringMatching(/^transaction_/),
      detail: expect.any(String),
      lost_to: expect.any(String),
    });
    expect(current.text).toBe((await azure.send('GET', `/transactions/${id}`)).text);
    const [path, body, headers] =
      conflict.command_id === 'k' ? ['capture', usd('4'), key] : ['void', {}, void_];
    for (const cell of [aws, azure]) {
      const again = await cell.send('POST', `/transactions/${id}/${path}`, body, headers);
      const { code, detail, lost_to } = conflict;
      expect([again.status, again.body.conflict]).toEqual([200, { code, detail, lost_to }]);
    }
    expect(event?.type).toBe('io.twinlog.transaction.created.v1');
  });

  test('If-Match lets a command through on the version it names and on no other', async () => {
    const cell = testCell();
    const id = await created(cell);
    const capture = (ifMatch: string) =>
      cell.send('POST', `/transactions/${id}/capture`, usd('1'), { 'if-match': ifMatch });
    for (const other of [`"${origin}=2"`, `W/"${origin}=1"`, `${origin}=1`, '""', '"x", "y"']) {
      const answer = await capture(other);
      expect([answer.status, answer.body.code, other]).toEqual([412, 'precondition_failed', other]);
      expect(answer.headers.get('etag')).toBe(`"${origin}=1"`);
    }
    expect((await capture(`"${origin}=1"`)).status).toBe(200);
    expect((await capture('*')).status).toBe(200);
  });

  test('a traceparent goes into the event, and what is none does not', async () => {
    const cell = testCell();
    const id = await created(cell);
    const good = `00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`;
    for (const traceparent of [
      good,
      'x',
      `00-${'0'.repeat(32)}-${'a1'.repeat(8)}-01`,
      `ff${good.slice(2)}`,
    ]) {
      await cell.send('POST', `/transactions/${id}/capture`, usd('1'), { traceparent });
    }
    const events = await cell.store.read(id);
    expect(events.map((event) => event.traceparent)).toEqual([
      undefined,
      good,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('every answer', () => {
  test("carries the client's request id where it can, else one of its own", async () => {
    const cell = testCell();
    const idOf = async (headers: Record<string, string>) =>
      (await cell.send('GET', '/nowhere', undefined, headers)).headers.get('x-request-id');
    expect(await idOf({ 'x-request-id': 'mine' })).toBe('mine');
    for (const bad of ['é', 'x'.repeat(129), '']) {
      expect(await idOf({ 'x-request-id': bad })).toMatch(/^[0-9A-Z]{26}$/);
    }
    expect(await idOf({})).not.toBe(await idOf({}));
  });

  test('a problem says the same in its status line, its type and its two sentences', async () => {
    const answer = await testCell().send('GET', '/nowhere');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: 'urn:twinlog:problem:not_found',
      title: 'No such path',
      status: 404,
      detail: 'There is nothing at this path.',
      code: 'not_found',
      error: 'There is nothing at this path.',
    });
  });

  test('/replication/… is for the injected function alone, with the request as it came', async () => {
    const replication = async (request: Request) =>
      new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`, {
        status: 202,
        headers: { 'webhook-allowed-origin': '*' },
      });
    const request = () =>
      new Request('http://localhost/replication/events?x', { method: 'PATCH', body: 'hi' });
    const answer = await testCell({ replication }).api(request());
    expect([answer.status, await answer.text()]).toEqual([202, 'PATCH /replication/events hi']);
    expect(answer.headers.get('webhook-allowed-origin')).toBe('*');
    expect((await testCell().api(request())).status).toBe(404);
  });
});
