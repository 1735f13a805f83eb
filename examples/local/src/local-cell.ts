import type { AccountTotals, DomainEvent, DueCompensation, Fold, Transaction } from '@twinlog/core';
import type { Healed, Swept } from '@twinlog/example-infra';
import type { RawEvent } from './raw-stores.ts';

/**
 * What an outage takes away. `cell`: ingress, compute, database and bridge; `ingress`: the front door alone; `silent`: the
 * front door's answers, as where packets are lost: connections are taken, and nothing ever comes back.
 */
export type Outage = 'cell' | 'ingress' | 'silent';

/** One cell of the matrix on this machine. */
export interface LocalCell {
  /** The cell's name: `aws-us-east-1`. */
  readonly name: string;
  /** Where its ingress listens. */
  readonly url: string;
  readonly databaseUrl: string;
  /** An outage of the database alone: nobody reaches it, and what was written stays written. */
  readonly database: { readonly cut: () => Promise<void>; readonly restore: () => Promise<void> };
  /** Hard: connections break, whatever had been written stays written, whoever waited gets no answer. */
  readonly cut: (outage: Outage) => Promise<void>;
  /** Brings back what was cut, with new instances of the functions. */
  readonly restore: () => Promise<void>;
  /** New instances of the functions, with some environment variables changed. */
  readonly redeploy: (changed: Readonly<Record<string, string>>) => void;
  /** Every event in the database, read by a plain scan; or those of some streams, by a plain query each. */
  readonly rawEvents: (streams?: readonly string[]) => Promise<readonly RawEvent[]>;
  /** A transaction as the cell's own code reads and folds it. */
  readonly fold: (stream: string) => Promise<Fold<Transaction>>;
  /** The events of a transaction as the cell's own code reads them. */
  readonly events: (stream: string) => Promise<readonly DomainEvent[]>;
  /** What the cell's schedule does as a home, for some streams at once; undefined while the cell is down. */
  readonly sweep: (streams?: Iterable<string>) => Promise<Swept | undefined>;
  /** What the cell's schedule does to have all that its peers hold; undefined while the cell is down. */
  readonly reconcile: () => Promise<Healed | undefined>;
  /** Starts the function that keeps account totals, from the beginning of the database's feed. */
  readonly startTotals: () => Promise<LocalTotals>;
  readonly stop: () => Promise<void>;
}

/** A cell's account totals. It ends with its cell's database, or before. */
export interface LocalTotals {
  readonly of: AccountTotals['of'];
  readonly stop: () => Promise<void>;
}

/** A cell's environment variables, once it is known where its ingress listens. */
export type Environment = (url: string) => Promise<Readonly<Record<string, string>>>;

/** Where money is given back or taken again. */
export type Compensate = (due: DueCompensation) => Promise<void>;

/** One event's way to the other cell. Both in milliseconds; `decidedAt` since 1970. */
export interface Replicated {
  readonly decidedAt: number;
  /** From the decision to its being stored in the other cell. */
  readonly lag: number;
}

/** Told of each event that a cell received from the other one, once it was stored. */
export type OnReplicated = (replicated: Replicated) => void;
