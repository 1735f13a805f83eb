import {
  type DomainEvent,
  type EventKey,
  type EventStore,
  originOf,
  type Page,
  sequenceOf,
} from '@twinlog/core';
import { wireSize } from '../relay.ts';
import { type Digest, digestOf, maxPage, type TimeRange } from './digest.ts';
import { inParallel } from './in-parallel.ts';

/**
 * What a cell asks of another one about its log. Every method throws `PeerUnavailableError` where the other
 * cell did not answer, and may be asked again.
 *
 * `digests` and `events` answer a prefix of what was asked for, in its order and one entry at least: what is
 * left is to be asked for again. So the one who answers bounds its work, and the one who asks always gets on.
 */
export interface Peer {
  /** A digest for each range; `null` for one above what the peer adds up in a request: to be asked in parts. */
  readonly digests: (query: {
    readonly origin: string;
    readonly ranges: readonly TimeRange[];
  }) => Promise<readonly (Digest | null)[]>;
  /** As a store's `scan`. A page may be shorter than `limit` and still have a `next`. */
  readonly keys: (query: {
    readonly origin: string;
    readonly from: number;
    readonly to: number;
    readonly limit: number;
    readonly after?: string;
  }) => Promise<Page<EventKey>>;
  /** The events of these keys, not checked yet; `null` for one that the peer does not hold. */
  readonly events: (keys: readonly EventKey[]) => Promise<readonly unknown[]>;
  /** Every event of a stream, not checked yet, in any order. An unknown stream is empty. */
  readonly read: (stream: string) => Promise<readonly unknown[]>;
}

/** How much a peer does for one request. */
export interface PeerLimits {
  /** How many keys it adds up for `digests`, above which it stops at the end of a range. */
  readonly maxKeys: number;
  /** The most bytes of events it answers with, a single larger event aside. */
  readonly maxBytes: number;
}

/** How many streams are read at a time. */
const parallelReads = 16;

/** Answers from a store: another cell's in the same process, or what an endpoint puts behind HTTP. */
export function localPeer(store: EventStore, limits: Partial<PeerLimits> = {}): Peer {
  const { maxKeys = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = limits;

  return {
    digests: async ({ origin, ranges }) => {
      const digests: (Digest | null)[] = [];
      let left = maxKeys;
      for (const range of ranges) {
        const digest = await digestOf(store, origin, range, left);
        // What is too much for the rest of a request may be little enough for a request of its own.
        if (digest === null && digests.length > 0) break;
        digests.push(digest);
        if (digest === null) break;
        left -= digest.count;
      }
      return digests;
    },

    keys: (query) => store.scan({ ...query, limit: Math.min(query.limit, maxPage) }),

    events: async (keys) => {
      const streams = [...new Set(keys.map(({ stream }) => stream))];
      const held = new Map<string, DomainEvent>();
      await inParallel(streams, parallelReads, async (stream) => {
        for (const event of await store.read(stream)) {
          held.set(placeText({ stream, origin: originOf(event), sequence: sequenceOf(event) }), event);
        }
      });
      const events: unknown[] = [];
      let bytes = 0;
      for (const key of keys) {
        const event = held.get(placeText(key));
        bytes += event === undefined ? 0 : wireSize(event);
        if (bytes > maxBytes && events.length > 0) break;
        events.push(event ?? null);
      }
      return events;
    },

    read: (stream) => store.read(stream),
  };
}

function placeText({ stream, origin, sequence }: Omit<EventKey, 'id'>): string {
  return JSON.stringify([stream, origin, sequence]);
}
