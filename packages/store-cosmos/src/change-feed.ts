import { type DomainEvent, InvalidEventError, parseEvent } from '@twinlog/core';

export type DecodedChange =
  | { readonly kind: 'event'; readonly event: DomainEvent }
  /** A document that is no event's. */
  | { readonly kind: 'ignored' }
  /** A document in an event's form that holds none: to be kept, and to be told of. */
  | { readonly kind: 'malformed'; readonly reason: string };

/**
 * The event that a document of the container's change feed (latest version mode) tells of, as the Functions
 * trigger hands it over. Never throws.
 */
export function decodeChange(document: unknown): DecodedChange {
  if (typeof document !== 'object' || document === null || !('event' in document)) return { kind: 'ignored' };
  try {
    return { kind: 'event', event: eventIn(document.event) };
  } catch (error) {
    const id = 'id' in document ? String(document.id) : '';
    const fault = error instanceof Error ? error.message : String(error);
    return { kind: 'malformed', reason: `The document "${id}" holds no event. ${fault}` };
  }
}

function eventIn(held: unknown): DomainEvent {
  if (typeof held !== 'string') throw new InvalidEventError('event', 'Its member "event" is no text.');
  return parseEvent(JSON.parse(held));
}
