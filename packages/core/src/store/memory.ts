import { accountOf, type DomainEvent, opensStream, originOf, sequenceOf } from '../log/event.ts';
import { firstEventIdAt } from '../log/event-id.ts';
import type { EventKey, EventStore, Page } from './event-store.ts';

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

    list: async ({ account, limit, after = '' }) => {
      const known = [...(accounts.get(account) ?? [])].filter((stream) => stream > after).sort();
      return pageOf(known, limit, (stream) => stream);
    },

    scan: async ({ origin, from, to, limit, after = '' }) => {
      const first = firstEventIdAt(from);
      const end = firstEventIdAt(to);
      const keys: EventKey[] = [...streams.values()]
        .flat()
        .filter(
          (event) => originOf(event) === origin && event.id >= first && event.id < end && event.id > after,
        )
        .map((event) => ({ stream: event.partitionkey, origin, sequence: sequenceOf(event), id: event.id }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      return pageOf(keys, limit, (key) => key.id);
    },
  };
}

function pageOf<Item>(found: readonly Item[], limit: number, cursorOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: cursorOf(last) } : { items };
}
