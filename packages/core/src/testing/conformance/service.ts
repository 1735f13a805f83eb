import type { CommandRequest, Decider, Outcome } from '../../outcome.ts';
import { systemRuntime } from '../../runtime.ts';
import { createService } from '../../service.ts';
import type { EventStore } from '../../store/event-store.ts';
import { type Transaction, type TransactionCommand, transaction } from '../../transaction/transaction.ts';

type Request = CommandRequest<TransactionCommand>;

/** A cell's service on a store, and the commands that the suites send. */
export interface Cell {
  readonly service: Decider<Transaction, TransactionCommand>;
  /** Opens a stream for an account, with or without an idempotency key. */
  readonly create: (stream: string, commandId?: string, account?: string) => Promise<Outcome<Transaction>>;
  readonly capture: (stream: string, commandId?: string) => Promise<Outcome<Transaction>>;
}

export const created = { amount: '500.00', currency: 'USD' };
export const captured = { amount: '1.25', currency: 'USD' };

export function cellOn(store: EventStore, origin = 'aws-us-east-1.1'): Cell {
  const service = createService({
    aggregate: transaction,
    store,
    origin,
    assignment: '1.aws-us-east-1',
    runtime: systemRuntime,
  });
  const execute = (request: Request, commandId: string | undefined) =>
    service.execute({ ...request, ...(commandId !== undefined && { commandId }) });
  return {
    service,
    create: (stream, commandId, account = 'acc_1') =>
      execute({ stream, account, command: { type: 'create', account_id: account, ...created } }, commandId),
    capture: (stream, commandId) => execute({ stream, command: { type: 'capture', ...captured } }, commandId),
  };
}
