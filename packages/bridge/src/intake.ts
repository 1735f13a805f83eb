import {
  cellOf,
  type DomainEvent,
  EventRefusedError,
  type EventStore,
  EventTooLargeError,
  InvalidEventError,
  ingest,
  originOf,
  StoreUnavailableError,
  TwinlogError,
} from '@twinlog/core';
import { type DeadLetterCode, type DeadLetters, deadLetter } from './dead-letters/dead-letter.ts';
import { type Delivery, type Incoming, readEvents, readingHeaders } from './incoming.ts';
import { readEvent } from './read-event.ts';
import { tryInParallel } from './reconcile/in-parallel.ts';

/** What became of one event received. */
export type Receipt = 'stored' | 'duplicate' | 'deadLetter';

/** How many events came to what. */
export type Receipts = Readonly<Record<Receipt, number>>;

export interface IntakeOptions {
  readonly store: EventStore;
  /** This cell's name. */
  readonly cell: string;
  /** The other cells of the matrix: whose events are taken. */
  readonly peers: readonly string[];
  readonly deadLetters: Pick<DeadLetters, 'put'>;
  readonly now: () => number;
  /** Told of every event once it is stored, or found to be there already. */
  readonly onReceived?: (event: DomainEvent, receipt: Receipt) => void;
}

/** The ways for events into this cell. Each resolves once every event is stored or kept as a dead letter. */
export interface Intake {
  /**
   * @throws StoreUnavailableError where the store or the dead letters cannot be reached: the same events can be
   * handed in again.
   */
  readonly takeEvents: (events: readonly unknown[]) => Promise<Receipts>;
  /** As `takeEvents`, with bytes that are no events kept as a dead letter as they came. */
  readonly takeDelivery: (
    delivery: Delivery,
    read?: (delivery: Delivery) => Promise<Incoming>,
  ) => Promise<Receipts>;
}

/** An event that may be stored, and as it came. */
interface Checked {
  readonly event: DomainEvent;
  readonly value: unknown;
}

/** To be kept as a dead letter. */
interface Letter {
  readonly code: DeadLetterCode;
  readonly detail: string;
  readonly value: unknown;
  /** Where it is one of a cell of the matrix. */
  readonly event?: DomainEvent;
}

/** How many events of one delivery are written at a time. */
const parallelWrites = 32;

/**
 * Takes in events that other cells decided, whatever brought them. Each is checked before it is stored: its envelope;
 * that its origin is a known cell and not this one; that its decision saw only what came before it. Times are not
 * judged beyond what can be encoded (R6), nor types and data, which the fold judges (R3).
 */
export function createIntake(options: IntakeOptions): Intake {
  const { store, deadLetters, now, onReceived } = options;

  /** An event that may be stored, or why not. */
  function check(value: unknown): Checked | Letter {
    let event: DomainEvent;
    try {
      event = readEvent(value);
    } catch (error) {
      if (error instanceof InvalidEventError) return { code: 'invalid_event', detail: error.message, value };
      throw error;
    }
    const cell = cellOf(originOf(event));
    if (cell === options.cell)
      return { code: 'own_origin', detail: 'The event says that this very cell decided it.', value };
    if (!options.peers.includes(cell))
      return { code: 'unknown_origin', detail: `"${cell}" is no cell of this matrix.`, value };
    return { event, value };
  }

  /** @throws StoreUnavailableError */
  async function write({ event, value }: Checked): Promise<'stored' | 'duplicate' | Letter> {
    try {
      const ingested = await ingest(store, event);
      if (ingested.kind !== 'divergence') return ingested.kind;
      const detail = `Its place is taken by the event ${ingested.existing.id}.`;
      return { code: 'divergence', detail, value, event };
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      // A permission or a table that is missing can be mended, and is no fault of an event.
      if (error instanceof TwinlogError && error.code === 'store_misconfigured')
        throw new StoreUnavailableError(error.message, { cause: error });
      // What another cloud's database could keep may be more than this one's can.
      if (error instanceof EventTooLargeError)
        return { code: 'too_large', detail: error.message, value, event };
      if (error instanceof EventRefusedError)
        return { code: 'unstorable', detail: error.message, value, event };
      // Not the message: what an SDK says of itself may name a credential.
      const fault = error instanceof Error ? error.name : typeof error;
      return { code: 'unstorable', detail: `The store failed on this event with ${fault}.`, value, event };
    }
  }

  async function takeEvents(events: readonly unknown[]): Promise<Receipts> {
    const receipts = { stored: 0, duplicate: 0, deadLetter: 0 };
    const good: Checked[] = [];
    const letters: Letter[] = [];
    for (const value of events) {
      const checked = check(value);
      if ('code' in checked) letters.push(checked);
      else good.push(checked);
    }
    const put = async (checked: Checked): Promise<void> => {
      const written = await write(checked);
      if (typeof written !== 'string') return void letters.push(written);
      receipts[written] += 1;
      onReceived?.(checked.event, written);
    };
    const keep = async ({ code, detail, value, event }: Letter): Promise<void> => {
      const content = { json: JSON.stringify(value) ?? 'null' };
      await deadLetters.put(deadLetter({ direction: 'in', code, detail }, content, now()));
      receipts.deadLetter += 1;
      if (event) onReceived?.(event, 'deadLetter');
    };
    // What can be stored and kept is, whatever becomes of the rest: that comes again. A stream is one partition of its
    // database, which may be throttled by itself.
    const ofStore = await tryInParallel(good, parallelWrites, put, ({ event }) => event.partitionkey);
    const ofLetters = await tryInParallel(letters, parallelWrites, keep);
    for (const { fault } of [...ofStore.faults, ...ofLetters.faults]) throw fault;
    return receipts;
  }

  return {
    takeEvents,
    takeDelivery: async (delivery, read = readEvents) => {
      const incoming = await read(delivery);
      if (incoming.kind === 'events') return takeEvents(incoming.events);
      await keepUnreadable(delivery, incoming.detail, deadLetters, now());
      return { stored: 0, duplicate: 0, deadLetter: 1 };
    },
  };
}

/** Keeps a delivery that holds no events, byte by byte, as a dead letter. */
export async function keepUnreadable(
  { headers, bytes }: Delivery,
  detail: string,
  deadLetters: Pick<DeadLetters, 'put'>,
  now: number,
): Promise<void> {
  const content = { base64: Buffer.from(bytes).toString('base64'), headers: readingHeaders(headers) };
  await deadLetters.put(deadLetter({ direction: 'in', code: 'malformed', detail }, content, now));
}
