import {
  type Conflict,
  capturable,
  type Fold,
  formatMinor,
  type PendingEvent,
  refundable,
  type Transaction,
} from '@twinlog/core';
import { type History, type Settlement, viewHistory, viewSettlement } from './history.ts';

/** A transaction as clients see it. Amounts are decimal strings with all decimals of the currency. */
export interface TransactionView {
  readonly transaction_id: string;
  readonly account_id: string;
  readonly status: Transaction['status'];
  readonly currency: string;
  readonly amount: string;
  readonly captured: string;
  readonly refunded: string;
  /** What can still be captured. */
  readonly capturable: string;
  /** What can still be refunded. */
  readonly refundable: string;
  /** The time from which it may be expired, RFC 3339, UTC. Not there where it never expires. */
  readonly expires_at?: string;
}

/** A decision that was answered and does not stand, because another cell decided otherwise at the same time. */
export interface ConflictView {
  readonly code: string;
  readonly detail: string;
  readonly lost_to?: string;
}

export interface ReportedConflict extends ConflictView, Settlement {
  readonly event_id: string;
  readonly type: string;
  readonly command_id?: string;
}

/** A transaction as this cell holds it now. */
export interface CurrentTransaction extends TransactionView, History {
  /** RFC 3339, UTC. */
  readonly created_at: string;
  readonly conflicts: readonly ReportedConflict[];
  /** How many events this cell holds that do not count yet, because one before them is missing. */
  readonly pending: number;
}

export function viewTransaction(id: string, state: Transaction): TransactionView {
  const text = (minor: bigint) => formatMinor(minor, state.currency);
  return {
    transaction_id: id,
    account_id: state.accountId,
    status: state.status,
    currency: state.currency,
    amount: text(state.authorised),
    captured: text(state.captured),
    refunded: text(state.refunded),
    capturable: text(capturable(state)),
    refundable: text(refundable(state)),
    ...(state.expiresAt !== undefined && { expires_at: state.expiresAt }),
  };
}

export function viewConflict({ code, detail, lostTo }: Conflict): ConflictView {
  return { code, detail, ...(lostTo !== undefined && { lost_to: lostTo }) };
}

/** Undefined where no event that opens the transaction counts yet. */
export function viewCurrent(id: string, fold: Fold<Transaction>): CurrentTransaction | undefined {
  const { state, opening, conflicts, pending } = fold;
  if (state === undefined || opening === undefined) return undefined;
  return {
    ...viewTransaction(id, state),
    created_at: opening.time,
    conflicts: conflicts.map((conflict) => {
      const { id: event_id, type, commandid } = conflict.event;
      const command = commandid === undefined ? {} : { command_id: commandid };
      return { event_id, type, ...command, ...viewConflict(conflict), ...viewSettlement(conflict) };
    }),
    ...viewHistory(fold),
    pending: pending.length,
  };
}

/** Whether any of the events waits for newer code rather than for another event. */
export function needsNewerCode(pending: readonly PendingEvent[]): boolean {
  return pending.some(({ reason }) => reason === 'not_understood');
}
