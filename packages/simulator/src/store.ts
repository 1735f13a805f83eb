import { type DomainEvent, type EventStore, firstEventIdAt, StoreUnavailableError } from '@twinlog/core';
import type { Database } from './database.ts';
import { epoch } from './scheduler.ts';
import type { Stage } from './stage.ts';

/** One life of a cell's compute: from a start to a crash. What it was waiting for when it died never comes. */
export interface Process {
  readonly isAlive: () => boolean;
  /** Ends it; the cell starts again by itself, after a while. */
  readonly crash: () => void;
}

export interface CellStoreOptions {
  readonly stage: Stage;
  readonly cell: string;
  readonly database: Database;
  readonly process: Process;
  /** Whether the database is throttling everybody just now. */
  readonly isStormy: () => boolean;
  /** R6: what the database's answers say of this cell's clock, where they say anything. */
  readonly clockSkew: () => number | undefined;
}

/** How much of everything a throttling storm turns away. */
const stormRate = 0.6;

const throttled = 'The database throttles: the request was not carried out.';
const unacknowledged = 'The database did not say what became of the request.';

/** A cell's way to its database: production's memory store behind latency, throttling, lost answers and crashes. */
export function createCellStore(options: CellStoreOptions): EventStore {
  const { stage, cell, database, process, isStormy, clockSkew } = options;
  const { rates, storeLatencyMs } = stage.plan;
  const { store } = database;
  let skew: number | undefined;

  /** Asks the database after a while; whoever asked may be dead by then, or when the answer comes. */
  function ask<Answer>(act: () => Promise<Answer>, isWrite: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const carryOut = () => {
        if (!process.isAlive()) {
          // It died with the request on the wire. A write may reach the database all the same.
          stage.hit('crash between awaits');
          if (isWrite && stage.random.chance(0.5)) act().catch(() => {});
          return;
        }
        skew = clockSkew();
        if (stage.strikes(isStormy() ? stormRate : rates.throttling)) {
          stage.hit('store throttles');
          reject(new StoreUnavailableError(throttled));
        } else act().then(resolve, reject);
      };
      if (storeLatencyMs === 0) carryOut();
      else stage.scheduler.after(stage.random.next() * storeLatencyMs, carryOut);
    });
  }

  async function insert(event: DomainEvent) {
    if (stage.strikes(rates.crashBeforeWrite)) {
      stage.hit('crash before a write');
      process.crash();
      return new Promise<never>(() => {});
    }
    const insertion = await store.insert(event);
    if (insertion.inserted) stage.note(cell, 'stores', event.id, event.partitionkey);
    if (stage.strikes(rates.crashAfterWrite)) {
      stage.hit('crash after a write');
      process.crash();
      return new Promise<never>(() => {});
    }
    if (stage.strikes(rates.lostAcknowledgement)) {
      stage.hit('store loses an acknowledgement');
      stage.note(cell, 'gets no acknowledgement', event.id, event.partitionkey);
      throw new StoreUnavailableError(unacknowledged);
    }
    if (stage.strikes(rates.sdkRepeats)) {
      // The first answer was lost and the database's own client sent the write again: it finds itself in its way.
      stage.hit('store client repeats a write');
      return store.insert(event);
    }
    return insertion;
  }

  const { snapshots } = store;
  const faulty: EventStore = {
    ...(snapshots && {
      snapshots: {
        readRecent: async (...asked) => {
          const recent = await ask(() => snapshots.readRecent(...asked), false);
          if (recent.snapshot !== undefined) stage.hit('snapshot begins a fold');
          return recent;
        },
        readBeyond: (...asked) => {
          stage.hit('snapshot in memory is extended');
          return ask(() => snapshots.readBeyond(...asked), false);
        },
        keep: (stream, text) => {
          stage.hit('snapshot put down');
          return ask(() => snapshots.keep(stream, text), true);
        },
      },
    }),
    insert: (event) => ask(() => insert(event), true),
    read: (stream) => ask(() => store.read(stream), false),
    list: (query) => ask(() => store.list(query), false),
    scan: (query) => ask(() => store.scan(query), false),
    clockSkew: () => skew,
  };
  return stage.sabotage === undefined ? faulty : sabotaged(stage, database, faulty);
}

/** A store that breaks its promises, and keeps no snapshots: what is read from one is read by the same rules. */
function sabotaged(stage: Stage, database: Database, { snapshots: _, ...store }: EventStore): EventStore {
  const { sabotage, random } = stage;
  if (sabotage === 'read from a lagging replica') {
    return {
      ...store,
      read: async (stream) => (await store.read(stream)).slice(0, random.chance(0.3) ? -1 : undefined),
    };
  }
  if (sabotage === 'forget to record refusals') {
    return {
      ...store,
      insert: async (event) =>
        event.type.endsWith('.refused.v1') ? { inserted: true } : store.insert(event),
    };
  }
  if (sabotage === 'overwrite instead of insert if absent') {
    return {
      ...store,
      insert: async (event) => {
        await store.insert(event);
        return { inserted: true };
      },
    };
  }
  if (sabotage === 'order by arrival') {
    return {
      ...store,
      read: async (stream) => {
        const arrived = database.streams.get(stream) ?? [];
        const events = await store.read(stream);
        return events.map((event) => ({ ...event, id: firstEventIdAt(epoch + arrived.indexOf(event)) }));
      },
    };
  }
  return store;
}
