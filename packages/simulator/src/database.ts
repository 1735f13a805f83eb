import { createMemoryStore, type DomainEvent, type EventStore, withMemorySnapshots } from '@twinlog/core';
import type { Chronicle } from './chronicle.ts';

/** A cell's database: what outlives every crash of the cell, and what a backup holds. */
export interface Database {
  /** Production's own store, without faults. */
  readonly store: EventStore;
  /** What is in it by event id, kept a second time: invariants do not ask the code under test. */
  readonly held: ReadonlyMap<string, DomainEvent>;
  readonly streams: ReadonlyMap<string, readonly DomainEvent[]>;
  readonly backup: () => readonly DomainEvent[];
}

/** @param onInserted told of every event that is new to it, as its change stream is. */
export function createDatabase(
  cell: string,
  chronicle: Chronicle,
  onInserted: (event: DomainEvent) => void,
): Database {
  const memory = createMemoryStore();
  const held = new Map<string, DomainEvent>();
  const streams = new Map<string, DomainEvent[]>();

  return {
    held,
    streams,
    backup: () => [...held.values()],
    // A database that is put back to a backup is a new one, without the snapshots of what it lost.
    store: withMemorySnapshots({
      ...memory,
      insert: async (event) => {
        const insertion = await memory.insert(event);
        if (!insertion.inserted) return insertion;
        chronicle.enter(cell, event, held);
        held.set(event.id, event);
        const stream = streams.get(event.partitionkey);
        if (stream === undefined) streams.set(event.partitionkey, [event]);
        else stream.push(event);
        onInserted(event);
        return insertion;
      },
    }),
  };
}
