import { InvalidEventError } from '../errors.ts';
import { sameJson } from '../json.ts';
import { eventTime } from './event-id.ts';

/** What `data` may hold: a JSON object. */
export type EventData = { readonly [member: string]: unknown };

/**
 * One event: a CloudEvent 1.0.2 in JSON format, the same value in memory, in a store and on the wire.
 * Attributes this code does not know are kept as they came.
 */
export interface DomainEvent {
  readonly specversion: '1.0';
  /** A ULID, and the clock of the log (R2). Canonical order is the order of ids. */
  readonly id: string;
  /** The origin that decided it, as `urn:twinlog:origin:aws-us-east-1.1`. */
  readonly source: string;
  /** Versioned: `io.twinlog.transaction.captured.v1`. */
  readonly type: string;
  /** `account/<account id>/transaction/<transaction id>`, each id percent-encoded. */
  readonly subject: string;
  /** RFC 3339 in UTC with milliseconds: the time inside `id`. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Names the JSON Schema of `data`: `urn:twinlog:schema:` and the type. */
  readonly dataschema: string;
  /** The stream. */
  readonly partitionkey: string;
  /** 1, 2, 3 … within (stream, origin), zero-padded to ten digits. */
  readonly sequence: string;
  /** The version vector, as text, that the decision was based on. Empty for an event that opens its stream. */
  readonly seen: string;
  /** The stamp of the assignment under which it was decided (R14): `n.cell`, and `.home-cell` where that was the policy. */
  readonly assignment: string;
  /** What makes a command the same command when it is sent again (R7). */
  readonly commandid?: string;
  /** The id of a command that waits for its home's decision (R15). Only decisions claim a command id. */
  readonly requestof?: string;
  /** A hash of the normalised command (R7). There if and only if `commandid` or `requestof` is. */
  readonly fingerprint?: string;
  /** R15: decided in the place of this cell, which had been taken over without being drained. */
  readonly contested?: string;
  readonly traceparent?: string;
  readonly data: EventData;
}

export const sourcePrefix = 'urn:twinlog:origin:';
const schemaPrefix = 'urn:twinlog:schema:';
export const originPattern: RegExp = /^[a-z0-9][a-z0-9-]{0,62}\.[1-9][0-9]{0,5}$/;

/** The longest command id and the longest id that a subject may hold, in UTF-16 units. */
export const maxIdLength = 128;

/** Whether a text is an id that every store and every wire keeps: 1 to 128 characters of plain text. */
export function isId(text: string): boolean {
  return text !== '' && text.length <= maxIdLength && isPlainText(text);
}

/** The origin of an event: its cell and that cell's incarnation, `aws-us-east-1.1`. */
export function originOf(event: DomainEvent): string {
  return originIn(event.source);
}

/** The origin that a `source` names. */
export function originIn(source: string): string {
  return source.slice(sourcePrefix.length);
}

/** The cell of an origin: `aws-us-east-1` of `aws-us-east-1.1`. */
export function cellOf(origin: string): string {
  return origin.slice(0, origin.lastIndexOf('.'));
}

/** The origin of a cell's incarnation, 1 for the first. */
export function originName(cell: string, incarnation: number): string {
  const origin = `${cell}.${incarnation}`;
  if (!originPattern.test(origin)) {
    throw new InvalidEventError(
      'source',
      `"${origin}" is not an origin: a cell of lower-case letters, digits and hyphens (63 at most), a dot, and an incarnation from 1 up.`,
    );
  }
  return origin;
}

/** The position of an event within its stream and origin, from 1. */
export function sequenceOf(event: DomainEvent): number {
  return Number(event.sequence);
}

/** An event's sequence attribute: ten digits, so that text order is number order. */
export function formatSequence(sequence: number): string {
  return String(sequence).padStart(10, '0');
}

export function sourceOf(origin: string): string {
  return sourcePrefix + origin;
}

export function dataschemaOf(type: string): string {
  return schemaPrefix + type;
}

const dayMs = 86_400_000;

/** The day last asked for, as text up to its `T`: events come in by the thousand within one, and a `Date` is slow. */
let latestDay = { day: Number.NaN, text: '' };

const twoDigits: readonly string[] = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/** The time inside an event id, as text. */
export function timeOf(id: string): string {
  const time = eventTime(id);
  const day = Math.floor(time / dayMs);
  if (day !== latestDay.day) {
    latestDay = { day, text: new Date(day * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length) };
  }
  const inDay = time - day * dayMs;
  const hours = twoDigits[Math.floor(inDay / 3_600_000)];
  const minutes = twoDigits[Math.floor(inDay / 60_000) % 60];
  const seconds = twoDigits[Math.floor(inDay / 1_000) % 60];
  // A thousand in front, so that there are always three digits behind it.
  return `${latestDay.text}${hours}:${minutes}:${seconds}.${String(1_000 + (inDay % 1_000)).slice(1)}Z`;
}

/** Whether the event opened its stream: its decision had seen nothing. Stores list accounts by these. */
export function opensStream(event: DomainEvent): boolean {
  return event.seen === '';
}

/** The subject of a stream that belongs to an account. */
export function subjectOf(accountId: string, aggregate: string, stream: string): string {
  return `account/${encodeURIComponent(accountId)}/${aggregate}/${encodeURIComponent(stream)}`;
}

/** The account that a subject names. */
export function accountOf(event: DomainEvent): string {
  return decodeURIComponent(event.subject.split('/', 2)[1] ?? '');
}

/** Canonical order (R4): by id; the other two only make the order total. */
export function canonically(a: DomainEvent, b: DomainEvent): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0;
}

/** Whether two events have the same content, whatever order their members are in. */
export function sameEvent(a: DomainEvent, b: DomainEvent): boolean {
  return sameJson(a, b);
}

/** What most ids are, told faster than by the Unicode classes. */
const printableAscii = /^[ -~]*$/;

/** No control characters and no half of a surrogate pair: text that every store and every wire keeps as it is. */
export function isPlainText(text: string): boolean {
  return printableAscii.test(text) || (!/\p{Cc}/u.test(text) && text.isWellFormed());
}
