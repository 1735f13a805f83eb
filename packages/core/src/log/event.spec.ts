import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidEventError } from '../errors.ts';
import { parseEvent } from './envelope.ts';
import {
  accountOf,
  canonically,
  cellOf,
  type DomainEvent,
  formatSequence,
  isPlainText,
  opensStream,
  originName,
  originOf,
  sameEvent,
  sequenceOf,
  subjectOf,
  timeOf,
} from './event.ts';
import { firstEventIdAt } from './event-id.ts';
import { handMade } from './histories.fixture.ts';

const event = handMade(
  { origin: 'aws-us-east-1.1', sequence: 2, at: 5, seen: 'aws-us-east-1.1=1,azure-eastus.1=3' },
  { type: 'captured.v1', data: { amount: '5', currency: 'JPY' }, key: 'key-1' },
);

/** The attribute that parseEvent names. */
function faultOf(value: unknown): string | undefined {
  try {
    parseEvent(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    expect(error.code).toBe('invalid_event');
    expect(error.message).toContain(error.attribute);
    return error.attribute;
  }
}

const without = (name: keyof DomainEvent) =>
  Object.fromEntries(Object.entries(event).filter(([attribute]) => attribute !== name));

describe('parseEvent', () => {
  it('hands back the event, with the attributes it does not know as they came', () => {
    expect(parseEvent(event)).toEqual(event);
    const further = {
      ...event,
      vendorextension: 'x',
      anumber: -7,
      aflag: true,
      empty: '',
      data: { deep: { er: [1, null, ''] } },
    };
    expect(parseEvent(further)).toEqual(further);
    expect(parseEvent({ ...event, traceparent: '00-ab-cd-01' })).toHaveProperty('traceparent', '00-ab-cd-01');
  });

  it.each<[string, unknown]>([
    ['UPPER', 'x'],
    ['data_base64', 'AA=='],
    ['with space', 'x'],
    ['', 'x'],
    ['toJSON', 'x'],
    ['anull', null],
    ['alist', ['x']],
    ['members', { a: 'b' }],
    ['afraction', 0.5],
    ['beyond32bits', 2 ** 31],
    ['control', 'a\nb'],
    ['half', '\ud800'],
  ])('names an attribute that CloudEvents does not allow: %s', (name, value) => {
    expect(faultOf({ ...event, [name]: value })).toBe(name);
  });

  it('does not ask to know the type, nor to understand the data', () => {
    expect(faultOf({ ...event, type: 'com.example.something-new.v17', data: {} })).toBeUndefined();
  });

  it.each([
    ...(['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema'] as const),
    ...(['partitionkey', 'sequence', 'seen', 'assignment', 'fingerprint', 'data'] as const),
  ])('names %s where it is missing or not what it should be', (attribute) => {
    expect(faultOf(without(attribute))).toBe(attribute);
    for (const wrong of [7, null, true, ['x']])
      expect(faultOf({ ...event, [attribute]: wrong })).toBe(attribute);
  });

  it.each<[keyof DomainEvent, string]>([
    ['specversion', '0.3'],
    ['id', ''],
    ['id', event.id.toLowerCase()],
    ['id', `8${event.id.slice(1)}`],
    ['source', 'aws-us-east-1.1'],
    ['source', 'urn:twinlog:origin:'],
    ['source', 'urn:twinlog:origin:aws-us-east-1'],
    ['source', 'urn:twinlog:origin:AWS.1'],
    ['source', 'urn:twinlog:origin:aws.0'],
    ['type', 'io.twinlog.transaction.captured'],
    ['type', 'captured'],
    ['type', `${'x'.repeat(130)}.v1`],
    ['subject', 'transaction/1'],
    ['subject', 'account//transaction/1'],
    ['subject', 'account/a/transaction/'],
    ['subject', 'account/%/transaction/1'],
    ['subject', 'account/%ff/transaction/1'],
    ['subject', `account/${'a'.repeat(1_000)}/transaction/1`],
    ['time', '2026-01-01T00:00:00Z'],
    ['time', '2026-01-01T00:00:00.006Z'],
    ['datacontenttype', 'text/plain'],
    ['dataschema', 'x'.repeat(301)],
    ['partitionkey', ''],
    ['partitionkey', 'x'.repeat(129)],
    ['partitionkey', 'a\u0000'],
    ['partitionkey', '\ud800'],
    ['sequence', '1'],
    ['sequence', '0000000000'],
    ['sequence', '00000000001'],
    ['sequence', '-000000001'],
    ['seen', 'aws-us-east-1.1'],
    ['seen', 'b.1=1,a.1=1'],
    ['assignment', '1'],
    ['assignment', '0.aws'],
    ['commandid', ''],
    ['commandid', 'x'.repeat(129)],
    ['commandid', 'a\nb'],
    ['fingerprint', ''],
    ['fingerprint', 'x'.repeat(65)],
    ['contested', 'No cell'],
    ['traceparent', 'x'.repeat(101)],
  ])('refuses a %s of %j, and names it', (attribute, value) => {
    expect(faultOf({ ...event, [attribute]: value })).toBe(attribute);
  });

  it('takes command id and fingerprint together or not at all', () => {
    const { commandid, fingerprint, ...anonymous } = event;
    expect(faultOf(anonymous)).toBeUndefined();
    expect(faultOf({ ...anonymous, commandid })).toBe('fingerprint');
    expect(faultOf({ ...anonymous, fingerprint })).toBe('fingerprint');
  });

  it('refuses a time that RFC 3339 cannot say, and only such a time (R6)', () => {
    const last = firstEventIdAt(Date.UTC(9999, 11, 31, 23, 59, 59, 999));
    expect(faultOf({ ...event, id: last, time: timeOf(last) })).toBeUndefined();
    const later = firstEventIdAt(2 ** 48 - 1);
    expect(faultOf({ ...event, id: later, time: timeOf(later) })).toBe('time');
    expect(faultOf({ ...event, id: firstEventIdAt(0), time: '1970-01-01T00:00:00.000Z' })).toBeUndefined();
  });

  it.each([null, undefined, 7, 'x', [], [event]])('refuses %j, which is no event', (value) => {
    expect(faultOf(value)).toBe('event');
  });
});

describe('the attributes of an event', () => {
  it('tell its origin, its cell, its place and its account', () => {
    expect(originOf(event)).toBe('aws-us-east-1.1');
    expect(cellOf(originOf(event))).toBe('aws-us-east-1');
    expect(sequenceOf(event)).toBe(2);
    expect(formatSequence(2)).toBe('0000000002');
    expect(event.time).toBe('2026-01-01T00:00:00.005Z');
    expect(opensStream(event)).toBe(false);
    expect(opensStream({ ...event, seen: '' })).toBe(true);
  });

  it('keep an account id whole, whatever characters are in it', () => {
    const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(id, id, (account, stream) => {
        const subject = subjectOf(account, 'transaction', stream);
        expect(faultOf({ ...event, subject })).toBeUndefined();
        expect(accountOf({ ...event, subject })).toBe(account);
      }),
      {
        examples: [
          ['a/b', 'c/d'],
          ['%', '%2F'],
        ],
      },
    );
  });

  it('name an origin only where a version vector could hold it', () => {
    expect(originName('aws-us-east-1', 1)).toBe('aws-us-east-1.1');
    for (const [cell, incarnation] of [
      ['', 1],
      ['AWS', 1],
      ['aws.1', 1],
      ['aws', 0],
      ['aws', 1.5],
      ['aws', Number.NaN],
      ['x'.repeat(64), 1],
    ] as const) {
      expect(() => originName(cell, incarnation)).toThrow(InvalidEventError);
    }
  });

  it('count as plain text without control characters and half characters', () => {
    expect(isPlainText('Ünïcode 💶')).toBe(true);
    for (const text of ['\u0000', 'a\tb', '\u007f', '\u0080', '\ud83d', '\udcb6'])
      expect(isPlainText(text)).toBe(false);
  });
});

describe('comparing events', () => {
  it('puts them in one total order: by id, then origin, then sequence (R4)', () => {
    const at = (id: string, origin: string, sequence: number): DomainEvent => ({
      ...event,
      id,
      source: `urn:twinlog:origin:${origin}`,
      sequence: formatSequence(sequence),
    });
    const [one, two] = [firstEventIdAt(1), firstEventIdAt(2)];
    const ordered = [at(one, 'a.1', 9), at(one, 'a.1', 10), at(one, 'b.1', 1), at(two, 'a.1', 1)];
    expect(ordered.toReversed().sort(canonically)).toEqual(ordered);
    expect(canonically(event, { ...event })).toBe(0);
  });

  it('finds them equal by content, whatever order their members are in', () => {
    expect(sameEvent(event, event)).toBe(true);
    expect(
      sameEvent(
        event,
        Object.assign(
          {},
          ...Object.entries(event)
            .reverse()
            .map(([k, v]) => ({ [k]: v })),
        ),
      ),
    ).toBe(true);
    expect(sameEvent(event, { ...event, data: { amount: '6', currency: 'JPY' } })).toBe(false);
    expect(sameEvent(event, { ...event, traceparent: 'x' })).toBe(false);
  });
});
