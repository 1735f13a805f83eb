import { DatabaseSync } from 'node:sqlite';
import {
  accountOf,
  type DomainEvent,
  type EventKey,
  type EventStore,
  firstEventIdAt,
  opensStream,
  originOf,
  type Page,
  sequenceOf,
} from '@twinlog/core';

/** An event and where it stands in the order in which the log took its events. */
export interface Change {
  readonly position: number;
  readonly event: DomainEvent;
}

/** A log on disk, so that a soak's memory is the bridge's own; and what its change stream would hand out. */
export interface SqliteLog {
  readonly store: EventStore;
  /** So many changes, in order, from behind a position; 0 for the first. */
  readonly changesAfter: (position: number, limit: number) => readonly Change[];
  readonly count: () => number;
  /** For tests of what is missing: takes events out, as no cell ever does. */
  readonly remove: (ids: readonly string[]) => void;
  readonly close: () => void;
}

/** After so many writes they are committed: one by one would be a system call each. */
const writesPerCommit = 2_000;

/** Opens a log in a file, an empty one unless there is one. What it holds is not meant to outlive a crash. */
export function openSqliteLog(file: string): SqliteLog {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -65536;
    CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, stream TEXT, origin TEXT, sequence INTEGER, id TEXT,
      account TEXT, event TEXT, UNIQUE (stream, origin, sequence));
    CREATE INDEX IF NOT EXISTS by_time ON events (origin, id);
    CREATE INDEX IF NOT EXISTS by_account ON events (account, stream) WHERE account IS NOT NULL;
    BEGIN`);
  const insert = db.prepare(
    'INSERT OR IGNORE INTO events (stream, origin, sequence, id, account, event) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const one = db.prepare('SELECT event FROM events WHERE stream = ? AND origin = ? AND sequence = ?');
  const stream = db.prepare('SELECT event FROM events WHERE stream = ?');
  const changes = db.prepare(
    'SELECT position, event FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  const accounts = db.prepare(
    'SELECT DISTINCT stream FROM events WHERE account = ? AND stream > ? ORDER BY stream LIMIT ?',
  );
  const times = db.prepare(
    'SELECT stream, sequence, id FROM events WHERE origin = ? AND id >= ? AND id < ? AND id > ? ORDER BY id LIMIT ?',
  );
  let written = 0;

  const eventIn = (row: Record<string, unknown> | undefined): DomainEvent => JSON.parse(String(row?.event));

  const store: EventStore = {
    insert: async (event) => {
      const place = [event.partitionkey, originOf(event), sequenceOf(event)] as const;
      const account = opensStream(event) ? accountOf(event) : null;
      const { changes: inserted } = insert.run(...place, event.id, account, JSON.stringify(event));
      if (inserted === 0) return { inserted: false, existing: eventIn(one.get(...place)) };
      written += 1;
      if (written % writesPerCommit === 0) db.exec('COMMIT; BEGIN');
      return { inserted: true };
    },
    read: async (name) => stream.all(name).map(eventIn),
    list: async ({ account, limit, after = '' }) =>
      pageOf(
        accounts.all(account, after, limit + 1).map((row) => String(row.stream)),
        limit,
        (name) => name,
      ),
    scan: async ({ origin, from, to, limit, after = '' }) =>
      pageOf(
        times.all(origin, firstEventIdAt(from), firstEventIdAt(to), after, limit + 1).map(
          (row): EventKey => ({
            stream: String(row.stream),
            origin,
            sequence: Number(row.sequence),
            id: String(row.id),
          }),
        ),
        limit,
        ({ id }) => id,
      ),
  };
  return {
    store,
    changesAfter: (position, limit) =>
      changes.all(position, limit).map((row) => ({ position: Number(row.position), event: eventIn(row) })),
    count: () => written,
    remove: (ids) => {
      const remove = db.prepare('DELETE FROM events WHERE id = ?');
      for (const id of ids) remove.run(id);
    },
    close: () => {
      db.exec('COMMIT');
      db.close();
    },
  };
}

function pageOf<Item>(found: readonly Item[], limit: number, cursorOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: cursorOf(last) } : { items };
}
