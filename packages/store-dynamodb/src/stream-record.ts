import { type DomainEvent, parseEvent } from '@twinlog/core';
import { decodeItem, type Item } from './item.ts';

/** What is needed of a record of a DynamoDB stream, as Lambda hands it over (`DynamoDBRecord` of its types). */
export interface StreamRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?:
    | { readonly NewImage?: Readonly<Record<string, StreamAttribute>> | undefined }
    | undefined;
}

/** An attribute value of any type; only strings are looked at. */
export interface StreamAttribute {
  readonly S?: string | undefined;
}

export type DecodedRecord =
  | { readonly kind: 'event'; readonly event: DomainEvent }
  /** Not the insert of an event: another kind of item, or a change or removal, which never happens to an event. */
  | { readonly kind: 'ignored' }
  /** An item that has something of an event and is none: to be kept, and to be told of. */
  | { readonly kind: 'malformed'; readonly reason: string };

/** The event that a record of the table's stream tells of. Never throws. */
export function decodeStreamRecord(record: StreamRecord): DecodedRecord {
  if (record.eventName !== 'INSERT') return { kind: 'ignored' };
  const image = record.dynamodb?.NewImage;
  if (image === undefined) {
    return { kind: 'malformed', reason: 'The record has no NewImage: the stream must be of NEW_IMAGE.' };
  }
  if (image.id === undefined && image.type === undefined && image.data === undefined)
    return { kind: 'ignored' };
  try {
    return { kind: 'event', event: parseEvent(decodeItem(textsOf(image))) };
  } catch (error) {
    return { kind: 'malformed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The attributes of an image that are strings, which all of ours are. */
export function textsOf(image: Readonly<Record<string, StreamAttribute>>): Item {
  return Object.fromEntries(
    Object.entries(image).flatMap(([name, { S }]) => (S === undefined ? [] : [[name, S]])),
  );
}
