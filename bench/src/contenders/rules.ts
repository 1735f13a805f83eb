import {
  isRefusal,
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from '@twinlog/core';

/** `decide` of the aggregate, for a library that expects a throw where a rule forbids something. */
export function decide(command: TransactionCommand, state: Transaction | undefined): TransactionEvent {
  const event = transaction.decide(command, state);
  if (isRefusal(event)) throw new Error(event.detail);
  return event;
}

/** `evolve` of the aggregate, likewise. */
export function evolve(state: Transaction | undefined, event: TransactionEvent): Transaction {
  const next = transaction.evolve(state, event);
  if (isRefusal(next)) throw new Error(next.detail);
  return next;
}
