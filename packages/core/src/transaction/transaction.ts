/**
 * The Transaction aggregate, from top to bottom: its commands, its events, its state, and the money rules.
 *
 *     created → captured, in parts, up to the amount → refunded, in parts, up to what was captured
 *     created → voided | declined | expired
 *
 * Nothing here looks at a clock: an authorisation whose expiry has passed can be captured until an `expired` event
 * says that it is over. Whoever decides that (a schedule, an operator) sends `expire`, and with it the time.
 *
 * Commands and event data are snake_case, as clients and the wire know them; the state is camelCase.
 */
import * as z from 'zod';
import { type Aggregate, isRefusal, type Refusal, refuse } from '../aggregate.ts';
import { isPlainText, maxIdLength } from '../log/event.ts';
import { type EventOf, eventTypes } from '../log/event-types.ts';
import type { Compensation } from '../log/meaning.ts';
import { faultOfInstant, instantField, recordedInstant } from './instant.ts';
import {
  type Amount,
  amountFields,
  decimal,
  formatMinor,
  formatMoney,
  type Money,
  normalAmount,
  parseMoney,
} from './money.ts';

// ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────

export type TransactionCommand =
  | ({ readonly type: 'create' } & Opening)
  | ({ readonly type: 'capture' } & Amount)
  | { readonly type: 'void' }
  | { readonly type: 'decline' }
  | { readonly type: 'expire'; readonly at: string }
  | ({ readonly type: 'refund' } & Amount);

/** What a transaction is created with. `expires_at` is the time from which it may be expired, if there is one. */
type Opening = Amount & { readonly account_id: string; readonly expires_at?: string };

const accountId = z
  .string()
  .min(1)
  .max(maxIdLength, { abort: true })
  // The schema counts whole characters, as JSON Schema does, and an id is counted in UTF-16 units wherever it is kept.
  .refine((id) => id.length <= maxIdLength, {
    params: { code: 'too_long' },
    error: `is longer than ${maxIdLength} characters: most emoji count as two.`,
    abort: true,
  })
  .refine(isPlainText, {
    params: { code: 'invalid_id' },
    error: 'has a control character or half a character.',
  });

/** A new one must be an account that a URL can name: `.` and `..` are steps in its path, however they are encoded. */
const newAccountId = accountId.refine((id) => id !== '.' && id !== '..', {
  params: { code: 'invalid_id' },
  error: 'cannot be "." or "..": no URL can name it.',
});

/**
 * The body of each command as clients send it, made into the command in its normal form. `expire` still lacks its
 * time `at`: whoever hands it to the service puts in the deciding cell's.
 */
export const transactionCommands = {
  create: z
    .strictObject({ account_id: newAccountId, ...amountFields, expires_at: instantField.exactOptional() })
    .transform(({ account_id, expires_at, ...amount }, context): TransactionCommand => {
      return {
        account_id,
        ...normalAmount(amount, context),
        ...(expires_at !== undefined && { expires_at }),
        type: 'create',
      };
    }),
  capture: z.strictObject(amountFields).transform((amount, context): TransactionCommand => {
    return { ...normalAmount(amount, context), type: 'capture' };
  }),
  void: z.strictObject({}).transform((): TransactionCommand => ({ type: 'void' })),
  decline: z.strictObject({}).transform((): TransactionCommand => ({ type: 'decline' })),
  expire: z.strictObject({}).transform((): { readonly type: 'expire' } => ({ type: 'expire' })),
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
    expires_at: recordedInstant.exactOptional(),
  }),
  z.strictObject({ type: z.literal('capture'), amount: z.string(), currency: z.string() }),
  z.strictObject({ type: z.literal('void') }),
  z.strictObject({ type: z.literal('decline') }),
  z.strictObject({ type: z.literal('expire'), at: recordedInstant }),
  z.strictObject({ type: z.literal('refund'), amount: z.string(), currency: z.string() }),
]);

// ── Events ────────────────────────────────────────────────────────────────────────────────────────────────

const recordedAmount = {
  amount: z.string().regex(decimal),
  currency: z.string().regex(/^[A-Z]{3}$/),
};
const isMoney = (data: Amount) => !isRefusal(parseMoney(data.amount, data.currency));

/** Every version of every event, with the schema of its data. What is published never changes: see `schemas/`. */
const events = eventTypes({
  'created.v1': z
    .object({ account_id: accountId, ...recordedAmount, expires_at: recordedInstant.exactOptional() })
    .refine(isMoney),
  'captured.v1': z.object(recordedAmount).refine(isMoney),
  'voided.v1': z.object({}),
  'declined.v1': z.object({}),
  'expired.v1': z.object({ at: recordedInstant }),
  'refunded.v1': z.object(recordedAmount).refine(isMoney),
});

export type TransactionEvent = EventOf<typeof events>;

// ── State ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Amounts are minor units of `currency`. `captured` is never above `authorised`, nor `refunded` above `captured`. */
export interface Transaction {
  readonly accountId: string;
  readonly currency: string;
  /** `refunded` once all that was captured is refunded. All but `created` and `captured` are final. */
  readonly status: 'created' | 'captured' | 'voided' | 'declined' | 'expired' | 'refunded';
  /** The time from which it may be expired, RFC 3339 with milliseconds and `Z`. It never expires without one. */
  readonly expiresAt?: string;
  readonly authorised: bigint;
  readonly captured: bigint;
  readonly refunded: bigint;
}

const minorUnits = z
  .string()
  .regex(/^[0-9]+$/)
  .transform(BigInt);

/** A state as a snapshot has it. */
const writtenState = z.object({
  accountId: z.string(),
  currency: z.string(),
  status: z.enum(['created', 'captured', 'voided', 'declined', 'expired', 'refunded']),
  expiresAt: z.string().exactOptional(),
  authorised: minorUnits,
  captured: minorUnits,
  refunded: minorUnits,
});

/** What can still be captured, in minor units. */
export function capturable(state: Transaction): bigint {
  return isFinal(state) ? 0n : state.authorised - state.captured;
}

/** What can still be refunded, in minor units. */
export function refundable({ captured, refunded }: Transaction): bigint {
  return captured - refunded;
}

function isFinal({ status }: Transaction): boolean {
  return status !== 'created' && status !== 'captured';
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
      return end(state, 'voided');
    case 'declined.v1':
      return end(state, 'declined');
    case 'expired.v1':
      return expire(state, event.data.at);
    case 'refunded.v1':
      return refund(state, event.data);
  }
}

function create({ account_id, expires_at, ...data }: Opening): Transaction | Refusal {
  const money = parseMoney(data.amount, data.currency);
  if (isRefusal(money)) return money;
  const fault = expires_at === undefined ? undefined : faultOfInstant(expires_at);
  if (fault) return fault;
  const { currency, minor } = money;
  return {
    accountId: account_id,
    currency,
    status: 'created',
    ...(expires_at !== undefined && { expiresAt: expires_at }),
    authorised: minor,
    captured: 0n,
    refunded: 0n,
  };
}

function capture(state: Transaction, data: Amount): Transaction | Refusal {
  const money = sameCurrency(state, data);
  if (isRefusal(money)) return money;
  if (isFinal(state)) return ended(state);
  if (money.minor > capturable(state)) {
    const rest = formatMinor(capturable(state), state.currency);
    return refuse(
      'capture_exceeds_amount',
      `Capturing ${formatMoney(money)} exceeds the ${rest} not yet captured.`,
    );
  }
  return { ...state, status: 'captured', captured: state.captured + money.minor };
}

/** What nothing was captured of can end without money having moved. */
function end(state: Transaction, status: 'voided' | 'declined' | 'expired'): Transaction | Refusal {
  if (isFinal(state)) return ended(state);
  if (state.status === 'captured') {
    return refuse('transaction_captured', `What is captured cannot be ${status}. Refund it instead.`);
  }
  return { ...state, status };
}

function expire(state: Transaction, at: string): Transaction | Refusal {
  const fault = faultOfInstant(at);
  if (fault) return fault;
  const next = end(state, 'expired');
  if (isRefusal(next)) return next;
  const { expiresAt } = state;
  if (expiresAt === undefined)
    return refuse('not_expirable', 'The transaction was created without an expiry.');
  // Both are in normal form, in which text order is time order.
  if (at < expiresAt) {
    return refuse('not_yet_expired', `The transaction expires at ${expiresAt}, and it is ${at}.`);
  }
  return next;
}

function refund(state: Transaction, data: Amount): Transaction | Refusal {
  const money = sameCurrency(state, data);
  if (isRefusal(money)) return money;
  if (isFinal(state)) return ended(state);
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
      const { type: _, ...opening } = command;
      return { type: 'created.v1', data: opening };
    }
    case 'capture':
      return { type: 'captured.v1', data: { amount: command.amount, currency: command.currency } };
    case 'void':
      return { type: 'voided.v1', data: {} };
    case 'decline':
      return { type: 'declined.v1', data: {} };
    case 'expire':
      return { type: 'expired.v1', data: { at: command.at } };
    case 'refund':
      return { type: 'refunded.v1', data: { amount: command.amount, currency: command.currency } };
  }
}

// ── Compensations ─────────────────────────────────────────────────────────────────────────────────────────

/** R16: a capture that lost is refunded, a refund that lost is collected. The others moved nothing. */
function compensation(event: TransactionEvent): Compensation | undefined {
  if (event.type === 'captured.v1') return { kind: 'refund', ...event.data };
  if (event.type === 'refunded.v1') return { kind: 'collect', ...event.data };
  return undefined;
}

export const transaction: Aggregate<Transaction, TransactionCommand, TransactionEvent> = {
  name: 'transaction',
  typePrefix: 'io.twinlog.transaction',
  opening: 'created.v1',
  events,
  decide,
  evolve,
  compensation,
  // An `expire` that is sent again comes with another time, and is the same command.
  identity: (command) => (command.type === 'expire' ? { type: 'expire' } : command),
  readCommand: (recorded) => recordedCommand.safeParse(recorded).data,
  snapshot: {
    revision: 1,
    write: ({ authorised, captured, refunded, ...rest }) => ({
      ...rest,
      authorised: String(authorised),
      captured: String(captured),
      refunded: String(refunded),
    }),
    read: (state) => writtenState.safeParse(state).data,
  },
  homeKey: (stream) => stream.slice(4, 12),
};
