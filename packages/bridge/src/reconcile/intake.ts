import {
  type DomainEvent,
  type EventKey,
  EventRefusedError,
  type EventStore,
  EventTooLargeError,
  type Ingested,
  InvalidEventError,
  ingest,
  originOf,
  type StoreUnavailableError,
  sequenceOf,
  TwinlogError,
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
   * `invalid_event`: its envelope breaks the format; `event_too_large`: for this cell's store; `unstorable`: that
   * store failed on this event, in a way of which it does not say that it would pass; `unavailable`: it gave no answer to
   * writes of this stream, so that some of its events are left to the next run.
   */
  readonly code:
    | 'missing'
    | 'other_event'
    | 'invalid_event'
    | 'event_too_large'
    | 'unstorable'
    | 'unavailable';
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
  /** Reports a stream of which some is left to the next run. */
  readonly leave: (stream: string, reason: StoreUnavailableError) => void;
  readonly result: () => Pulled;
}

/** To be told of what a peer hands over, as it is taken in. */
export interface IntakeListener {
  /** Of every event that was missing, once it is stored. */
  readonly onPulled?: (event: DomainEvent) => void;
  /** Of every divergence; waited for. It is reported at the end as well. */
  readonly onDivergence?: (divergence: Divergence) => Promise<void>;
  /**
   * Of every rejection of something that the peer handed over, with that; waited for. It is reported at the end as well.
   * Not of what is only left to the next run.
   */
  readonly onRejected?: (rejection: Rejection, value: unknown) => Promise<void>;
}

/**
 * Takes in what a peer hands over. One thing that cannot be taken is reported and holds up nothing else. A store that
 * is away, or set up wrong, is no fault of an event: that is thrown.
 */
export function createIntake(
  store: EventStore,
  { onPulled, onDivergence, onRejected }: IntakeListener = {},
): Intake {
  let pulled = 0;
  let duplicates = 0;
  const divergences: Divergence[] = [];
  const rejected: Rejection[] = [];

  async function note(ingested: Ingested, event: DomainEvent): Promise<void> {
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
      const reject = async (code: Rejection['code'], detail: string): Promise<void> => {
        const rejection = { stream, code, detail };
        rejected.push(rejection);
        await onRejected?.(rejection, value);
      };
      if (value === null && key)
        return reject('missing', `The peer lists ${keyText(key)} and does not hold it.`);
      let event: DomainEvent;
      try {
        event = readEvent(value);
      } catch (error) {
        if (error instanceof InvalidEventError) return reject('invalid_event', error.message);
        throw error;
      }
      if (event.partitionkey !== stream || (key && !standsAt(event, key))) {
        const asked = key ? keyText(key) : `stream "${stream}"`;
        const answered = keyText(keyOf(event));
        return reject('other_event', `Asked for ${asked}, the peer answered with ${answered}.`);
      }
      let ingested: Ingested;
      try {
        ingested = await ingest(store, event);
      } catch (error) {
        if (error instanceof EventTooLargeError) return reject('event_too_large', error.message);
        if (error instanceof InvalidEventError) return reject('invalid_event', error.message);
        if (error instanceof EventRefusedError) return reject('unstorable', error.message);
        if (error instanceof TwinlogError) throw error;
        // Not the message: what an SDK says of itself may name a credential.
        const fault = error instanceof Error ? error.name : typeof error;
        return reject('unstorable', `The store failed on this event with ${fault}.`);
      }
      await note(ingested, event);
    },
    leave: (stream, { message }) => void rejected.push({ stream, code: 'unavailable', detail: message }),
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
