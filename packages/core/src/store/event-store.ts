import { type DomainEvent, sameEvent } from '../log/event.ts';
import type { SnapshotStore } from './snapshots.ts';

/** What became of an insert: the event is in now, or another (or the same) was there already. */
export type Insertion =
  | { readonly inserted: true }
  | { readonly inserted: false; readonly existing: DomainEvent };

/** One page; without `next` it was the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** A cursor: the `after` of the next page of the same query. Opaque, and refused where it was altered. */
  readonly next?: string;
}

/** Where an event stands in the log. */
export interface EventKey {
  readonly stream: string;
  readonly origin: string;
  readonly sequence: number;
  readonly id: string;
}

/**
 * All that a store has to do; `describeEventStore` of `@twinlog/core/testing` holds it to all of it. Reads see
 * every write acknowledged before them, by whichever instance (R19). Events are never changed or deleted. Every
 * method throws `StoreUnavailableError` where the database did not say what became of the request, and nothing
 * else that a later try could change. Pages come from `createPaging`: with at most `limit` entries, a whole number
 * from 1 to 1,000, and cursors as it makes them.
 */
export interface EventStore {
  /**
   * Writes the event unless its (stream, origin, sequence) is taken, atomically; else hands back what is there.
   * @throws EventTooLargeError, with its size, before anything is sent.
   */
  readonly insert: (event: DomainEvent) => Promise<Insertion>;
  /** Every event of the stream, each once, those of one origin in order of sequence. An unknown stream is empty. */
  readonly read: (stream: string) => Promise<readonly DomainEvent[]>;
  /**
   * An account's streams in order of their id, each once: an order that cannot shift while somebody pages. A stream
   * that is there from the first page to the last is listed once, whatever is opened meanwhile.
   * @param query `after`: the `next` of the page before.
   * @throws TwinlogError `invalid_limit`, `invalid_cursor`, before anything is sent; so does `scan`.
   */
  readonly list: (query: {
    readonly account: string;
    readonly limit: number;
    readonly after?: string;
  }) => Promise<Page<string>>;
  /**
   * One origin's events by id (so by time), across streams, from `from` up to but without `to`, both in
   * milliseconds since 1970.
   */
  readonly scan: (query: {
    readonly origin: string;
    readonly from: number;
    readonly to: number;
    readonly limit: number;
    readonly after?: string;
  }) => Promise<Page<EventKey>>;
  /** R6: milliseconds by which this process's clock was ahead of the database's at its last answer. */
  readonly clockSkew?: () => number | undefined;
  /** Of a store that keeps snapshots of long streams; without it, every command on one reads all of it. */
  readonly snapshots?: SnapshotStore;
}

/** What ingest found: new, held already, or the place taken by an event with other content (R5). */
export type Ingested =
  | { readonly kind: 'stored' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'divergence'; readonly existing: DomainEvent };

/**
 * R5, store first: writes an event that another cell decided, whatever has arrived before it. The same place
 * in the log with other content is a divergence, an alarm for people; nothing is overwritten.
 */
export async function ingest(store: EventStore, event: DomainEvent): Promise<Ingested> {
  const insertion = await store.insert(event);
  if (insertion.inserted) return { kind: 'stored' };
  if (sameEvent(insertion.existing, event)) return { kind: 'duplicate' };
  return { kind: 'divergence', existing: insertion.existing };
}
