import {
  type DomainEvent,
  type EventKey,
  type EventStore,
  EventTooLargeError,
  InvalidEventError,
  ingest,
  originOf,
  sequenceOf,
} from '@twinlog/core';
import { readEvent } from '../read-event.ts';
import { keyText } from './digest.ts';

/** Two events at one place in the log (R5): an alarm for people. Neither cell's log is changed. */
export interface Divergence {
  readonly ours: DomainEvent;
  readonly theirs: DomainEvent;
}

/** Something that the peer holds and this cell cannot take. */
export interface Rejection {
  readonly stream: string;
  /**
   * `missing`: the peer listed an event and then did not hold it; `other_event`: it answered with another one;
   * `invalid_event`: its envelope breaks the format; `event_too_large`: for this cell's store.
   */
  readonly code: 'missing' | 'other_event' | 'invalid_event' | 'event_too_large';
  readonly detail: string;
}

/** What became of what a peer handed over. */
export interface Pulled {
  /** Events stored: this cell did not hold them. */
  readonly pulled: number;
  /** Events that were there already: they arrived meanwhile, or an index lagged behind its log. */
  readonly duplicates: number;
  readonly divergences: readonly Divergence[];
  readonly rejected: readonly Rejection[];
}

export interface Intake {
  /** Checks and stores what the peer holds of a stream, at a key where one was asked for. */
  readonly take: (stream: string, value: unknown, key?: EventKey) => Promise<void>;
  readonly result: () => Pulled;
}

/** To be told of what a peer hands over, as it is taken in. */
export interface IntakeListener {
  /** Of every event that was missing, once it is stored. */
  readonly onPulled?: (event: DomainEvent) => void;
  /** Of every divergence; waited for. It is reported at the end as well. */
  readonly onDivergence?: (divergence: Divergence) => Promise<void>;
}

/** Takes in what a peer hands over. One thing that cannot be taken is reported and holds up nothing else. */
export function createIntake(store: EventStore, { onPulled, onDivergence }: IntakeListener = {}): Intake {
  let pulled = 0;
  let duplicates = 0;
  const divergences: Divergence[] = [];
  const rejected: Rejection[] = [];

  async function take(stream: string, value: unknown, key: EventKey | undefined): Promise<void> {
    const event = readEvent(value);
    if (event.partitionkey !== stream || (key && !standsAt(event, key))) {
      const asked = key ? keyText(key) : `stream "${stream}"`;
      rejected.push({
        stream,
        code: 'other_event',
        detail: `Asked for ${asked}, the peer answered with ${keyText(keyOf(event))}.`,
      });
      return;
    }
    const ingested = await ingest(store, event);
    if (ingested.kind === 'divergence') {
      const divergence = { ours: ingested.existing, theirs: event };
      divergences.push(divergence);
      await onDivergence?.(divergence);
    } else if (ingested.kind === 'duplicate') duplicates += 1;
    else {
      pulled += 1;
      onPulled?.(event);
    }
  }

  return {
    take: async (stream, value, key) => {
      if (value === null && key) {
        const detail = `The peer lists ${keyText(key)} and does not hold it.`;
        rejected.push({ stream, code: 'missing', detail });
        return;
      }
      try {
        await take(stream, value, key);
      } catch (error) {
        if (error instanceof InvalidEventError) {
          rejected.push({ stream, code: 'invalid_event', detail: error.message });
        } else if (error instanceof EventTooLargeError) {
          rejected.push({ stream, code: 'event_too_large', detail: error.message });
        } else throw error;
      }
    },
    result: () => ({ pulled, duplicates, divergences, rejected }),
  };
}

function keyOf(event: DomainEvent): EventKey {
  return {
    stream: event.partitionkey,
    origin: originOf(event),
    sequence: sequenceOf(event),
    id: event.id,
  };
}

function standsAt(event: DomainEvent, key: EventKey): boolean {
  return keyText(keyOf(event)) === keyText(key);
}
