import { InvalidEventError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import {
  type DomainEvent,
  isId,
  isPlainText,
  maxIdLength,
  originPattern,
  sourcePrefix,
  timeOf,
} from './event.ts';
import { eventIdPattern } from './event-id.ts';
import { parseVersion } from './version-vector.ts';

/** What is wrong with an attribute's value, as the end of a sentence about it; undefined where nothing is. */
type Check = (value: unknown) => string | undefined;

/** A text for which `holds` neither says no nor throws. */
function text(holds: (text: string) => unknown, fault: string): Check {
  return (value) => {
    if (value === undefined) return 'is missing';
    if (typeof value !== 'string') return 'is no text';
    try {
      return holds(value) === false ? fault : undefined;
    } catch {
      return fault;
    }
  };
}

function pattern(expression: RegExp, fault: string): Check {
  return text((value) => expression.test(value), fault);
}

function literal(expected: string): Check {
  return text((value) => value === expected, `is not ${expected}`);
}

function plain(mostLength: number): Check {
  const isPlain = (value: string) => value !== '' && value.length <= mostLength && isPlainText(value);
  return text(isPlain, `is not plain text of 1 to ${mostLength} characters`);
}

/** What most subjects are, told without taking them apart. */
const plainSubject = /^account\/[\w.~-]{1,128}\/[a-z][a-z0-9-]*\/[\w.~-]{1,128}$/;

/** `account/<id>/<aggregate>/<id>`, each id percent-encoded and itself an id that every store can keep. */
function isSubject(subject: string): boolean {
  if (plainSubject.test(subject)) return true;
  const [root, account = '', aggregate = '', stream = '', ...rest] = subject.split('/');
  return (
    root === 'account' &&
    rest.length === 0 &&
    /^[a-z][a-z0-9-]*$/.test(aggregate) &&
    isId(decodeURIComponent(account)) &&
    isId(decodeURIComponent(stream))
  );
}

function isOrigin(source: string): boolean {
  return source.startsWith(sourcePrefix) && originPattern.test(source.slice(sourcePrefix.length));
}

/** The longest version vector that is taken, in UTF-16 units: some fifty origins. */
const maxVersionLength = 4_000;

/** The attributes that every event has. */
const required: readonly (readonly [attribute: keyof DomainEvent, check: Check])[] = [
  ['specversion', literal('1.0')],
  ['id', pattern(eventIdPattern, 'is not a ULID')],
  ['source', text(isOrigin, `is not ${sourcePrefix} and an origin such as aws-us-east-1.1`)],
  ['type', pattern(/^[a-z][a-z0-9.-]{2,119}\.v[1-9][0-9]{0,3}$/, 'is not a versioned type')],
  ['subject', text(isSubject, 'is not account/<id>/<aggregate>/<id>, each id percent-encoded')],
  ['datacontenttype', literal('application/json')],
  ['dataschema', plain(300)],
  ['partitionkey', plain(maxIdLength)],
  ['sequence', pattern(/^(?!0{10})[0-9]{10}$/, 'is not ten digits, from 0000000001')],
  [
    'seen',
    text((value) => value.length <= maxVersionLength && parseVersion(value), 'is not a version vector'),
  ],
  [
    'assignment',
    pattern(/^[1-9][0-9]{0,9}\.[a-z0-9][a-z0-9-]{0,62}(\.home-cell)?$/, 'is not n.cell or n.cell.home-cell'),
  ],
];

const optional: readonly (readonly [attribute: keyof DomainEvent, check: Check])[] = [
  ['commandid', plain(maxIdLength)],
  ['requestof', plain(maxIdLength)],
  ['fingerprint', plain(64)],
  ['contested', pattern(/^[a-z0-9][a-z0-9-]{0,62}$/, "is no cell's name")],
  ['traceparent', plain(100)],
];

const known: ReadonlySet<string> = new Set([
  ...[...required, ...optional].map(([name]) => name),
  'time',
  'data',
]);

/** What is wrong with an attribute that this code does not know: names and types are those of CloudEvents 1.0.2. */
function faultOfUnknown(name: string, value: unknown): string | undefined {
  if (!/^[a-z0-9]+$/.test(name)) return 'is not named as CloudEvents name attributes, with a to z and 0 to 9';
  const isOfType =
    typeof value === 'boolean' ||
    (typeof value === 'string' ? isPlainText(value) : typeof value === 'number' && value === (value | 0));
  return isOfType ? undefined : 'is no plain text, no boolean and no whole number of 32 bits';
}

type Fault = readonly [attribute: string, fault: string];

/** The first attribute at fault, and what is wrong with it. */
function faultOf(event: { readonly [attribute: string]: unknown }): Fault | undefined {
  for (const [attribute, check] of required) {
    const fault = check(event[attribute]);
    if (fault !== undefined) return [attribute, fault];
  }
  for (const [attribute, check] of optional) {
    const fault = attribute in event ? check(event[attribute]) : undefined;
    if (fault !== undefined) return [attribute, fault];
  }
  for (const attribute of Object.keys(event)) {
    const fault = known.has(attribute) ? undefined : faultOfUnknown(attribute, event[attribute]);
    if (fault !== undefined) return [attribute, fault];
  }
  const { id, time, data, commandid, requestof, fingerprint } = event;
  if (!isJsonObject(data)) return ['data', 'is no JSON object'];
  const told = timeOf(String(id));
  // Whatever it is may not be told as text: `String` calls what a stranger has named toString.
  if (typeof time !== 'string') return ['time', 'is no text'];
  if (time !== told) return ['time', `is ${time}, and the id says ${told}`];
  if (told.startsWith('+')) return ['time', `is ${told}, and RFC 3339 ends with the year 9999`];
  if ((commandid ?? requestof) === undefined ? fingerprint !== undefined : fingerprint === undefined) {
    return ['fingerprint', 'comes with commandid or requestof, and neither without it'];
  }
  if (commandid !== undefined && requestof !== undefined) {
    return ['requestof', 'and commandid exclude each other: a request claims no command id'];
  }
  return undefined;
}

function assertEvent(value: unknown): asserts value is DomainEvent {
  if (!isJsonObject(value)) throw new InvalidEventError('event', 'The event is no JSON object.');
  const [attribute, fault] = faultOf(value) ?? [];
  if (attribute !== undefined) {
    throw new InvalidEventError(attribute, `The event's ${attribute} ${fault}.`);
  }
}

/**
 * Checks that a value is an event whose envelope this log can keep. Its type need not be known, nor its
 * data understood: that is judged when the stream is folded. Checked by hand, attribute by attribute: every event that
 * comes in passes here, and a schema's interpreter costs ten times as much.
 * @returns the value itself.
 * @throws InvalidEventError naming the first attribute at fault.
 */
export function parseEvent(value: unknown): DomainEvent {
  assertEvent(value);
  return value;
}
