import { describe, expect, it } from 'vitest';
import { parseJson } from '../json.ts';
import { transaction, transactionCommands } from '../transaction/transaction.ts';
import { fingerprintOf, fingerprintOfCommand } from './fingerprint.ts';

const fingerprintOfBody = (json: string) => fingerprintOf(transactionCommands.capture.parse(parseJson(json)));

describe('fingerprintOf', () => {
  it('is the same for the same command on every machine for ever, in 22 characters', () => {
    expect(fingerprintOf({ type: 'capture', amount: '10.00', currency: 'USD' })).toBe(
      '7cUEwnKAPw9GtscKgXOip3',
    );
    expect(fingerprintOf({ currency: 'USD', amount: '10.00', type: 'capture' })).toBe(
      fingerprintOf({ type: 'capture', amount: '10.00', currency: 'USD' }),
    );
    expect(fingerprintOf({})).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it('does not see how a body was written, only what it asks for (R7)', () => {
    const plain = fingerprintOfBody('{"amount":"10.00","currency":"USD"}');
    expect(fingerprintOfBody('{ "currency" : "USD", "amount" : 10 }')).toBe(plain);
    expect(fingerprintOfBody('{"amount":10.0,"currency":"USD"}')).toBe(plain);
    expect(fingerprintOfBody('{"amount":"10.01","currency":"USD"}')).not.toBe(plain);
    expect(fingerprintOfBody('{"amount":"10.00","currency":"EUR"}')).not.toBe(plain);
  });

  it('tells a capture from a refund of the same amount', () => {
    const amount = { amount: '10.00', currency: 'USD' };
    expect(fingerprintOf({ type: 'capture', ...amount })).not.toBe(
      fingerprintOf({ type: 'refund', ...amount }),
    );
  });
});

describe('the fingerprint of a command', () => {
  it('is of all of it, unless the aggregate says that a repetition may differ', () => {
    const capture = { type: 'capture', amount: '10.00', currency: 'USD' } as const;
    expect(fingerprintOfCommand(transaction, capture)).toBe(fingerprintOf(capture));
    expect(fingerprintOfCommand({}, capture)).toBe(fingerprintOf(capture));
  });

  it('is the same whenever a transaction is expired', () => {
    const at = (time: string) => fingerprintOfCommand(transaction, { type: 'expire', at: time });
    expect(at('2026-01-01T00:00:00.000Z')).toBe(at('2026-01-02T00:00:00.000Z'));
    expect(at('2026-01-01T00:00:00.000Z')).not.toBe(fingerprintOfCommand(transaction, { type: 'decline' }));
  });
});
