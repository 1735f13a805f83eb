import { sampleEvent } from '@twinlog/core/testing';
import { throughTheHost } from '@twinlog/emulators';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeChange } from './change-feed.ts';
import { encodeDocument } from './document.ts';

const event = sampleEvent({ stream: 'txn_1' });

test('the document of an event is that event', () => {
  expect(decodeChange({ ...encodeDocument(event), _etag: '"e"', _ts: 1 })).toEqual({ kind: 'event', event });
});

test('an event comes through the Functions host as it was decided, whatever in it looks like a date', () => {
  const dates = fc.constantFrom(
    '2026-12-01T00:00:00.000Z',
    '2026-12-01T02:00:00.50+02:00',
    '2026-12-01T00:00:00.10',
  );
  fc.assert(
    fc.property(dates, fc.integer({ min: 0, max: 1_000 }), (date, ms) => {
      const dated = sampleEvent({ stream: date, at: Date.UTC(2026, 10, 25) + ms, data: { [date]: [date] } });
      expect(decodeChange(throughTheHost(encodeDocument(dated)))).toEqual({ kind: 'event', event: dated });
    }),
  );
});

test('a document that is no event is ignored', () => {
  for (const other of [{ id: 'lease' }, null, 'text', []])
    expect(decodeChange(other)).toEqual({ kind: 'ignored' });
});

test('a document whose event breaks the format is malformed, with its id and the attribute at fault', () => {
  const { type: _, ...noType } = event;
  expect(decodeChange({ ...encodeDocument(event), event: JSON.stringify(noType) })).toEqual({
    kind: 'malformed',
    reason: expect.stringMatching(/"aws-us-east-1\.1:0000000001".*type/),
  });
  expect(decodeChange({ id: 'x', event: 'text' })).toMatchObject({ kind: 'malformed' });
});
