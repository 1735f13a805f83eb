import { describe, expect, it } from 'vitest';
import { type Transaction, transaction } from './transaction.ts';

const state: Transaction = {
  accountId: 'account-1',
  currency: 'JPY',
  status: 'captured',
  expiresAt: '2026-02-01T00:00:00.000Z',
  authorised: 1_000n,
  captured: 25n,
  refunded: 0n,
};

const written = {
  accountId: 'account-1',
  currency: 'JPY',
  status: 'captured',
  expiresAt: '2026-02-01T00:00:00.000Z',
  authorised: '1000',
  captured: '25',
  refunded: '0',
};

describe('a transaction in a snapshot', () => {
  it('is written with its amounts as digits', () => {
    expect(transaction.snapshot?.write(state)).toEqual(written);
  });

  it.each(['created', 'captured', 'voided', 'declined', 'expired', 'refunded'] as const)(
    'is read as it was written: %s',
    (status) => {
      const { expiresAt: _, ...never } = { ...state, status };
      for (const one of [{ ...state, status }, never]) {
        const text = JSON.stringify(transaction.snapshot?.write(one));
        expect(transaction.snapshot?.read(JSON.parse(text))).toStrictEqual(one);
      }
    },
  );

  it.each([
    { authorised: 'x1000' },
    { captured: '25x' },
    { captured: '' },
    { refunded: '-1' },
    { authorised: 1_000 },
    { status: 'lost' },
    { status: '' },
    { accountId: undefined },
    { currency: 392 },
    { expiresAt: null },
  ])('is not read from what was written otherwise: %o', (wrong) => {
    expect(transaction.snapshot?.read({ ...written, ...wrong })).toBeUndefined();
  });
});
