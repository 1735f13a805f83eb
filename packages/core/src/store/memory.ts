import { accountOf, type DomainEvent, opensStream, sequenceOf, sourceOf } from '../log/event.ts';
import { firstEventIdAt } from '../log/event-id.ts';
import type { EventKey, EventStore } from './event-store.ts';
import { createPaging } from './paging.ts';

/** The index of the first event that is not before a place; how many there are where all of them are. */
function firstPlace(events: readonly DomainEvent[], isBefore: (event: DomainEvent) => boolean): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = events[middle];
    if (event !== undefined && isBefore(event)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index in a stream, which is kept by source and sequence, where an event stands or would stand. */
function placeOf({ source, sequence }: DomainEvent, stream: readonly DomainEvent[]): number {
  return firstPlace(stream, (other) =>
    other.source === source ? other.sequence < sequence : other.source < source,
  );
}

/** What one source decided, as it came; put in order of id when that is asked for. */
interface Timeline {
  readonly events: DomainEvent[];
  isSorted: boolean;
}

function inOrder(timeline: Timeline | undefined): readonly DomainEvent[] {
  if (timeline === undefined) return [];
  if (!timeline.isSorted) timeline.events.sort((a, b) => (a.id < b.id ? -1 : 1));
  timeline.isSorted = true;
  return timeline.events;
}

/** The embedded store: for tests, simulations and single processes. What it holds ends with the process. */
export function createMemoryStore(): EventStore {
  const streams = new Map<string, DomainEvent[]>();
  const accounts = new Map<string, Set<string>>();
  const timelines = new Map<string, Timeline>();
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
      let timeline = timelines.get(event.source);
      if (timeline === undefined) {
        timeline = { events: [], isSorted: true };
        timelines.set(event.source, timeline);
      }
      timeline.isSorted &&= event.id >= (timeline.events.at(-1)?.id ?? '');
      timeline.events.push(event);
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
      const events = inOrder(timelines.get(sourceOf(origin)));
      const first = firstEventIdAt(query.from);
      const end = firstEventIdAt(query.to);
      const items: EventKey[] = [];
      let isMore = false;
      for (let at = firstPlace(events, ({ id }) => id < first || id <= after); !isMore; at += 1) {
        const event = events[at];
        if (event === undefined || event.id >= end) break;
        isMore = items.length === limit;
        if (!isMore)
          items.push({ stream: event.partitionkey, origin, sequence: sequenceOf(event), id: event.id });
      }
      return paging.pageOf(query, items, isMore ? items.at(-1)?.id : undefined);
    },
  };
}
