import { type DomainEvent, originOf, sequenceOf } from '../log/event.ts';
import type { VersionVector } from '../log/version-vector.ts';
import type { EventStore } from './event-store.ts';

function isBeyond(event: DomainEvent, version: VersionVector): boolean {
  return sequenceOf(event) > (version.get(originOf(event)) ?? 0);
}

/**
 * The store with snapshots kept in memory. An embedded store reads a long stream as fast without; this is for tests and
 * simulations, and shows what a database has to do.
 */
export function withMemorySnapshots(store: EventStore): EventStore {
  const snapshots = new Map<string, string>();
  return {
    ...store,
    snapshots: {
      readRecent: async (stream, limit, versionOf) => {
        const events = await store.read(stream);
        const snapshot = events.length > limit ? snapshots.get(stream) : undefined;
        const version = snapshot === undefined ? undefined : versionOf(snapshot);
        if (snapshot === undefined || version === undefined) return { events };
        return { snapshot, events: events.filter((event) => isBeyond(event, version)) };
      },
      readBeyond: async (stream, version) =>
        (await store.read(stream)).filter((event) => isBeyond(event, version)),
      keep: async (stream, snapshot) => {
        snapshots.set(stream, snapshot);
      },
    },
  };
}
