import type {
  Assignment,
  CommandRequest,
  DomainEvent,
  EventStore,
  ForwardAnswer,
  Forwarded,
  Outcome,
  Transaction,
  TransactionCommand,
} from '@twinlog/core';
import type { Bank } from './bank.ts';
import type { Database } from './database.ts';
import type { Life } from './life.ts';
import type { Network } from './network.ts';

/** What a client gets: an outcome of the service, or word that the cell cannot answer. */
export type Answer =
  | Outcome<Transaction>
  | { readonly kind: 'unavailable' }
  /** The cell's code does not know this command. */
  | { readonly kind: 'unsupported' };

/** One cell: a database, a change stream, and compute that may die and starts again. */
export interface Cell {
  readonly index: number;
  readonly name: string;
  readonly database: () => Database;
  /** How often its database was put back to a backup. */
  readonly restores: () => number;
  /** Whether its compute runs, to take in replication at least. */
  readonly isUp: () => boolean;
  /** Whether it decides: it runs, and has reconciled since it was last restored (R1). */
  readonly isReady: () => boolean;
  /** Whether it is the home of a stream, as far as it knows. */
  readonly isHome: (stream: string) => boolean;
  /** Never resolves where the cell dies over it. */
  readonly execute: (request: CommandRequest<TransactionCommand>) => Promise<Answer>;
  readonly read: (stream: string) => ReturnType<Life['read']>;
  readonly receive: (values: readonly unknown[]) => Promise<void>;
  /** Undefined where the cell does not answer. */
  readonly decideForwarded: (forwarded: Forwarded<TransactionCommand>) => Promise<ForwardAnswer> | undefined;
  readonly storeForPeers: () => EventStore | undefined;
  readonly reconcileWith: (peer: number) => Promise<boolean>;
  /** Looks after all streams that it is the home of: decides requests, settles conflicts of such an age. */
  readonly visit: (settleAfterMs: number) => Promise<void>;
  /** The newest assignment that it knows of. */
  readonly assignment: () => Assignment;
  readonly learn: (assignment: Assignment) => void;
  readonly crash: (downMs: number) => void;
  readonly setClock: (offsetMs: number) => void;
  readonly setStorm: (isStormy: boolean) => void;
  readonly setRelayDown: (isDown: boolean) => void;
  readonly setOlderCode: (isOlder: boolean) => void;
  readonly restore: (backup: readonly DomainEvent[]) => void;
  /** Its clock is right again, whatever was done to it. */
  readonly heal: () => void;
}

/** What a cell knows of the world around it. */
export interface Matrix {
  readonly names: readonly string[];
  readonly cells: readonly Cell[];
  readonly network: () => Network;
  readonly bank: () => Bank;
  /** The newest assignment, as the operators know it: they change it one act at a time. */
  readonly assignment: () => Assignment;
  /** An operator changes the assignment at a cell; the others learn of it later. */
  readonly assign: (at: number, next: Assignment) => void;
  /** Every origin that there ever was, ended incarnations included. */
  readonly origins: () => readonly string[];
  /** A cell has stored an event that another one decided. */
  readonly onReceived: (cell: Cell, event: DomainEvent) => void;
}
