import { describe, expect, test } from 'vitest';
import type { RawEvent } from './raw-stores.ts';
import { atScale, reckon } from './reckoning.ts';

let sequence = 0;
function raw(id: string, kind: string, amount: string | undefined, rest: Partial<RawEvent> = {}): RawEvent {
  sequence += 1;
  const origin = rest.origin ?? 'aws.1';
  return {
    stream: 't',
    place: `${origin}#${sequence}`,
    origin,
    sequence,
    id,
    type: `io.twinlog.transaction.${kind}.v1`,
    seen: 'aws.1=1',
    commandId: id,
    fingerprint: `${kind} ${amount}`,
    data: amount === undefined ? {} : { amount, currency: 'USD' },
    ...rest,
  };
}

const created = raw('01', 'created', '100.00', { seen: '', sequence: 1 });

describe('the reckoning', () => {
  test('adds up what was captured and refunded', () => {
    const events = [
      raw('04', 'refunded', '10.00'),
      created,
      raw('02', 'captured', '60.00'),
      raw('03', 'captured', '40.00'),
    ];
    expect(reckon(events)).toEqual({
      captured: atScale('100'),
      refunded: atScale('10'),
      voided: false,
      conflicts: [],
      repeated: [],
    });
  });

  test('counts a command once, however many events carry it', () => {
    const twin = raw('03', 'captured', '60.00', { commandId: 'c', origin: 'azure.1', fingerprint: 'same' });
    const events = [created, raw('02', 'captured', '60.00', { commandId: 'c', fingerprint: 'same' }), twin];
    expect(reckon(events)).toMatchObject({ captured: atScale('60'), conflicts: [], repeated: ['c'] });
  });

  test('ends a transaction that was declined, or expired from its expiry on, and never one with captures', () => {
    const expires_at = '2026-02-01T00:00:00.000Z';
    const expiring = { ...created, data: { ...created.data, expires_at } };
    const expired = (id: string, at: string) => raw(id, 'expired', undefined, { data: { at } });
    const declined = (id: string) => raw(id, 'declined', undefined);
    const capture = raw('09', 'captured', '1.00');
    const conflictsOf = (...events: RawEvent[]) => reckon(events).conflicts;
    expect(conflictsOf(created, declined('02'), capture)).toEqual(['09']);
    expect(conflictsOf(expiring, expired('02', expires_at), capture)).toEqual(['09']);
    expect(conflictsOf(expiring, expired('02', '2026-01-31T23:59:59.999Z'), capture)).toEqual(['02']);
    expect(conflictsOf(created, expired('02', expires_at), capture)).toEqual(['02']);
    expect(conflictsOf(expiring, capture, expired('10', expires_at), declined('11'))).toEqual(['10', '11']);
    expect(reckon([created, declined('02'), raw('03', 'voided', undefined)])).toMatchObject({
      voided: false,
      conflicts: ['03'],
    });
  });

  test('finds the conflicts: what breaks a rule at its place, and one key with two payloads', () => {
    const events = [
      created,
      raw('02', 'captured', '60.00', { commandId: 'c', fingerprint: 'x' }),
      raw('03', 'captured', '50.00', { origin: 'azure.1' }),
      raw('04', 'voided', undefined, { origin: 'azure.1' }),
      raw('05', 'captured', '1.00', { commandId: 'c', fingerprint: 'y', origin: 'azure.1' }),
      raw('06', 'refunded', '61.00', { origin: 'azure.1' }),
    ];
    expect(reckon(events)).toMatchObject({ captured: atScale('60'), conflicts: ['03', '04', '05', '06'] });
  });

  test('takes the create that the first later decision had seen, even if another is older', () => {
    const other = raw('00', 'created', '5.00', { seen: '', origin: 'azure.1', sequence: 1, commandId: '01' });
    expect(reckon([other, created, raw('02', 'captured', '60.00')])).toMatchObject({
      captured: atScale('60'),
      conflicts: ['00'],
    });
  });

  test('lets a refusal that came first stand against the same command accepted elsewhere', () => {
    const refused = raw('02', 'refused', undefined, { commandId: 'c', fingerprint: 'same' });
    const accepted = raw('03', 'captured', '1.00', {
      commandId: 'c',
      fingerprint: 'same',
      origin: 'azure.1',
    });
    expect(reckon([created, refused, accepted])).toMatchObject({
      captured: 0n,
      conflicts: ['03'],
      repeated: [],
    });
  });

  test('counts nothing of a command that was settled as lost, though by itself it would stand', () => {
    const pair = { command_id: 'c', fingerprint: 'x' };
    const events = [
      created,
      raw('02', 'captured', '60.00', { commandId: 'c', fingerprint: 'x' }),
      raw('03', 'captured', '60.00', { commandId: 'c', fingerprint: 'x', origin: 'azure.1' }),
      raw('04', 'conflict.settled', undefined, { data: pair }),
      raw('05', 'conflict.compensated', undefined, { data: pair }),
    ];
    expect(reckon(events)).toMatchObject({ captured: 0n, conflicts: ['02'] });
  });

  test('takes a request for no decision: it has no effect, and chooses no create', () => {
    const other = raw('00', 'created', '5.00', { seen: '', origin: 'azure.1', sequence: 1, commandId: '01' });
    const requested = raw('02', 'requested', undefined, { seen: 'azure.1=1', commandId: undefined });
    expect(reckon([other, created, requested, raw('03', 'captured', '60.00')])).toMatchObject({
      captured: atScale('60'),
      conflicts: ['00'],
    });
  });
});
