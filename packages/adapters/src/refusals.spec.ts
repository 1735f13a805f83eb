import {
  createMemoryStore,
  EventTooLargeError,
  emptyVersion,
  formatSequence,
  ingest,
  type Outcome,
  StoreUnavailableError,
  type Transaction,
  transactionId,
} from '@twinlog/core';
import { expect, test } from 'vitest';
import { origin, seededRuntime, testCell } from './cell.spec.fixture.ts';
import { createHttpApi } from './http-api.ts';

const id = transactionId('acc-1', 'k', () => 0);
const version = new Map([[origin, 3]]);

async function answerTo(outcome: Outcome<Transaction> | Error, errors: unknown[] = []) {
  const execute = async () => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const read = async () => {
    throw outcome;
  };
  const api = createHttpApi({
    service: { execute, read },
    store: createMemoryStore(),
    runtime: seededRuntime(),
    authenticate: 'off',
    warn: () => {},
    onError: (error) => errors.push(error),
  });
  const response = await api(new Request(`http://localhost/transactions/${id}/void`, { method: 'POST' }));
  const { code, detail, status } = JSON.parse(await response.text());
  expect(status).toBe(response.status);
  return { status, code, detail, headers: response.headers };
}

test.each<[Outcome<Transaction>, number, string]>([
  [{ kind: 'refused', code: 'capture_exceeds_amount', detail: 'D.', version }, 422, 'capture_exceeds_amount'],
  [
    { kind: 'refused', code: 'refund_exceeds_captured', detail: 'D.', version },
    422,
    'refund_exceeds_captured',
  ],
  [{ kind: 'refused', code: 'currency_mismatch', detail: 'D.', version }, 422, 'currency_mismatch'],
  [{ kind: 'refused', code: 'idempotency_key_reused', detail: 'D.', version }, 422, 'idempotency_key_reused'],
  [{ kind: 'refused', code: 'transaction_voided', detail: 'D.', version }, 409, 'transaction_voided'],
  [{ kind: 'refused', code: 'transaction_declined', detail: 'D.', version }, 409, 'transaction_declined'],
  [{ kind: 'refused', code: 'transaction_expired', detail: 'D.', version }, 409, 'transaction_expired'],
  [{ kind: 'refused', code: 'not_expirable', detail: 'D.', version }, 409, 'not_expirable'],
  [{ kind: 'refused', code: 'not_yet_expired', detail: 'D.', version }, 409, 'not_yet_expired'],
  [{ kind: 'refused', code: 'transaction_captured', detail: 'D.', version }, 409, 'transaction_captured'],
  [{ kind: 'refused', code: 'transaction_refunded', detail: 'D.', version }, 409, 'transaction_refunded'],
  [{ kind: 'refused', code: 'transaction_exists', detail: 'D.', version }, 409, 'transaction_exists'],
  [{ kind: 'refused', code: 'of_newer_code', detail: 'D.', version }, 422, 'of_newer_code'],
  [{ kind: 'preconditionFailed', version }, 412, 'precondition_failed'],
])('$0.kind $0.code is $1, with the version and the token', async (outcome, status, code) => {
  const answer = await answerTo(outcome);
  expect(answer).toMatchObject({ status, code });
  if (outcome.kind === 'refused') expect(answer.detail).toBe('D.');
  expect(answer.headers.get('etag')).toBe(`"${origin}=3"`);
  expect(answer.headers.get('consistency-token')).toBe(`${id};${origin}=3`);
  expect(answer.headers.get('retry-after')).toBeNull();
});

test.each<[Outcome<Transaction>, string]>([
  [{ kind: 'busy', version }, 'busy'],
  [{ kind: 'behind', version }, 'replica_behind'],
  [{ kind: 'pending', pending: [], version }, 'stream_pending'],
])(
  '$0.kind is 503 $1, to be tried again in a second, with the version and the token',
  async (outcome, code) => {
    const answer = await answerTo(outcome);
    expect(answer).toMatchObject({ status: 503, code });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('consistency-token')).toBe(`${id};${origin}=3`);
  },
);

test('a transaction that is not known, and a clock out of bounds, say nothing of a version', async () => {
  for (const [outcome, status, code] of [
    [{ kind: 'notFound' }, 404, 'transaction_not_found'],
    [{ kind: 'clockSkew', skewMs: 12_345 }, 503, 'clock_skew'],
  ] as const) {
    const answer = await answerTo(outcome);
    expect(answer).toMatchObject({ status, code });
    expect(answer.detail).not.toContain('12');
    expect(answer.headers.get('etag')).toBeNull();
  }
});

test('a store that gives no answer is 503, an event too large 413, and neither is an error of ours', async () => {
  const errors: unknown[] = [];
  const unavailable = await answerTo(new StoreUnavailableError('table x throttled'), errors);
  expect(unavailable).toMatchObject({ status: 503, code: 'store_unavailable' });
  expect(unavailable.headers.get('retry-after')).toBe('1');
  expect(unavailable.detail).not.toContain('table');
  expect(await answerTo(new EventTooLargeError(9, 8), errors)).toMatchObject({
    status: 413,
    code: 'event_too_large',
  });
  expect(errors).toEqual([]);
});

test('anything else is 500, told to onError and not to the client', async () => {
  const errors: unknown[] = [];
  const fault = new Error('secret');
  const answer = await answerTo(fault, errors);
  expect(answer).toMatchObject({ status: 500, code: 'internal_error' });
  expect(answer.detail).not.toContain('secret');
  expect(errors).toEqual([fault]);
});

test.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new Error('two');
    },
  ],
  ['rejects', () => Promise.reject(new Error('two'))],
])('an onError that %s changes nothing', async (_, onError) => {
  const api = createHttpApi({
    service: {
      execute: () => Promise.reject(new Error('one')),
      read: () => Promise.reject(new Error('one')),
    },
    store: createMemoryStore(),
    runtime: seededRuntime(),
    authenticate: 'off',
    warn: () => {},
    onError,
  });
  expect((await api(new Request(`http://localhost/transactions/${id}`))).status).toBe(500);
});

test('a transaction is 503 while its opening event is missing or beyond this code, and its events are shown', async () => {
  const cell = testCell();
  const body = { account_id: 'acc-1', amount: '1', currency: 'USD' };
  await cell.send('POST', '/transactions', body, { 'idempotency-key': 'k' });
  await cell.send('POST', `/transactions/${id}/void`, {});
  const [opening, voided] = await cell.store.read(id);
  if (opening === undefined || voided === undefined) throw new Error('There are two events.');

  const late = testCell({ cellOrigin: 'azure-eastus.1' });
  await ingest(late.store, voided);
  const missing = await late.send('GET', `/transactions/${id}`);
  expect([missing.status, missing.body.code]).toEqual([503, 'stream_pending']);
  expect(missing.headers.get('retry-after')).toBe('1');
  const events = await late.send('GET', `/transactions/${id}/events`);
  expect([events.status, events.body]).toEqual([200, { events: [voided] }]);
  expect((await late.send('POST', `/transactions/${id}/void`, {})).body.code).toBe('stream_pending');

  const old = testCell({ cellOrigin: 'azure-eastus.1' });
  await ingest(old.store, { ...opening, type: 'io.twinlog.transaction.created.v2' });
  for (const path of [`/transactions/${id}`, '/accounts/acc-1/transactions']) {
    const newer = await old.send('GET', path);
    expect([newer.status, newer.body.code]).toEqual([503, 'code_too_old']);
  }
});

test('events that do not count yet are counted as pending in the transaction', async () => {
  const cell = testCell();
  const body = { account_id: 'acc-1', amount: '1', currency: 'USD' };
  await cell.send('POST', '/transactions', body, { 'idempotency-key': 'k' });
  const [opening] = await cell.store.read(id);
  if (opening === undefined) throw new Error('There is an event.');
  const other = { ...opening, source: 'urn:twinlog:origin:azure-eastus.1', sequence: formatSequence(2) };
  await ingest(cell.store, other);
  const answer = await cell.send('GET', `/transactions/${id}`);
  expect([answer.status, answer.body.pending]).toEqual([200, 1]);
  expect(emptyVersion.size).toBe(0);
});
