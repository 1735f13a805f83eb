import { accountOf, type DomainEvent, opensStream, originOf } from '@twinlog/core';

/**
 * One event as one document: the event whole, as one text, and beside it what is looked up. As a text because the
 * Functions host writes JSON anew before its trigger hands it over: a time that ends in a zero, `…:00.120Z`, would come as
 * another, `…:00.12Z` (`JArray.FromObject` in Azure/azure-webjobs-sdk-extensions, by Newtonsoft.Json's handling of dates).
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
  /** JSON: what was decided, to the letter. */
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
