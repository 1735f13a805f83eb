import * as fc from 'fast-check';
import { type DomainEvent, type EventData, isPlainText } from '../log/event.ts';
import { firstEventIdAt } from '../log/event-id.ts';
import { attributesAt } from './sample-event.ts';

/**
 * Any character of Unicode. As fast-check's own unit `binary`, which first makes a table of a million characters, and so costs
 * whoever imports this a second.
 */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((place) => String.fromCodePoint(place < 0xd800 ? place : place + 0x800), placeOf);

function placeOf(character: unknown): number {
  const code = typeof character === 'string' ? character.codePointAt(0) : undefined;
  if (code === undefined || String.fromCodePoint(code) !== character) throw new Error('It is no character.');
  return code < 0xd800 ? code : code - 0x800;
}

/** Any id that an event may carry: 1 to 128 UTF-16 units of any script, no control characters. */
export const anyId: fc.Arbitrary<string> = fc
  .string({ unit: anyCharacter, minLength: 1, maxLength: 64 })
  .filter(isPlainText);

/** Any origin: `cell.incarnation`. */
export const anyOrigin: fc.Arbitrary<string> = fc.stringMatching(
  /^[a-z0-9][a-z0-9-]{0,20}\.[1-9][0-9]{0,2}$/,
);

/** A ULID could tell of later times; an event ends with the year 9999, as RFC 3339 does. */
const anyEventId = fc
  .tuple(
    fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }),
    fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{16}$/),
  )
  .map(([time, randomness]) => firstEventIdAt(time).slice(0, 10) + randomness);

/** What survives JSON: `-0` does not. */
const anyJson = fc
  .jsonValue({ stringUnit: anyCharacter, maxDepth: 4 })
  .map((value): unknown => JSON.parse(JSON.stringify(value)));

const anyData: fc.Arbitrary<EventData> = fc.dictionary(fc.string({ maxLength: 12 }), anyJson, {
  maxKeys: 5,
  noNullPrototype: true,
});

const anySeen = fc
  .uniqueArray(fc.tuple(anyOrigin, fc.integer({ min: 1, max: 9_999 })), {
    selector: ([origin]) => origin,
    maxLength: 3,
  })
  .map((entries) =>
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([origin, sequence]) => `${origin}=${sequence}`)
      .join(','),
  );

/** Names of attributes that this code does not know, those among them that a database might claim for itself. */
const anyExtensionName = fc.oneof(
  fc.constantFrom(
    'ttl',
    'stream',
    'place',
    'account',
    'bucket',
    'more',
    'origin',
    'event',
    'etag',
    'ts',
    'eventid',
  ),
  fc.stringMatching(/^[a-z0-9]{1,20}$/).map((name) => `x${name}`),
);

/** What CloudEvents allows as the value of an attribute, in JSON. */
const anyExtension = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 200 }).filter(isPlainText),
  fc.boolean(),
  fc.integer(),
);

const anyExtensions = fc.dictionary(anyExtensionName, anyExtension, { maxKeys: 3, noNullPrototype: true });

/** Attributes that are usually derived from others, and need not be: a peer may name another schema. */
const unusualAttributes = fc.record(
  { dataschema: fc.constant('urn:example:schema:other'), subject: fc.constant('account/a/order/b') },
  { requiredKeys: [], noNullPrototype: true },
);

/** Any event that `parseEvent` accepts. */
export const anyEvent: fc.Arbitrary<DomainEvent> = fc
  .record({
    id: anyEventId,
    origin: anyOrigin,
    type: fc.stringMatching(/^[a-z][a-z0-9.-]{2,40}\.v[1-9][0-9]{0,3}$/),
    stream: anyId,
    account: anyId.filter((id) => id.length <= 60),
    sequence: fc.integer({ min: 1, max: 9_999_999_999 }),
    seen: anySeen,
    assignment: fc.stringMatching(/^[1-9][0-9]{0,9}\.[a-z0-9][a-z0-9-]{0,20}$/),
    command: fc.option(fc.tuple(anyId, fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)), { nil: undefined }),
    traceparent: fc.option(fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'), {
      nil: undefined,
    }),
    data: anyData,
    extensions: anyExtensions,
    unusual: unusualAttributes,
  })
  .map(({ id, origin, type, stream, account, sequence, command, traceparent, unusual, ...rest }) => ({
    ...rest.extensions,
    ...attributesAt({ id, origin, type, account, stream, sequence }),
    seen: rest.seen,
    assignment: rest.assignment,
    ...(command && { commandid: command[0], fingerprint: command[1] }),
    ...(traceparent !== undefined && { traceparent }),
    data: rest.data,
    ...unusual,
  }));
