import {
  cellOf,
  type DomainEvent,
  type EventStore,
  EventTooLargeError,
  InvalidEventError,
  ingest,
  originOf,
  parseEvent,
  StoreUnavailableError,
} from '@twinlog/core';
import type { Authorise } from './authorise.ts';
import { type DeadLetter, type DeadLetters, deadLetter } from './dead-letter.ts';
import { readEvents } from './incoming.ts';
import { answer } from './json-endpoint.ts';

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
  readonly deadLetters: DeadLetters;
  readonly now: () => number;
  /** Told of every event once it is stored, or found to be there already. */
  readonly onReceived?: (event: DomainEvent, receipt: Receipt) => void;
}

export interface ReceiverOptions extends IntakeOptions {
  readonly authorise: Authorise;
}

/** The most a delivery may take: Event Grid's batches end at 1 MB. */
export const maxDeliveryBytes = 1_572_864;

/** How many events of one delivery are written at a time. */
const parallelWrites = 32;

/**
 * Takes in events that other cells decided, whatever brought them: each is checked, then stored, or kept as a dead
 * letter. Resolves once all of them are the one or the other.
 * @throws StoreUnavailableError where the store or the dead letters cannot be reached: the same events can be
 * handed in again.
 */
export function createIntake(options: IntakeOptions): (events: readonly unknown[]) => Promise<Receipts> {
  const { store, deadLetters, now } = options;

  const keep = async (code: DeadLetter['code'], detail: string, value: unknown): Promise<Receipt> => {
    const content = { json: JSON.stringify(value) };
    await deadLetters.put(deadLetter({ direction: 'in', code, detail }, content, now()));
    return 'deadLetter';
  };

  async function receive(value: unknown): Promise<Receipt> {
    let event: DomainEvent;
    try {
      event = parseEvent(value);
    } catch (error) {
      if (error instanceof InvalidEventError) return keep('invalid_event', error.message, value);
      throw error;
    }
    const cell = cellOf(originOf(event));
    if (cell === options.cell)
      return keep('own_origin', 'The event says that this very cell decided it.', value);
    if (!options.peers.includes(cell))
      return keep('unknown_origin', `"${cell}" is no cell of this matrix.`, value);
    const receipt = await write(event);
    options.onReceived?.(event, receipt);
    return receipt;
  }

  async function write(event: DomainEvent): Promise<Receipt> {
    try {
      const ingested = await ingest(store, event);
      if (ingested.kind !== 'divergence') return ingested.kind;
      return keep('divergence', `Its place is taken by the event ${ingested.existing.id}.`, event);
    } catch (error) {
      // What another cloud's database could keep may be more than this one's can.
      if (error instanceof EventTooLargeError) return keep('too_large', error.message, event);
      throw error;
    }
  }

  return async (events) => {
    const receipts = { stored: 0, duplicate: 0, deadLetter: 0 };
    const queue = events.values();
    const worker = async () => {
      for (const event of queue) receipts[await receive(event)] += 1;
    };
    await Promise.all(Array.from({ length: Math.min(parallelWrites, events.length) }, worker));
    return receipts;
  };
}

/**
 * The receiving end of replication, as a webhook of Event Grid or of anything that sends CloudEvents by HTTP.
 *
 * 200: everything in the request is stored, or is kept as a dead letter. 401: not an authorised sender;
 * nothing changed. 413: above `maxDeliveryBytes`. 503: the store or the dead letters cannot be reached; send it
 * again. Event Grid never sends again what was answered 400, 401, 403 or 413, so what is bad is kept and
 * acknowledged instead. `OPTIONS` is the webhook handshake of the CloudEvents specification.
 */
export function createReceiver(options: ReceiverOptions): (request: Request) => Promise<Response> {
  const { authorise, deadLetters, now } = options;
  const takeIn = createIntake(options);

  return async (request) => {
    if (request.method === 'OPTIONS') {
      const origin = request.headers.get('webhook-request-origin');
      if (origin === null)
        return answer(400, { error: 'A handshake names its sender in WebHook-Request-Origin.' });
      return new Response(null, {
        status: 200,
        headers: { 'webhook-allowed-origin': origin, allow: 'OPTIONS, POST' },
      });
    }
    if (request.method !== 'POST')
      return answer(405, { error: 'Events are sent by POST.' }, { allow: 'OPTIONS, POST' });
    if (!(await authorise(request))) return answer(401, { error: 'The sender is not known here.' });
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > maxDeliveryBytes) {
      return answer(413, {
        error: `A delivery takes ${maxDeliveryBytes} bytes at most, and this one ${bytes.length}.`,
      });
    }
    try {
      const incoming = readEvents(request.headers, bytes);
      if (incoming.kind === 'events') return answer(200, await takeIn(incoming.events));
      const base64 = Buffer.from(incoming.bytes).toString('base64');
      const reason = { direction: 'in', code: 'malformed', detail: incoming.detail } as const;
      await deadLetters.put(deadLetter(reason, { base64 }, now()));
      return answer(200, { stored: 0, duplicate: 0, deadLetter: 1 } satisfies Receipts);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return answer(
        503,
        { error: 'The events cannot be stored now. Send them again.' },
        { 'retry-after': '1' },
      );
    }
  };
}
