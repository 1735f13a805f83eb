import { describe, expect, it } from 'vitest';
import { isRefusal, type Refusal } from '../aggregate.ts';
import {
  capturable,
  refundable,
  type Transaction,
  type TransactionCommand,
  transaction,
} from './transaction.ts';

type Operation =
  | { readonly type: 'capture' | 'refund'; readonly amount: number }
  | { readonly type: 'void' | 'decline' }
  | { readonly type: 'expire'; readonly at: string };

const expiry = '2026-02-01T00:00:00.000Z';
const justBefore = '2026-01-31T23:59:59.999Z';

function run(state: Transaction | undefined, command: TransactionCommand): Transaction | Refusal {
  const event = transaction.decide(command, state);
  return isRefusal(event) ? event : transaction.evolve(state, event);
}

function accepted(state: Transaction | undefined, ...commands: TransactionCommand[]): Transaction {
  let next = state;
  for (const command of commands) {
    const result = run(next, command);
    if (isRefusal(result)) throw new Error(`${command.type} was refused: ${result.refusal}`);
    next = result;
  }
  if (next === undefined) throw new Error('No command was given.');
  return next;
}

function commandOf(operation: Operation, currency: string): TransactionCommand {
  if (!('amount' in operation)) return operation;
  return { type: operation.type, amount: String(operation.amount), currency };
}

const created = (amount: number, expires_at?: string) =>
  accepted(undefined, {
    type: 'create',
    account_id: 'account-1',
    amount: String(amount),
    currency: 'JPY',
    ...(expires_at !== undefined && { expires_at }),
  });

/** What should become of an operation, from sums over the accepted operations alone: a code, or undefined. */
function oracle(
  { authorised, expires }: { readonly authorised: number; readonly expires: boolean },
  history: readonly Operation[],
  next: Operation,
): string | undefined {
  const sum = (type: 'capture' | 'refund') =>
    history.reduce((total, operation) => total + (operation.type === type ? operation.amount : 0), 0);
  const captured = sum('capture');
  const refunded = sum('refund');
  const has = (type: Operation['type']) => history.some((operation) => operation.type === type);
  if (has('void')) return 'transaction_voided';
  if (has('decline')) return 'transaction_declined';
  if (has('expire')) return 'transaction_expired';
  if (captured > 0 && refunded === captured) return 'transaction_refunded';
  if (!('amount' in next)) {
    if (captured > 0) return 'transaction_captured';
    if (next.type !== 'expire') return undefined;
    if (!expires) return 'not_expirable';
    return next.at === justBefore ? 'not_yet_expired' : undefined;
  }
  if (next.type === 'capture')
    return captured + next.amount > authorised ? 'capture_exceeds_amount' : undefined;
  return refunded + next.amount > captured ? 'refund_exceeds_captured' : undefined;
}

describe('the money rules', () => {
  it.each([1, 2, 3, 4].flatMap((authorised) => [false, true].map((expires) => ({ authorised, expires }))))(
    'hold for every sequence of up to four commands on an authorisation of $authorised (with an expiry: $expires)',
    (authorisation) => {
      const { authorised, expires } = authorisation;
      const amounts = Array.from({ length: authorised + 1 }, (_, index) => index + 1);
      const operations: Operation[] = [
        { type: 'void' },
        { type: 'decline' },
        { type: 'expire', at: justBefore },
        { type: 'expire', at: expiry },
        ...amounts.map((amount) => ({ type: 'capture' as const, amount })),
        ...amounts.map((amount) => ({ type: 'refund' as const, amount })),
      ];
      let sequences = 0;
      const explore = (state: Transaction, history: readonly Operation[], left: number) => {
        const { captured, refunded } = state;
        const isSane =
          state.authorised === BigInt(authorised) && captured <= state.authorised && refunded <= captured;
        if (!isSane) throw new Error(`Broken after ${JSON.stringify(history)}`);
        if (left === 0) return;
        for (const operation of operations) {
          sequences += 1;
          const result = run(state, commandOf(operation, 'JPY'));
          const expected = oracle(authorisation, history, operation);
          const code = isRefusal(result) ? result.refusal : undefined;
          if (code !== expected) {
            expect(code, `${JSON.stringify(operation)} after ${JSON.stringify(history)}`).toBe(expected);
          }
          // Whatever was refused changed nothing, so the same state goes on.
          if (isRefusal(result)) explore(state, history, left - 1);
          else explore(result, [...history, operation], left - 1);
        }
      };
      explore(created(authorised, expires ? expiry : undefined), [], 4);
      const n = operations.length;
      expect(sequences).toBe(n + n ** 2 + n ** 3 + n ** 4);
    },
  );

  it('follow a transaction from authorisation to refund, in parts', () => {
    const capture = (amount: string): TransactionCommand => ({ type: 'capture', amount, currency: 'BHD' });
    const refund = (amount: string): TransactionCommand => ({ type: 'refund', amount, currency: 'BHD' });
    const opened = accepted(undefined, {
      type: 'create',
      account_id: 'a',
      amount: '10.000',
      currency: 'BHD',
    });
    expect(opened).toStrictEqual({
      accountId: 'a',
      currency: 'BHD',
      status: 'created',
      authorised: 10_000n,
      captured: 0n,
      refunded: 0n,
    });
    expect([capturable(opened), refundable(opened)]).toEqual([10_000n, 0n]);

    const captured = accepted(opened, capture('3.500'), capture('2.000'));
    expect(captured).toEqual({ ...opened, status: 'captured', captured: 5_500n });
    expect([capturable(captured), refundable(captured)]).toEqual([4_500n, 5_500n]);

    const partly = accepted(captured, refund('5.499'));
    expect(partly).toEqual({ ...captured, refunded: 5_499n });
    expect(accepted(partly, capture('4.500'))).toMatchObject({ status: 'captured', captured: 10_000n });

    const ended = accepted(partly, refund('0.001'));
    expect(ended).toEqual({ ...captured, status: 'refunded', refunded: 5_500n });
    expect([capturable(ended), refundable(ended)]).toEqual([0n, 0n]);
  });

  it.each([
    ['voided', { type: 'void' }],
    ['declined', { type: 'decline' }],
    ['expired', { type: 'expire', at: expiry }],
  ] as const)('leave nothing to capture once %s', (status, command) => {
    const opened = created(3, expiry);
    const ended = accepted(opened, command);
    expect(ended).toEqual({ ...opened, status });
    expect([capturable(ended), refundable(ended)]).toEqual([0n, 0n]);
  });

  it('expire from the very millisecond of the expiry on, and say when that is', () => {
    const opened = created(3, expiry);
    expect(opened.expiresAt).toBe(expiry);
    expect(run(opened, { type: 'expire', at: justBefore })).toEqual({
      refusal: 'not_yet_expired',
      detail: `The transaction expires at ${expiry}, and it is ${justBefore}.`,
    });
    for (const at of [expiry, '2026-02-01T00:00:00.001Z', '9999-12-31T23:59:59.999Z']) {
      expect(run(opened, { type: 'expire', at })).toEqual({ ...opened, status: 'expired' });
    }
  });

  it('know no clock: what nobody expired can be captured, however old it is', () => {
    const old = created(3, '1970-01-01T00:00:00.000Z');
    expect(capturable(old)).toBe(3n);
    expect(accepted(old, { type: 'capture', amount: '3', currency: 'JPY' }).captured).toBe(3n);
  });

  it('refuse another currency before anything else is asked, whatever the amount', () => {
    const states = [created(3), accepted(created(3), { type: 'void' })];
    for (const state of states) {
      for (const type of ['capture', 'refund'] as const) {
        expect(run(state, { type, amount: '1.00', currency: 'USD' })).toEqual({
          refusal: 'currency_mismatch',
          detail: 'The transaction is in JPY, the amount in USD.',
        });
      }
    }
  });

  it('refuse a second create, and anything before the first', () => {
    expect(
      run(created(3), { type: 'create', account_id: 'account-1', amount: '3', currency: 'JPY' }),
    ).toMatchObject({ refusal: 'transaction_exists' });
    for (const operation of [
      { type: 'void' },
      { type: 'decline' },
      { type: 'expire', at: expiry },
      { type: 'capture', amount: 1 },
      { type: 'refund', amount: 1 },
    ] as const) {
      expect(run(undefined, commandOf(operation, 'JPY'))).toMatchObject({ refusal: 'transaction_not_found' });
    }
  });

  it('refuse an amount that is no money, also from a command that no schema has seen', () => {
    const create = { type: 'create', account_id: 'a', amount: '-1', currency: 'JPY' } as const;
    expect(run(undefined, create)).toMatchObject({ refusal: 'amount_not_decimal' });
    for (const type of ['capture', 'refund'] as const) {
      expect(run(created(3), { type, amount: '0', currency: 'JPY' })).toMatchObject({
        refusal: 'amount_not_positive',
      });
    }
  });

  it('refuse a time that is not in its normal form, also from a command that no schema has seen', () => {
    const create = { type: 'create', account_id: 'a', amount: '1', currency: 'JPY' } as const;
    for (const time of ['soon', '2026-02-01', '2026-02-01T00:00:00Z', '2026-02-30T00:00:00.000Z']) {
      const refusal = {
        refusal: 'invalid_time',
        detail: `"${time}" is not a time in its normal form, such as "2026-01-31T12:00:00.000Z".`,
      };
      expect(run(undefined, { ...create, expires_at: time })).toEqual(refusal);
      expect(run(created(3, expiry), { type: 'expire', at: time })).toEqual(refusal);
    }
  });

  it('say in a refusal what was asked for and what is left', () => {
    const state = accepted(created(3), { type: 'capture', amount: '2', currency: 'JPY' });
    expect(run(state, { type: 'capture', amount: '2', currency: 'JPY' })).toEqual({
      refusal: 'capture_exceeds_amount',
      detail: 'Capturing 2 JPY exceeds the 1 not yet captured.',
    });
    expect(run(state, { type: 'refund', amount: '3', currency: 'JPY' })).toEqual({
      refusal: 'refund_exceeds_captured',
      detail: 'Refunding 3 JPY exceeds the 2 captured and not refunded.',
    });
    expect(run(state, { type: 'decline' })).toEqual({
      refusal: 'transaction_captured',
      detail: 'What is captured cannot be declined. Refund it instead.',
    });
    expect(run(state, { type: 'create', account_id: 'a', amount: '2', currency: 'JPY' })).toEqual({
      refusal: 'transaction_exists',
      detail: 'The transaction exists.',
    });
    expect(run(undefined, { type: 'void' })).toEqual({
      refusal: 'transaction_not_found',
      detail: 'The transaction does not exist.',
    });
    expect(run(created(3), { type: 'expire', at: expiry })).toEqual({
      refusal: 'not_expirable',
      detail: 'The transaction was created without an expiry.',
    });
    expect(run(accepted(created(3), { type: 'void' }), { type: 'decline' })).toEqual({
      refusal: 'transaction_voided',
      detail: 'The transaction is voided; nothing can follow.',
    });
  });
});
