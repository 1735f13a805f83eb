import { anyEvent, sampleEvent } from '@twinlog/core/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeDocument, documentSize, encodeDocument, sequenceIn } from './document.ts';

/** What the service adds to every document. */
const system = { _rid: 'r', _self: 's', _etag: '"e"', _attachments: 'attachments/', _ts: 1 };

test('any event is a document and the same event again, whatever the service adds', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const stored = JSON.parse(JSON.stringify({ ...encodeDocument(event), ...system }));
      expect(decodeDocument(stored)).toEqual(event);
    }),
  );
});

test('any event has an id that the service takes, and that tells its sequence', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const { id } = encodeDocument(event);
      expect(id).toMatch(/^[a-z0-9.:-]{1,255}$/);
      expect(sequenceIn(id)).toBe(Number(event.sequence));
    }),
  );
});

test('beside the event stands what is looked up: the account with an opening event alone', () => {
  const opening = sampleEvent({ stream: 'txn_1', account: 'a/b', sequence: 7 });
  const { event: _, ...lookedUp } = encodeDocument(opening);
  expect(lookedUp).toEqual({
    id: 'aws-us-east-1.1:0000000007',
    stream: 'txn_1',
    origin: 'aws-us-east-1.1',
    eventId: opening.id,
    account: 'a/b',
  });
  expect(encodeDocument({ ...opening, seen: 'aws-us-east-1.1=1' })).not.toHaveProperty('account');
});

test('the event is one text, for whoever parses dates and numbers on the way', () => {
  const event = sampleEvent({ stream: 'txn_1' });
  expect(encodeDocument(event).event).toBe(JSON.stringify(event));
});

test("a document's size is counted in UTF-8 bytes", () => {
  const size = (note: string) =>
    documentSize(encodeDocument(sampleEvent({ stream: 's', at: 1, data: { note } })));
  expect(size('中') - size('')).toBe(3);
});
