import { type Assignment, formatAssignment } from './policy/assignment.ts';
import { assignmentAggregate } from './policy/assignment-log.ts';
import type { PublishedEvents } from './testing/published-events.ts';
import { formatMinor } from './transaction/money.ts';
import {
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from './transaction/transaction.ts';

/** What core has published, in `schemas/` of the package. */
export const publishedFolder: URL = new URL('../schemas/', import.meta.url);

export const publishedTransaction: PublishedEvents<Transaction, TransactionCommand, TransactionEvent> = {
  aggregate: transaction,
  view: ({ accountId, currency, status, expiresAt, authorised, captured, refunded }) => ({
    account_id: accountId,
    currency,
    status,
    expires_at: expiresAt ?? null,
    authorised: formatMinor(authorised, currency),
    captured: formatMinor(captured, currency),
    refunded: formatMinor(refunded, currency),
  }),
};

export const publishedAssignment = {
  aggregate: assignmentAggregate,
  view: (state: Assignment): unknown => formatAssignment(state),
  hasRecords: false,
};
