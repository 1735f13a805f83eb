import { type Transaction, transaction } from '../transaction/transaction.ts';
import type { DomainEvent } from './event.ts';
import { foldEvents } from './fold.ts';
import type { OwnedFold } from './folded.ts';
import { account, handMade, yen } from './histories.fixture.ts';

export function fold(...events: readonly DomainEvent[]): OwnedFold<Transaction> {
  return foldEvents(transaction, events);
}

/** What a fold comes to, short enough to be written out in an expectation. */
export interface Summary {
  readonly state: string | undefined;
  readonly opening: string | undefined;
  /** Of each conflict the event, the code, and what it lost to. */
  readonly conflicts: readonly (readonly unknown[])[];
  /** Of each pending event its id and the reason. */
  readonly pending: readonly (readonly unknown[])[];
}

export function summary(...events: readonly DomainEvent[]): Summary {
  const { state, opening, conflicts, pending } = fold(...events);
  return {
    state: state && `${state.status} ${state.authorised}/${state.captured}/${state.refunded}`,
    opening: opening?.source.slice('urn:twinlog:origin:'.length),
    conflicts: conflicts.map(({ event, code, lostTo }) => [event.id, code, lostTo]),
    pending: pending.map(({ event, reason }) => [event.id, reason]),
  };
}

export function created(
  origin: string,
  at: number,
  amount: number,
  key: string | undefined = 'create',
): DomainEvent {
  return handMade(
    { origin, sequence: 1, at, seen: '' },
    { type: 'created.v1', data: { account_id: account, ...yen(amount) }, ...(key !== undefined && { key }) },
  );
}

export function captured(
  origin: string,
  sequence: number,
  at: number,
  seen: string,
  amount: number,
  key?: string,
): DomainEvent {
  return handMade(
    { origin, sequence, at, seen },
    { type: 'captured.v1', data: yen(amount), ...(key !== undefined && { key }) },
  );
}
