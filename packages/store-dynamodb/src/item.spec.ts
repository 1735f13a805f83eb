import { type DomainEvent, parseEvent, subjectOf } from '@twinlog/core';
import { anyEvent, sampleEvent } from '@twinlog/core/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeItem, encodeItem, itemSize } from './item.ts';

const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';

const ordinary: DomainEvent = {
  ...sampleEvent({
    stream: 'txn_0123456789ABCDEFGHJKMNPQRSTVWXYZ',
    account: uuid,
    origin: 'aws-us-east-1.1',
    sequence: 12,
    seen: 'aws-us-east-1.1=11,azure-eastus.1=10',
    data: { amount: '123456789.12', currency: 'USD' },
  }),
  type: 'io.twinlog.transaction.captured.v1',
  dataschema: 'urn:twinlog:schema:io.twinlog.transaction.captured.v1',
  commandid: uuid,
  fingerprint: 'K7gNU3sdo-OL0wNhqoVWhr',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

test('any event is an item and the same event again', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect(decodeItem(encodeItem(event))).toEqual(event);
    }),
    { numRuns: 1_000 },
  );
});

test('any event that is generated for tests is one that the log accepts', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect(parseEvent(event)).toEqual(event);
    }),
  );
});

test('an ordinary event with ids of 36 characters is below one write unit of 1,024 bytes, indexes included', () => {
  expect(itemSize(encodeItem(ordinary))).toBeLessThanOrEqual(1_024);
  const opening = { ...ordinary, seen: '', data: { account_id: uuid, ...ordinary.data } };
  expect(itemSize(encodeItem(opening))).toBeLessThanOrEqual(1_024);
});

test('an item says nothing twice: what its key or its type tells is not stored', () => {
  const item = encodeItem(ordinary);
  expect(Object.keys(item).toSorted()).toEqual([
    ...[
      'assignment',
      'bucket',
      'commandid',
      'data',
      'fingerprint',
      'id',
      'place',
      'seen',
      'stream',
      'subject',
    ],
    ...['traceparent', 'type'],
  ]);
  expect(item).toMatchObject({
    stream: ordinary.partitionkey,
    place: 'aws-us-east-1.1#0000000012',
    subject: `account/${uuid}/transaction/`,
    bucket: expect.stringMatching(/^aws-us-east-1\.1#[0-7]$/),
  });
});

test('a subject that names something else than the stream is kept whole', () => {
  const subject = subjectOf('acc_1', 'transaction', `other-${ordinary.partitionkey}`);
  const event = { ...ordinary, subject };
  expect(encodeItem(event).subject).toBe(subject);
  expect(decodeItem(encodeItem(event))).toEqual(event);
});

test('only an event that opens its stream has an account, for the sparse index', () => {
  expect(encodeItem(ordinary).account).toBeUndefined();
  expect(encodeItem(sampleEvent({ stream: 's', account: 'a/b' })).account).toBe('a/b');
});

test('the data of an event is kept byte for byte as its JSON text', () => {
  const event = sampleEvent({
    stream: 's',
    data: { b: '\u00e9\ud834\udd1e', a: [1.5, null, { z: 1, y: 2 }] },
  });
  expect(encodeItem(event).data).toBe(JSON.stringify(event.data));
  expect(JSON.stringify(decodeItem(encodeItem(event)).data)).toBe(JSON.stringify(event.data));
});

test('the streams of one origin are spread over eight buckets', () => {
  const buckets = Array.from({ length: 200 }, (_, n) => encodeItem(sampleEvent({ stream: `s${n}` })).bucket);
  expect(new Set(buckets).size).toBe(8);
});

test('an item that is no event is told of by its key and the attribute at fault', () => {
  const { id: _, ...noId } = encodeItem(ordinary);
  expect(() => decodeItem(noId)).toThrow(/aws-us-east-1\.1#0000000012.*"id"/);
  expect(() => decodeItem({ ...encodeItem(ordinary), data: '[1]' })).toThrow(/"data".*\[1\]/);
  expect(() => decodeItem({ ...encodeItem(ordinary), data: '{' })).toThrow(/"data"/);
});
