import type { Aggregate, AggregateEvent } from './aggregate.ts';
import type { InForce } from './event-maker.ts';
import type { PendingEvent } from './log/counted.ts';
import type { EventData } from './log/event.ts';
import type { Runtime } from './runtime.ts';
import type { EventStore } from './store/event-store.ts';

export interface ServiceOptions<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
> {
  readonly aggregate: Aggregate<State, Command, Event>;
  readonly store: EventStore;
  /** This cell and its incarnation: `aws-us-east-1.1` (R1). */
  readonly origin: string;
  /** What this cell knows to be in force, asked at every decision; as text, a stamp that never changes. */
  readonly assignment: string | (() => InForce);
  readonly runtime: Runtime;
  /** Streams whose fold is kept in memory; 10,000 unless told. */
  readonly cachedStreams?: number;
  /**
   * A stream of more events than this is long: with a store that keeps snapshots, a command on it reads what has come
   * since its snapshot, and one is taken after as many events. 16 unless told.
   */
  readonly snapshotEvery?: number;
  /** Told where a snapshot could not be kept. Nothing is lost by it but time. */
  readonly onSnapshotFailed?: (stream: string, error: unknown) => void;
  /** R18: how long a request waits for what its consistency token has seen, in ms; 2,000 unless told. */
  readonly waitForTokenMs?: number;
  /** R6: how far this clock may be from the database's before the cell refuses to decide, in ms; 10,000 unless told. */
  readonly maxClockSkewMs?: number;
  /** Told of a stream with events that do not count yet, each time one is met: it asks for repair (R3). */
  readonly onPending?: (stream: string, pending: readonly PendingEvent[]) => void;
  /** Told, by its stamp, of an assignment newer than the one in force here that an event was decided under: get it (R14). */
  readonly onOutdated?: (stamp: string) => void;
  /**
   * R18: takes in what every other cell holds of a stream. Resolves to whether all of them could be asked. Without it, a
   * token that has seen what a restore lost is answered `behind` for ever.
   */
  readonly recoverStream?: (stream: string) => Promise<boolean>;
}
