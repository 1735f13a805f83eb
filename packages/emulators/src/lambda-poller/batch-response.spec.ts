import type { DynamoDBRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { doneByResponse } from './batch-response.ts';

const records: readonly DynamoDBRecord[] = ['11', '12', '13'].map((SequenceNumber) => ({
  dynamodb: { SequenceNumber },
}));

test.each([
  ['nothing', undefined],
  ['null', null],
  ['an empty object', {}],
  ['a null list', { batchItemFailures: null }],
  ['an empty list', { batchItemFailures: [] }],
])('%s is complete success', (_, response) => {
  expect(doneByResponse(response, records)).toBe(3);
});

test('the lowest sequence number named is the checkpoint', () => {
  const batchItemFailures = [{ itemIdentifier: '13' }, { itemIdentifier: '12' }];
  expect(doneByResponse({ batchItemFailures }, records)).toBe(1);
});

test.each([
  ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
  ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
  ['an identifier under another name', { batchItemFailures: [{ sequenceNumber: '12' }] }],
  [
    'an unknown identifier beside a known one',
    { batchItemFailures: [{ itemIdentifier: '12' }, { itemIdentifier: '99' }] },
  ],
  ['a list that is none', { batchItemFailures: 'all' }],
  ['text', 'ok'],
])('%s fails the whole batch', (_, response) => {
  expect(doneByResponse(response, records)).toBe(0);
});
