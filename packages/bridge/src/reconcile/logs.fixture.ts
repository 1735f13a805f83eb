import {
  canonicalJson,
  createMemoryStore,
  type DomainEvent,
  type EventStore,
  formatSequence,
  nextEventId,
  originOf,
  sequenceOf,
  sourceOf,
  timeOf,
} from '@twinlog/core';
import { anyEvent, sampleEvent } from '@twinlog/core/testing';
import * as fc from 'fast-check';

export const origins: readonly string[] = ['aws-us-east-1.1', 'aws-us-east-1.2', 'azure-eastus.1'];

/** A range that every event falls into. */
export const always = { from: 0, to: 2 ** 48 - 1 } as const;

export async function storeOf(events: Iterable<DomainEvent>): Promise<EventStore> {
  const store = createMemoryStore();
  for (const event of events) await store.insert(event);
  return store;
}

/** All that two stores could hold of a history, as text that is equal where they hold the same. */
export async function contentOf(store: EventStore, history: readonly DomainEvent[]): Promise<string[]> {
  const streams = new Set(history.map(({ partitionkey }) => partitionkey));
  const events = await Promise.all([...streams].map((stream) => store.read(stream)));
  return events.flat().map(canonicalJson).sort();
}

/** When `steadyHistory` begins. */
export const steadyStart: number = Date.UTC(2026, 2, 1);

/** Events in streams of three, one millisecond after the other, that are the same in every run. */
export function steadyHistory(count: number, origin = 'aws-us-east-1.1'): readonly DomainEvent[] {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return Array.from({ length: count }, (_, index) => {
    const sequence = (index % 3) + 1;
    return sampleEvent({
      stream: `txn_${String(Math.floor(index / 3)).padStart(32, '0')}`,
      origin,
      sequence,
      at: nextEventId(steadyStart + index, undefined, random),
      seen: sequence === 1 ? '' : `${origin}=${sequence - 1}`,
    });
  });
}

/** Events of any form, of a few origins, bunched in time: within one millisecond, a second, and all years. */
export const anyHistory: fc.Arbitrary<readonly DomainEvent[]> = fc
  .array(
    fc.tuple(
      anyEvent,
      fc.constantFrom(...origins),
      fc.option(
        fc.tuple(fc.constantFrom(1_700_000_000_000, 1_900_000_000_000), fc.constantFrom(0, 0, 1, 999)),
      ),
    ),
    { maxLength: 60 },
  )
  .map((entries) => {
    const events = entries.map(([event, origin, time]) => {
      const id =
        time === null
          ? event.id
          : nextEventId(time[0] + time[1], undefined, () => 0).slice(0, 10) + event.id.slice(10);
      return { ...event, source: sourceOf(origin), id, time: timeOf(id) };
    });
    const byPlace = new Map(
      events.map((event) => [`${event.source} ${event.sequence} ${event.partitionkey}`, event]),
    );
    return [...new Map([...byPlace.values()].map((event) => [event.id, event])).values()];
  });

/** The event as another cell might hold it in the same place, had a cell written one place twice. */
export function impostorOf(event: DomainEvent): DomainEvent {
  const impostor = sampleEvent({
    stream: event.partitionkey,
    origin: originOf(event),
    sequence: sequenceOf(event),
    at: nextEventId(Date.parse(event.time), undefined, Math.random),
    seen: event.seen,
    data: { amount: '99.99', currency: 'USD' },
  });
  return { ...impostor, sequence: formatSequence(sequenceOf(event)) };
}
