import { DatabaseSync } from 'node:sqlite';
import {
  accountOf,
  createPaging,
  type DomainEvent,
  type EventStore,
  firstEventIdAt,
  opensStream,
  originOf,
  sequenceOf,
  TwinlogError,
} from '@twinlog/core';

const schema = `
  CREATE TABLE IF NOT EXISTS events (
    stream TEXT, origin TEXT, sequence INTEGER, id TEXT, account TEXT, event TEXT,
    PRIMARY KEY (stream, origin, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS by_account ON events (account, stream) WHERE account IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_time ON events (origin, id);
`;

/** Only events get in, so what is there is one: it need not be checked again. */
const isEvent = (value: unknown): value is DomainEvent =>
  typeof value === 'object' && value !== null && 'specversion' in value;

/** The log in one SQLite file, for a cell that is one process. `:memory:` keeps it nowhere. */
export function createSqliteEventStore(file: string): EventStore & { readonly close: () => void } {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; ${schema}`);
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const at = database.prepare('SELECT event FROM events WHERE stream = ? AND origin = ? AND sequence = ?');
  const read = database.prepare('SELECT event FROM events WHERE stream = ? ORDER BY origin, sequence');
  const list = database.prepare(
    'SELECT DISTINCT stream FROM events WHERE account = ? AND stream > ? ORDER BY stream LIMIT ?',
  );
  const scan = database.prepare(
    'SELECT stream, sequence, id FROM events WHERE origin = ? AND id >= ? AND id < ? AND id > ? ORDER BY id LIMIT ?',
  );
  const paging = createPaging();

  function eventOf(row: Readonly<Record<string, unknown>> | undefined): DomainEvent {
    const event: unknown = JSON.parse(String(row?.event ?? 'null'));
    if (isEvent(event)) return event;
    throw new TwinlogError('store_damaged', `${file} has something in the place of an event. Restore it.`);
  }

  return {
    insert: async (event) => {
      const place = [event.partitionkey, originOf(event), sequenceOf(event)] as const;
      const account = opensStream(event) ? accountOf(event) : null;
      const { changes } = insert.run(...place, event.id, account, JSON.stringify(event));
      if (changes === 1) return { inserted: true };
      return { inserted: false, existing: eventOf(at.get(...place)) };
    },

    read: async (stream) => read.all(stream).map(eventOf),

    list: async (query) => {
      const found = list.all(query.account, paging.positionOf(query) ?? '', query.limit + 1);
      const items = found.slice(0, query.limit).map(({ stream }) => String(stream));
      return paging.pageOf(query, items, found.length > query.limit ? items.at(-1) : undefined);
    },

    scan: async (query) => {
      const { origin, from, to, limit } = query;
      const after = paging.positionOf(query) ?? '';
      const found = scan.all(origin, firstEventIdAt(from), firstEventIdAt(to), after, limit + 1);
      const items = found.slice(0, limit).map((row) => {
        return { stream: String(row.stream), origin, sequence: Number(row.sequence), id: String(row.id) };
      });
      return paging.pageOf(query, items, found.length > limit ? items.at(-1)?.id : undefined);
    },

    close: () => database.close(),
  };
}
