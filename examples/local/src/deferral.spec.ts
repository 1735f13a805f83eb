import { describe, expect, test } from 'vitest';
import type { Answer, OutgoingRequest } from './client.ts';
import { awaitDecision } from './deferral.ts';

const quick = { patienceMs: 10_000, firstPauseMs: 1, longestPauseMs: 1 };
const deferred: Answer = {
  status: 202,
  body: { transaction_id: 'txn', command_id: 'given', status: 'requested' },
};
const capture = (headers: Record<string, string>): OutgoingRequest => ({
  method: 'POST',
  path: '/transactions/txn/capture',
  headers,
  body: '{"amount":"1.00","currency":"USD"}',
});

/** Answers in turn, the last one for ever. */
function cell(...answers: readonly (Answer | undefined)[]) {
  const asked: OutgoingRequest[] = [];
  return {
    asked,
    send: async (request: OutgoingRequest) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(request);
      return { answer, attempts: [{ target: 'cell', sentAt: 0, endedAt: 0, result: answer?.status ?? 503 }] };
    },
  };
}

const shown = (...commands: readonly object[]): Answer => ({
  status: 200,
  body: { status: 'created', commands },
});

describe('after a 202', () => {
  test.each([200, 422])('the same request with its key is sent until a cell answers %i', async (status) => {
    const request = capture({ 'idempotency-key': 'given' });
    const final = { status, body: {} };
    const { asked, send } = cell(deferred, undefined, final);
    const sent = await awaitDecision(request, deferred, send, quick);
    expect(sent.answer).toBe(final);
    expect(sent.attempts.map(({ result }) => result)).toEqual([202, 503, status]);
    expect(asked).toEqual([request, request, request]);
  });

  test.each([
    ['applied', 200],
    ['lost', 200],
    ['refused', 422],
  ])('a command without a key is looked for in the transaction, and %s is %i', async (outcome, status) => {
    const other = { command_id: 'another', outcome: 'applied' };
    const { asked, send } = cell(shown(other), shown(other, { command_id: 'given', outcome }));
    const sent = await awaitDecision(capture({}), deferred, send, quick);
    expect(sent.answer?.status).toBe(status);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /transactions/txn',
      'GET /transactions/txn',
    ]);
  });

  test('the 202 remains the answer where the decision never comes', async () => {
    const { send } = cell(deferred);
    const request = capture({ 'idempotency-key': 'given' });
    const sent = await awaitDecision(request, deferred, send, { ...quick, patienceMs: 5 });
    expect(sent.answer).toBe(deferred);
  });
});
