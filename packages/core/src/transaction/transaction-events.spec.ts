import { describe, expect, it } from 'vitest';
import { isRefusal } from '../aggregate.ts';
import { transaction } from './transaction.ts';

const expiry = '2026-02-01T00:00:00.000Z';

describe('understanding events', () => {
  const data = { amount: '5', currency: 'JPY' };

  it('takes every event that a command decides', () => {
    for (const command of [
      { type: 'create', account_id: 'a', ...data },
      { type: 'create', account_id: 'a', ...data, expires_at: expiry },
      { type: 'capture', ...data },
      { type: 'void' },
      { type: 'decline' },
      { type: 'expire', at: expiry },
      { type: 'refund', ...data },
    ] as const) {
      const event = transaction.decide(command, undefined);
      if (isRefusal(event)) throw new Error('decide refuses nothing');
      expect(transaction.events.understand(event)).toEqual(event);
      expect(transaction.readCommand?.({ ...command })).toEqual(command);
    }
  });

  it('takes the largest amount in its normal form', () => {
    const largest = { amount: '9'.repeat(18), currency: 'USD' };
    expect(transaction.events.understand({ type: 'captured.v1', data: largest })).toBeDefined();
  });

  it('passes over members of data that it does not know', () => {
    expect(transaction.events.understand({ type: 'captured.v1', data: { ...data, note: 'x' } })).toEqual({
      type: 'captured.v1',
      data,
    });
  });

  it.each([
    ['captured.v2', data],
    ['captured', data],
    ['expired.v1', {}],
    ['expired.v1', { at: '2026-02-01T00:00:00Z' }],
    ['created.v1', { ...data, account_id: 'a', expires_at: '2026-02-01' }],
    ['created.v1', { ...data, account_id: 'a', expires_at: null }],
    ['captured.v1', {}],
    ['captured.v1', { ...data, amount: 5 }],
    ['captured.v1', { ...data, amount: '0' }],
    ['captured.v1', { ...data, amount: '5.00' }],
    ['refunded.v1', { ...data, currency: 'YEN' }],
    ['created.v1', data],
    ['created.v1', { ...data, account_id: '' }],
    ['created.v1', { ...data, account_id: 'a\u0000' }],
  ])('does not take %s with data %j', (type, eventData) => {
    expect(transaction.events.understand({ type, data: eventData })).toBeUndefined();
  });
});

describe('a recorded command', () => {
  const data = { amount: '5', currency: 'JPY' };

  it.each([
    ['of an unknown type', { type: 'reverse' }],
    ['without a type', {}],
    ['that lacks its amount', { type: 'capture', currency: 'JPY' }],
    ['that lacks its currency', { type: 'refund', amount: '5' }],
    ['that lacks its account', { type: 'create', ...data }],
    ['that lacks its time', { type: 'expire' }],
    ['whose time is not in normal form', { type: 'expire', at: '2026-02-01T00:00:00Z' }],
    ['whose amount is a number', { type: 'capture', amount: 5, currency: 'JPY' }],
    ['whose expiry is null', { type: 'create', account_id: 'a', ...data, expires_at: null }],
    ['whose account id no store keeps', { type: 'create', account_id: 'a\n', ...data }],
    ...[
      { type: 'create', account_id: 'a', ...data },
      { type: 'capture', ...data },
      { type: 'void' },
      { type: 'decline' },
      { type: 'expire', at: expiry },
      { type: 'refund', ...data },
    ].map((command): [string, object] => [`to ${command.type} with more to it`, { ...command, note: 'x' }]),
  ])('%s is not understood', (_, command) => {
    expect(transaction.readCommand?.({ ...command })).toBeUndefined();
  });

  it('is the same command where all of it is the same, but for the time at which to expire', () => {
    const capture = { type: 'capture', ...data } as const;
    expect(transaction.identity?.(capture)).toEqual(capture);
    expect(transaction.identity?.({ type: 'expire', at: expiry })).toEqual({ type: 'expire' });
  });
});

describe('the names of a transaction', () => {
  it('are those on the wire, which stay as they are', () => {
    expect(transaction).toMatchObject({
      name: 'transaction',
      typePrefix: 'io.twinlog.transaction',
      opening: 'created.v1',
    });
  });

  it('tell its home by the account part of its id (R12)', () => {
    expect(transaction.homeKey?.('txn_01234567ABCDEFGHJKMNPQRSTVWXYZ01')).toBe('01234567');
  });
});

describe('a compensation', () => {
  const data = { amount: '5', currency: 'JPY' };

  it('gives back what a lost capture took, takes back what a lost refund gave, and is due for nothing else', () => {
    const dueFor = (event: Parameters<NonNullable<typeof transaction.compensation>>[0]) =>
      transaction.compensation?.(event);
    expect(dueFor({ type: 'captured.v1', data })).toEqual({ kind: 'refund', ...data });
    expect(dueFor({ type: 'refunded.v1', data })).toEqual({ kind: 'collect', ...data });
    expect(dueFor({ type: 'created.v1', data: { account_id: 'a', ...data } })).toBeUndefined();
    expect(dueFor({ type: 'voided.v1', data: {} })).toBeUndefined();
    expect(dueFor({ type: 'declined.v1', data: {} })).toBeUndefined();
    expect(dueFor({ type: 'expired.v1', data: { at: expiry } })).toBeUndefined();
  });
});
