import type { DueCompensation } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { findUnbalanced } from './compensation.ts';
import type { JournalEntry } from './player.ts';
import type { RawEvent } from './raw-stores.ts';
import { reckon } from './reckoning.ts';
import { parseTraffic } from './traffic.ts';

let sequence = 0;
function raw(
  kind: string,
  commandId: string | undefined,
  data: RawEvent['data'],
  origin = 'aws.1',
): RawEvent {
  sequence += 1;
  return {
    stream: 'txn',
    place: `${origin}#${sequence}`,
    origin,
    sequence,
    id: String(sequence).padStart(6, '0'),
    type: `io.twinlog.transaction.${kind}.v1`,
    seen: kind === 'created' ? '' : `aws.1=1`,
    commandId,
    fingerprint: commandId && `print of ${commandId}`,
    data,
  };
}

const usd = (amount: string) => ({ amount, currency: 'USD' });
const pair = (command: string) => ({ command_id: command, fingerprint: `print of ${command}` });
const settled = (command: string) => raw('conflict.settled', `settle:${command}`, pair(command));
const compensated = (command: string, kind: string, amount: string, origin?: string) =>
  raw(
    'conflict.compensated',
    `compensate:${command}`,
    { ...pair(command), compensation: { kind, ...usd(amount) } },
    origin,
  );

function provider(...dues: readonly (readonly ['refund' | 'collect', string])[]) {
  return new Map(
    dues.map(([kind, amount], index): [string, DueCompensation] => [
      `key-${index}`,
      { stream: 'txn', idempotencyKey: `key-${index}`, compensation: { kind, ...usd(amount) } },
    ]),
  );
}

function told(action: string, key: string, amount: unknown, status = 200): JournalEntry {
  const body = JSON.stringify({ amount, currency: 'USD' });
  const path = `/transactions/txn/${action}`;
  const [line] = parseTraffic(JSON.stringify({ method: 'POST', path, body }), 'f');
  if (!line) throw new Error('a line was written');
  const answer = { status, body: {} };
  const times = { askedAt: 0, answeredAt: 0, deferredMs: undefined };
  return { client: 'c', line, path, key, body, attempts: [], answer, ...times };
}

function unbalanced(
  events: readonly RawEvent[],
  carriedOut = provider(),
  journal: readonly JournalEntry[] = [],
) {
  return findUnbalanced({ journal, raw: events, reckonings: new Map([['txn', reckon(events)]]), carriedOut });
}

describe('the compensations', () => {
  const created = raw('created', 'create', usd('10.00'));
  const captured = [raw('captured', 'one', usd('7.00')), raw('captured', 'two', usd('7.00'), 'azure.1')];

  test('are none where everything stands, repeated or cut off as the answers may have been', () => {
    const twin = raw('captured', 'one', usd('7.00'), 'azure.1');
    const events = [created, raw('captured', 'one', usd('7.00')), twin, raw('refunded', 'back', usd('2.00'))];
    const journal = [told('capture', 'one', '7'), told('capture', 'one', '7.00'), told('refund', 'back', 2)];
    expect(unbalanced(events, provider(), journal)).toEqual([]);
    expect(unbalanced(events, provider(), [told('capture', 'gone', '1', 202)])).toEqual([]);
  });

  test('give back a capture that lost: once in the log, once at the provider, and the whole amount', () => {
    const lost = [created, ...captured, settled('two')];
    const refund = compensated('two', 'refund', '7.00');
    const given = provider(['refund', '7.00']);
    expect(unbalanced([...lost, refund], given)).toEqual([]);
    const recordedByTwo = [...lost, refund, compensated('two', 'refund', '7.00', 'azure.1')];
    expect(unbalanced(recordedByTwo, given)).toEqual([]);

    expect(unbalanced(lost)).toEqual(['txn']);
    expect(unbalanced([...lost, refund])).toEqual(['txn']);
    expect(unbalanced(lost, given)).toEqual(['txn']);
    expect(unbalanced([...lost, refund], provider(['refund', '7.00'], ['refund', '7.00']))).toEqual(['txn']);
    expect(unbalanced([...lost, refund], provider(['collect', '7.00']))).toEqual(['txn']);
    const tooLittle = [...lost, compensated('two', 'refund', '6.99')];
    expect(unbalanced(tooLittle, provider(['refund', '6.99']))).toEqual(['txn']);
  });

  test('collect a refund that lost', () => {
    const events = [
      created,
      raw('captured', 'one', usd('5.00')),
      raw('refunded', 'back', usd('4.00')),
      raw('refunded', 'back too', usd('3.00'), 'azure.1'),
      settled('back too'),
      compensated('back too', 'collect', '3.00'),
    ];
    expect(unbalanced(events, provider(['collect', '3.00']))).toEqual([]);
    expect(unbalanced(events, provider(['refund', '3.00']))).toEqual(['txn']);
  });

  test('do not add up where a client was told of an effect that no cell holds', () => {
    const events = [created, raw('captured', 'one', usd('7.00'))];
    expect(unbalanced(events, provider(), [told('capture', 'gone', '1.00')])).toEqual(['txn']);
    expect(unbalanced(events, provider(), [told('capture', 'gone', '1.00', 422)])).toEqual([]);
  });
});
