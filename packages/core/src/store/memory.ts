import { accountOf, type DomainEvent, opensStream, sequenceOf, sourceOf } from '../log/event.ts';
import { firstEventIdAt } from '../log/event-id.ts';
import type { EventKey, EventStore } from './event-store.ts';
import { createPaging } from './paging.ts';

/** The index in a stream, which is kept by source and sequence, where an event stands or would stand. */
function placeOf(event: DomainEvent, stream: readonly DomainEvent[]): number {
  let low = 0;
  let high = stream.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = stream[middle];
    const isBefore =
      other !== undefined &&
      (other.source === event.source ? other.sequence < event.sequence : other.source < event.source);
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The embedded store: for tests, simulations and single processes. What it holds ends with the process. */
export function createMemoryStore(): EventStore {
  const streams = new Map<string, DomainEvent[]>();
  const accounts = new Map<string, Set<string>>();
  const paging = createPaging();

  return {
    insert: async (event) => {
      let stream = streams.get(event.partitionkey);
      if (stream === undefined) {
        stream = [];
        streams.set(event.partitionkey, stream);
      }
      const place = placeOf(event, stream);
      const existing = stream[place];
      if (existing?.source === event.source && existing.sequence === event.sequence) {
        return { inserted: false, existing };
      }
      if (place === stream.length) stream.push(event);
      else stream.splice(place, 0, event);
      if (opensStream(event)) {
        const account = accountOf(event);
        accounts.set(account, (accounts.get(account) ?? new Set()).add(event.partitionkey));
      }
      return { inserted: true };
    },

    read: async (stream) => streams.get(stream)?.slice() ?? [],

    list: async (query) => {
      const after = paging.positionOf(query) ?? '';
      const opened = accounts.get(query.account) ?? [];
      const streamsBehind = [...opened].filter((stream) => stream > after).sort();
      const items = streamsBehind.slice(0, query.limit);
      return paging.pageOf(query, items, streamsBehind.length > query.limit ? items.at(-1) : undefined);
    },

    scan: async (query) => {
      const after = paging.positionOf(query) ?? '';
      const { origin, limit } = query;
      const source = sourceOf(origin);
      const first = firstEventIdAt(query.from);
      const end = firstEventIdAt(query.to);
      const keys: EventKey[] = [...streams.values()]
        .flat()
        .filter((event) => event.source === source && event.id >= first && event.id < end && event.id > after)
        .map((event) => ({ stream: event.partitionkey, origin, sequence: sequenceOf(event), id: event.id }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const items = keys.slice(0, limit);
      return paging.pageOf(query, items, keys.length > limit ? items.at(-1)?.id : undefined);
    },
  };
}
