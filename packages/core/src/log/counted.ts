import type { Aggregate, AggregateEvent } from '../aggregate.ts';
import { canonically, type DomainEvent, type EventData, originIn, sequenceOf } from './event.ts';
import { type Meaning, meaningOf } from './meaning.ts';
import { covers, parseVersion, type VersionVector } from './version-vector.ts';

/** Why an event that is held does not count yet (R3). */
export type PendingReason =
  /** An event of the same origin before it has not arrived, or does not count itself. */
  | 'gap'
  /** Its decision had seen an event that has not arrived, or does not count itself. */
  | 'unseen'
  /** This code does not know its type or version, or its data does not fit them. */
  | 'not_understood';

export interface PendingEvent {
  readonly event: DomainEvent;
  readonly reason: PendingReason;
}

export interface CountedEvent<Event> {
  readonly event: DomainEvent;
  readonly meaning: Meaning<Event>;
}

/** One origin's events by sequence, each once. Stores mostly hand them out like that. */
function inSequence(events: DomainEvent[]): DomainEvent[] {
  if (events.every(({ sequence }, at) => at === 0 || (events[at - 1]?.sequence ?? '') < sequence))
    return events;
  const sorted = events.toSorted((a, b) => sequenceOf(a) - sequenceOf(b) || canonically(a, b));
  return sorted.filter((event, index) => event.sequence !== sorted[index - 1]?.sequence);
}

/**
 * R3: of the events held, which count. An event counts once its predecessor of the same origin counts,
 * everything in its `seen` counts, and this code understands it. The answer depends on the set alone.
 *
 * @returns the counted events in canonical order, their version vector, and what is pending and why.
 */
export function countEvents<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  events: readonly DomainEvent[],
): {
  readonly counted: readonly CountedEvent<Event>[];
  readonly version: VersionVector;
  readonly pending: readonly PendingEvent[];
} {
  const bySource = new Map<string, DomainEvent[]>();
  for (const event of events) {
    const queue = bySource.get(event.source);
    if (queue) queue.push(event);
    else bySource.set(event.source, [event]);
  }
  const queues = new Map<string, readonly DomainEvent[]>();
  for (const [source, queue] of bySource) queues.set(originIn(source), inSequence(queue));

  const counted: CountedEvent<Event>[] = [];
  const version = new Map<string, number>();
  const blocked = new Map<string, PendingEvent>();
  for (let progress = true; progress; ) {
    progress = false;
    for (const [origin, queue] of queues) {
      if (blocked.get(origin)?.reason === 'not_understood') continue;
      for (let at = version.get(origin) ?? 0; ; at++) {
        const event = queue[at];
        if (event === undefined) break;
        const reason =
          sequenceOf(event) !== at + 1
            ? 'gap'
            : covers(version, parseVersion(event.seen))
              ? undefined
              : 'unseen';
        const meaning = reason ? undefined : meaningOf(aggregate, event);
        if (meaning === undefined) {
          blocked.set(origin, { event, reason: reason ?? 'not_understood' });
          break;
        }
        counted.push({ event, meaning });
        version.set(origin, at + 1);
        progress = true;
      }
    }
  }
  counted.sort((a, b) => canonically(a.event, b.event));

  const pending: PendingEvent[] = [];
  for (const [origin, queue] of queues) {
    const first = version.get(origin) ?? 0;
    for (const event of queue.slice(first)) {
      const reason = event === queue[first] ? (blocked.get(origin)?.reason ?? 'gap') : 'gap';
      pending.push({ event, reason });
    }
  }
  pending.sort((a, b) => canonically(a.event, b.event));
  return { counted, version, pending };
}
