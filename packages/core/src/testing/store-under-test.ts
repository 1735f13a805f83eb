import type { DomainEvent } from '../log/event.ts';
import type { EventStore } from '../store/event-store.ts';
import type { FaultPlan } from './fault-plan.ts';

/** A store for one suite. It may hold other events already: the suite makes up names that none has. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Another instance on the same database, with a client of its own; the store itself unless given. */
  readonly another?: EventStore;
  /** Writes thousands of events, where the database has a faster way than one insert after the other. */
  readonly load?: (events: readonly DomainEvent[]) => Promise<void>;
  readonly stop?: () => Promise<void>;
}

/** What may become of a request between a store and its database. */
export type FaultName =
  /** Refused for its rate: 429, `ProvisionedThroughputExceededException`. */
  | 'throttled'
  /** 449 Retry With: a write that met another one. */
  | 'retryWith'
  /** 410 Gone: what held the data has moved. */
  | 'gone'
  /** 503. */
  | 'unavailable'
  /** The connection is reset and nothing was done. */
  | 'resetBefore'
  /** It was done, and the connection reset before the answer: a lost acknowledgement. */
  | 'resetAfter'
  /** Nothing was done, and nobody answers until the client's time-out. */
  | 'timeoutBefore'
  /** It was done, and nobody answers until the client's time-out. */
  | 'timeoutAfter';

/** A store on a database that can be told to fail, or that something between the two can make seem to. */
export interface FaultyStore extends StoreUnderTest {
  /** Lets requests meet a fault; see `createFaultPlan`. @returns ends the fault. */
  readonly inject: FaultPlan['inject'];
  /** The database cannot be reached, until `restore`. */
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
  /** The database's clock runs so many milliseconds ahead. */
  readonly setDatabaseAhead: (ms: number) => void;
}

/** A request of data, whether it was answered or refused. What a client looks up about the database is none. */
export interface MeteredRequest {
  readonly kind: 'read' | 'write';
  /** Capacity units that the database says it took, where it says so. */
  readonly units?: number;
}

/** A store whose requests are counted. */
export interface MeteredStore extends StoreUnderTest {
  /** The requests since this was last asked, in the order of their answers. */
  readonly taken: () => readonly MeteredRequest[];
  /** What an event takes in the database, in bytes as the database counts them. */
  readonly sizeOf: (event: DomainEvent) => number;
}
