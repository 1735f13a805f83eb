/**
 * The Transaction aggregate, from top to bottom: its commands, its events, its state, and the money rules.
 *
 *     created → captured, in parts, up to the amount → refunded, in parts, up to what was captured
 *     created → voided
 *
 * Commands and event data are snake_case, as clients and the wire know them; the state is camelCase.
 */
import * as z from 'zod';
import { type Aggregate, isRefusal, type Refusal, refuse } from '../aggregate.ts';
import { isPlainText, maxIdLength } from '../log/event.ts';
import type { Compensation } from '../log/meaning.ts';
import {
  type Amount,
  amountFields,
  formatMinor,
  formatMoney,
  type Money,
  normalAmount,
  parseMoney,
} from './money.ts';

// ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────

export type TransactionCommand =
  | ({ readonly type: 'create'; readonly account_id: string } & Amount)
  | ({ readonly type: 'capture' } & Amount)
  | { readonly type: 'void' }
  | ({ readonly type: 'refund' } & Amount);

const accountId = z
  .string()
  .min(1)
  .max(maxIdLength)
  .refine(isPlainText, {
    params: { code: 'invalid_id' },
    error: 'has a control character or half a character.',
  });

/** The body of each command as clients send it, made into the command in its normal form. */
export const transactionCommands = {
  create: z
    .strictObject({ account_id: accountId, ...amountFields })
    .transform(({ account_id, ...amount }, context): TransactionCommand => {
      return { account_id, ...normalAmount(amount, context), type: 'create' };
    }),
  capture: z.strictObject(amountFields).transform((amount, context): TransactionCommand => {
    return { ...normalAmount(amount, context), type: 'capture' };
  }),
  void: z.strictObject({}).transform((): TransactionCommand => ({ type: 'void' })),
  refund: z.strictObject(amountFields).transform((amount, context): TransactionCommand => {
    return { ...normalAmount(amount, context), type: 'refund' };
  }),
};

/** A command in its normal form, as it stands in events. */
const recordedCommand = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('create'),
    account_id: accountId,
    amount: z.string(),
    currency: z.string(),
  }),
  z.strictObject({ type: z.literal('capture'), amount: z.string(), currency: z.string() }),
  z.strictObject({ type: z.literal('void') }),
  z.strictObject({ type: z.literal('refund'), amount: z.string(), currency: z.string() }),
]);

// ── Events ────────────────────────────────────────────────────────────────────────────────────────────────

const amount = { amount: z.string(), currency: z.string() };
const isMoney = (data: Amount) => !isRefusal(parseMoney(data.amount, data.currency));

/** The events by type, with the schema of each one's data. A published version never changes. */
const transactionEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('created.v1'),
    data: z.object({ account_id: accountId, ...amount }).refine(isMoney),
  }),
  z.object({ type: z.literal('captured.v1'), data: z.object(amount).refine(isMoney) }),
  z.object({ type: z.literal('voided.v1'), data: z.object({}) }),
  z.object({ type: z.literal('refunded.v1'), data: z.object(amount).refine(isMoney) }),
]);

export type TransactionEvent = z.output<typeof transactionEvent>;

// ── State ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Amounts are minor units of `currency`. `captured` is never above `authorised`, nor `refunded` above `captured`. */
export interface Transaction {
  readonly accountId: string;
  readonly currency: string;
  /** `refunded` once all that was captured is refunded; it and `voided` are final. */
  readonly status: 'created' | 'captured' | 'voided' | 'refunded';
  readonly authorised: bigint;
  readonly captured: bigint;
  readonly refunded: bigint;
}

/** What can still be captured, in minor units. */
export function capturable({ status, authorised, captured }: Transaction): bigint {
  return status === 'created' || status === 'captured' ? authorised - captured : 0n;
}

/** What can still be refunded, in minor units. */
export function refundable({ captured, refunded }: Transaction): bigint {
  return captured - refunded;
}

// ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────

function evolve(state: Transaction | undefined, event: TransactionEvent): Transaction | Refusal {
  if (event.type === 'created.v1')
    return state ? refuse('transaction_exists', 'The transaction exists.') : create(event.data);
  if (state === undefined) return refuse('transaction_not_found', 'The transaction does not exist.');
  switch (event.type) {
    case 'captured.v1':
      return capture(state, event.data);
    case 'voided.v1':
      return cancel(state);
    case 'refunded.v1':
      return refund(state, event.data);
  }
}

function create({ account_id, ...data }: Amount & { readonly account_id: string }): Transaction | Refusal {
  const money = parseMoney(data.amount, data.currency);
  if (isRefusal(money)) return money;
  const { currency, minor } = money;
  return {
    accountId: account_id,
    currency,
    status: 'created',
    authorised: minor,
    captured: 0n,
    refunded: 0n,
  };
}

function capture(state: Transaction, data: Amount): Transaction | Refusal {
  const money = sameCurrency(state, data);
  if (isRefusal(money)) return money;
  if (state.status === 'voided' || state.status === 'refunded') return ended(state);
  if (money.minor > capturable(state)) {
    const rest = formatMinor(capturable(state), state.currency);
    return refuse(
      'capture_exceeds_amount',
      `Capturing ${formatMoney(money)} exceeds the ${rest} not yet captured.`,
    );
  }
  return { ...state, status: 'captured', captured: state.captured + money.minor };
}

function cancel(state: Transaction): Transaction | Refusal {
  if (state.status === 'voided' || state.status === 'refunded') return ended(state);
  if (state.status === 'captured') {
    return refuse('transaction_captured', 'What is captured cannot be voided. Refund it instead.');
  }
  return { ...state, status: 'voided' };
}

function refund(state: Transaction, data: Amount): Transaction | Refusal {
  const money = sameCurrency(state, data);
  if (isRefusal(money)) return money;
  if (state.status === 'voided' || state.status === 'refunded') return ended(state);
  if (money.minor > refundable(state)) {
    const rest = formatMinor(refundable(state), state.currency);
    return refuse(
      'refund_exceeds_captured',
      `Refunding ${formatMoney(money)} exceeds the ${rest} captured and not refunded.`,
    );
  }
  const refunded = state.refunded + money.minor;
  return { ...state, status: refunded === state.captured ? 'refunded' : state.status, refunded };
}

function sameCurrency(state: Transaction, data: Amount): Money | Refusal {
  if (data.currency === state.currency) return parseMoney(data.amount, data.currency);
  return refuse(
    'currency_mismatch',
    `The transaction is in ${state.currency}, the amount in ${data.currency}.`,
  );
}

function ended({ status }: Transaction): Refusal {
  return refuse(`transaction_${status}`, `The transaction is ${status}; nothing can follow.`);
}

// ── Decisions ─────────────────────────────────────────────────────────────────────────────────────────────

function decide(command: TransactionCommand): TransactionEvent {
  switch (command.type) {
    case 'create': {
      const { account_id, amount, currency } = command;
      return { type: 'created.v1', data: { account_id, amount, currency } };
    }
    case 'capture':
      return { type: 'captured.v1', data: { amount: command.amount, currency: command.currency } };
    case 'void':
      return { type: 'voided.v1', data: {} };
    case 'refund':
      return { type: 'refunded.v1', data: { amount: command.amount, currency: command.currency } };
  }
}

// ── Compensations ─────────────────────────────────────────────────────────────────────────────────────────

/** R16: a capture that lost is refunded, a refund that lost is collected. Nothing was moved by a void. */
function compensation(event: TransactionEvent): Compensation | undefined {
  if (event.type === 'captured.v1') return { kind: 'refund', ...event.data };
  if (event.type === 'refunded.v1') return { kind: 'collect', ...event.data };
  return undefined;
}

export const transaction: Aggregate<Transaction, TransactionCommand, TransactionEvent> = {
  name: 'transaction',
  typePrefix: 'io.twinlog.transaction',
  opening: 'created.v1',
  understand: (event) => transactionEvent.safeParse(event).data,
  decide,
  evolve,
  compensation,
  readCommand: (recorded) => recordedCommand.safeParse(recorded).data,
  homeKey: (stream) => stream.slice(4, 12),
};
