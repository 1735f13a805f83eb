import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBase32 } from './base32.ts';
import { accountPart, transactionId, transactionIdPattern } from './transaction-id.ts';

const never = () => {
  throw new Error('With a key, an id is not random.');
};
const idOf = (account: string, key: string) => transactionId(account, key, never);
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

describe('transactionId', () => {
  it('names the same transaction for the same account and key, on every machine for ever (R12)', () => {
    expect(idOf('account-1', 'key-1')).toBe(idOf('account-1', 'key-1'));
    expect(idOf('account-1', 'key-1')).toBe('txn_1TE6AKH1NSPEK6BDECN8187JZXXT11GV');
  });

  it('names another for another account or key', () => {
    fc.assert(
      fc.property(text, text, text, text, (account, key, otherAccount, otherKey) => {
        const same = account === otherAccount && key === otherKey;
        expect(idOf(account, key) === idOf(otherAccount, otherKey)).toBe(same);
      }),
    );
  });

  it('cannot be made the same by moving characters between account and key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), (whole) => {
        const splits = Array.from({ length: whole.length + 1 }, (_, at) => at);
        const ids = splits.map((at) => idOf(whole.slice(0, at), whole.slice(at)).slice(12));
        expect(new Set(ids).size).toBe(splits.length);
      }),
    );
    expect(idOf('a', 'bc').slice(12)).not.toBe(idOf('ab', 'c').slice(12));
    expect(idOf('', 'abc').slice(12)).not.toBe(idOf('abc', '').slice(12));
  });

  it('starts with what stands for its account, with a key and without', () => {
    fc.assert(
      fc.property(text, text, (account, key) => {
        expect(accountPart(account)).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
        for (const id of [idOf(account, key), transactionId(account, undefined, Math.random)]) {
          expect(id).toMatch(transactionIdPattern);
          expect(id.slice(4, 12)).toBe(accountPart(account));
        }
      }),
    );
  });

  it('is random without a key, so that a create sent again makes another transaction', () => {
    const draws = [0, 0.5, 0.999];
    let at = 0;
    const random = () => draws[at++ % draws.length] ?? 0;
    expect(transactionId('account-1', undefined, random).slice(12)).toBe('0GZ'.repeat(8));
    const ids = Array.from({ length: 1_000 }, () => transactionId('account-1', undefined, Math.random));
    expect(new Set(ids).size).toBe(1_000);
    expect(randomBase32(3, () => 0)).toBe('000');
  });
});
