import { sampleEvent } from '@twinlog/core/testing';
import { expect, test } from 'vitest';
import { encodeItem } from './item.ts';
import { decodeStreamRecord, type StreamRecord } from './stream-record.ts';

const event = sampleEvent({ stream: 'txn_1' });

function recordOf(eventName: string, item: Readonly<Record<string, string>>): StreamRecord {
  const NewImage = Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }]));
  return { eventName, dynamodb: { NewImage } };
}

test('the insert of an event is that event', () => {
  expect(decodeStreamRecord(recordOf('INSERT', encodeItem(event)))).toEqual({ kind: 'event', event });
});

test('a change or a removal is ignored: neither makes an event', () => {
  expect(decodeStreamRecord(recordOf('MODIFY', encodeItem(event)))).toEqual({ kind: 'ignored' });
  expect(decodeStreamRecord({ eventName: 'REMOVE', dynamodb: {} })).toEqual({ kind: 'ignored' });
  expect(decodeStreamRecord({})).toEqual({ kind: 'ignored' });
});

test('the insert of an item that has nothing of an event is ignored', () => {
  expect(decodeStreamRecord(recordOf('INSERT', { stream: 'lease', place: '1' }))).toEqual({
    kind: 'ignored',
  });
});

test('the insert of an event that breaks the format is malformed, with the attribute at fault', () => {
  const { type: _, ...noType } = encodeItem(event);
  expect(decodeStreamRecord(recordOf('INSERT', noType))).toEqual({
    kind: 'malformed',
    reason: expect.stringContaining('"type"'),
  });
  expect(decodeStreamRecord(recordOf('INSERT', { ...encodeItem(event), place: 'nowhere#1' }))).toEqual({
    kind: 'malformed',
    reason: expect.stringContaining('source'),
  });
  expect(decodeStreamRecord(recordOf('INSERT', { ...encodeItem(event), id: 'x' }))).toMatchObject({
    kind: 'malformed',
  });
  expect(decodeStreamRecord({ eventName: 'INSERT', dynamodb: {} })).toEqual({
    kind: 'malformed',
    reason: expect.stringContaining('NEW_IMAGE'),
  });
});
