import type { DomainEvent } from '../log/event.ts';
import type { VersionVector } from '../log/version-vector.ts';

/** A stream from its snapshot on. */
export interface Recent {
  /** The text that was kept, if it could be used; `events` are then those beyond its version, else all of them. */
  readonly snapshot?: string;
  readonly events: readonly DomainEvent[];
}

/**
 * What a store does that also keeps snapshots: one text for each stream, beside its events, so that a backup and a
 * restore take both. Snapshots are this cell's own, are never replicated, and losing one loses nothing.
 * Methods throw `StoreUnavailableError` as those of an `EventStore` do.
 */
export interface SnapshotStore {
  /**
   * Reads a stream of `limit` events or fewer whole, in one request, as `EventStore.read` does. A longer one is read
   * from its snapshot on, in at most one request more for each origin (and for each page), or whole where it has none.
   *
   * @param versionOf the version of a snapshot, or undefined for one that is of no use.
   */
  readonly readRecent: (
    stream: string,
    limit: number,
    versionOf: (snapshot: string) => VersionVector | undefined,
  ) => Promise<Recent>;
  /** Every event beyond the version: of each origin those with a higher sequence, of origins it does not name all. */
  readonly readBeyond: (stream: string, version: VersionVector) => Promise<readonly DomainEvent[]>;
  /** Keeps the text in place of the one before. */
  readonly keep: (stream: string, snapshot: string) => Promise<void>;
}
