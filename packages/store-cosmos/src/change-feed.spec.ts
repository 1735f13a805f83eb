import { sampleEvent } from '@twinlog/core/testing';
import { expect, test } from 'vitest';
import { decodeChange } from './change-feed.ts';
import { encodeDocument } from './document.ts';

const event = sampleEvent({ stream: 'txn_1' });

test('the document of an event is that event', () => {
  expect(decodeChange({ ...encodeDocument(event), _etag: '"e"', _ts: 1 })).toEqual({ kind: 'event', event });
});

test('a document that is no event is ignored', () => {
  for (const other of [{ id: 'lease' }, null, 'text', []])
    expect(decodeChange(other)).toEqual({ kind: 'ignored' });
});

test('a document whose event breaks the format is malformed, with its id and the attribute at fault', () => {
  const { type: _, ...noType } = event;
  expect(decodeChange({ ...encodeDocument(event), event: noType })).toEqual({
    kind: 'malformed',
    reason: expect.stringMatching(/"aws-us-east-1\.1:0000000001".*type/),
  });
  expect(decodeChange({ id: 'x', event: 'text' })).toMatchObject({ kind: 'malformed' });
});
