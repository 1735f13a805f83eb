import { hash } from 'node:crypto';
import {
  accountOf,
  type DomainEvent,
  dataschemaOf,
  type EventData,
  isJsonObject,
  opensStream,
  originOf,
  sourceOf,
  TwinlogError,
  timeOf,
} from '@twinlog/core';

/**
 * One event as one item; every attribute is a string. What the key or another attribute says already is not
 * stored again, so that an ordinary event stays below 1,024 bytes, the size of one write unit:
 *
 * | attribute | |
 * | --- | --- |
 * | `stream`, `place` | the key: the stream, and `<origin>#<sequence>` |
 * | `account` | of an opening event alone: the key of the sparse index `by-account` |
 * | `bucket`, `id` | `<origin>#<shard>` and the event's id: the key of the index `by-time` |
 * | `type`, `seen`, `assignment`, `commandid`, `fingerprint`, `traceparent` | as in the event; an empty `seen` is left out |
 * | `subject` | without the stream's id where it ends with it; it then ends with `/`, which no subject does |
 * | `data` | JSON text |
 * | `more` | JSON text of every attribute that is unknown, or is not what it is usually derived from |
 */
export type Item = Readonly<Record<string, string>>;

/** The most bytes of an item, names and values: 400 KB ("Constraints in Amazon DynamoDB": items). */
export const maxItemBytes: number = 400 * 1024;

/**
 * Buckets per origin. Each one is a partition key of the index `by-time`, and a partition takes 1,000 write
 * units a second ("Partition and key design"): so one origin can write 8,000 events a second.
 */
const shards = 8;

export function encodeItem(event: DomainEvent): Item {
  const { id, type, subject, seen, assignment, commandid, fingerprint, traceparent, data, ...others } = event;
  const stream = event.partitionkey;
  const streamInSubject = `/${encodeURIComponent(stream)}`;
  const derived: Readonly<Record<string, unknown>> = derivedAttributes(stream, placeOf(event), id, type);
  const more = Object.entries(others).filter(
    ([name, value]) => !Object.hasOwn(derived, name) || derived[name] !== value,
  );
  return {
    stream,
    place: placeOf(event),
    id,
    type,
    subject: subject.endsWith(streamInSubject) ? subject.slice(0, 1 - streamInSubject.length) : subject,
    ...(seen !== '' && { seen }),
    assignment,
    ...(commandid !== undefined && { commandid }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(traceparent !== undefined && { traceparent }),
    data: JSON.stringify(data),
    ...(more.length > 0 && { more: JSON.stringify(Object.fromEntries(more)) }),
    bucket: bucketOf(originOf(event), shardOf(stream)),
    ...(opensStream(event) && { account: accountOf(event) }),
  };
}

/** @throws TwinlogError `malformed_item`, naming the attribute that is missing or that is no JSON object. */
export function decodeItem(item: Item): DomainEvent {
  const { commandid, fingerprint, traceparent, more } = item;
  const stream = required(item, 'stream');
  const id = required(item, 'id');
  const type = required(item, 'type');
  const subject = required(item, 'subject');
  return {
    ...derivedAttributes(stream, required(item, 'place'), id, type),
    id,
    type,
    subject: subject.endsWith('/') ? subject + encodeURIComponent(stream) : subject,
    seen: item.seen ?? '',
    assignment: required(item, 'assignment'),
    ...(commandid !== undefined && { commandid }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(traceparent !== undefined && { traceparent }),
    data: jsonObject(item, 'data'),
    ...(more !== undefined && jsonObject(item, 'more')),
  };
}

/** The attributes that follow from the key, the id and the type. */
function derivedAttributes(stream: string, place: string, id: string, type: string) {
  const { origin, sequence } = placeParts(place);
  return {
    specversion: '1.0',
    source: sourceOf(origin),
    time: timeOf(id),
    datacontenttype: 'application/json',
    dataschema: dataschemaOf(type),
    partitionkey: stream,
    sequence,
  } as const;
}

/** The sort key: `aws-us-east-1.1#0000000001`. */
export function placeOf(event: DomainEvent): string {
  return `${originOf(event)}#${event.sequence}`;
}

export function placeParts(place: string): { readonly origin: string; readonly sequence: string } {
  const [origin = '', sequence = ''] = place.split('#');
  return { origin, sequence };
}

function shardOf(stream: string): number {
  return Number.parseInt(hash('sha256', stream).slice(0, 2), 16) % shards;
}

function bucketOf(origin: string, shard: number): string {
  return `${origin}#${shard}`;
}

/** Every partition of the index `by-time` that holds events of the origin. */
export function bucketsOf(origin: string): readonly string[] {
  return Array.from({ length: shards }, (_, shard) => bucketOf(origin, shard));
}

/** The attributes of an item that are text, as all of ours are. */
export function asItem(attributes: Readonly<Record<string, unknown>>): Item {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** An item's size as DynamoDB counts it: the UTF-8 bytes of names and values ("Item sizes and formats"). */
export function itemSize(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
}

function required(item: Item, name: string): string {
  const value = item[name];
  if (value !== undefined) return value;
  throw malformed(item, `has no attribute "${name}"`);
}

function jsonObject(item: Item, name: string): EventData {
  const text = required(item, name);
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below, like any text that is not an object.
  }
  throw malformed(item, `has an attribute "${name}" that is no JSON object: ${text.slice(0, 100)}`);
}

function malformed({ stream, place }: Item, fault: string): TwinlogError {
  return new TwinlogError(
    'malformed_item',
    `The item at stream "${stream}", place "${place}" ${fault}. Only this library may write to the table.`,
  );
}
