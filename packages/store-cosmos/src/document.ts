import { accountOf, type DomainEvent, opensStream, originOf } from '@twinlog/core';

/**
 * One event as one document: the event whole, as it travels, and beside it what is looked up. Cosmos DB's own
 * members (`_rid`, `_etag`, `_ts` …) and ours stand outside of `event`, so no attribute can collide with them.
 *
 * The event is one text, for it must come out as it went in, and the Functions trigger on the change feed writes anew
 * every text of a document that looks like a date: `12:00:10.120Z` would come as `12:00:10.12Z`.
 */
export interface EventDocument {
  /** `<origin>:<sequence>`: one event for each place in the stream. */
  readonly id: string;
  /** The partition key. */
  readonly stream: string;
  readonly origin: string;
  readonly eventId: string;
  /** Of an opening event alone: it lists the account's streams. */
  readonly account?: string;
  /** The event's JSON. */
  readonly event: string;
}

/**
 * The most UTF-8 bytes of a document's JSON: 2 MB ("Service quotas": maximum size of an item), less 1 KB for
 * the members that Cosmos DB adds.
 */
export const maxDocumentBytes: number = 2 * 1024 * 1024 - 1024;

export function encodeDocument(event: DomainEvent): EventDocument {
  const origin = originOf(event);
  return {
    id: `${origin}:${event.sequence}`,
    stream: event.partitionkey,
    origin,
    eventId: event.id,
    ...(opensStream(event) && { account: accountOf(event) }),
    event: JSON.stringify(event),
  };
}

export function decodeDocument(document: Pick<EventDocument, 'event'>): DomainEvent {
  return JSON.parse(document.event);
}

/** The sequence in a document's id. */
export function sequenceIn(id: string): number {
  return Number(id.slice(id.lastIndexOf(':') + 1));
}

/** The UTF-8 bytes of the document's JSON. */
export function documentSize(document: EventDocument): number {
  return Buffer.byteLength(JSON.stringify(document));
}
