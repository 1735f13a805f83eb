import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createMemoryDeadLetters, createSqsReceiver } from '@twinlog/bridge';
import { createTelemetry, type LogRecord } from '@twinlog/bridge/telemetry';
import { createMemoryStore, StoreUnavailableError, transactionId } from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
import { encodeItem } from '@twinlog/store-dynamodb';
import { expect, test } from 'vitest';
import { awsRelay } from './aws/relay.ts';
import { createCell, notConnected } from './cell.ts';
import { cellSettings } from './settings.ts';

const settings = cellSettings({
  TWINLOG_CELL: 'aws-us-east-1',
  TWINLOG_PEERS: 'azure-eastus',
  TWINLOG_PEER_URLS: 'azure-eastus=https://azure.example.com',
  TWINLOG_AUTHENTICATION: 'off',
  TWINLOG_RECEIVE_KEYS: 'a-key-for-this-test',
  TWINLOG_FORWARD_KEYS: 'another-key-of-this-test',
});

/** What a log record tells of a failure, without where it happened. */
const failures = (logged: readonly LogRecord[]) =>
  logged
    .filter(({ name }) => name === 'twinlog.failures')
    .map(({ attributes }) => [attributes['error.type'], attributes['twinlog.detail']]);

test('whatever a cell cannot do now is in its log with the reason, whoever asked for it', async () => {
  const logged: LogRecord[] = [];
  const store = createMemoryStore();
  const cell = createCell({
    settings,
    store: {
      ...store,
      insert: () => Promise.reject(new StoreUnavailableError('The table is throttled.')),
      list: () => Promise.reject(new RangeError('a mistake')),
    },
    deadLetters: createMemoryDeadLetters(),
    compensate: notConnected,
    telemetry: createTelemetry({ cell: settings.cell, now: Date.now, log: (record) => logged.push(record) }),
    redriving: { publish: async () => {}, decode: () => ({ kind: 'ignored' }) },
    enqueue: () => Promise.reject(Object.assign(new Error('No SendMessage.'), { name: 'AccessDenied' })),
  });
  const event = sampleEvent({ stream: 'txn_1', origin: 'azure-eastus.1' });
  const delivery = new Request('https://cell.example/replication/events', {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json', 'x-twinlog-key': 'a-key-for-this-test' },
    body: JSON.stringify([event]),
  });
  expect((await cell.api(delivery)).status).toBe(503);
  const fromQueue = cell.receiveBy(createSqsReceiver);
  const body = JSON.stringify(event);
  expect((await fromQueue({ Records: [{ messageId: 'm', body }] })).batchItemFailures).toHaveLength(1);
  const listing = new Request('https://cell.example/accounts/a/transactions');
  expect((await cell.api(listing)).status).toBe(500);
  expect(failures(logged)).toEqual([
    [
      'store_unavailable',
      'StoreUnavailableError: The queue did not take the events. | AccessDenied: No SendMessage.',
    ],
    ['store_unavailable', 'StoreUnavailableError: The table is throttled.'],
    ['RangeError', 'RangeError: a mistake'],
  ]);
});

test('what a sweep could not see to is in its log with the reason', async () => {
  const logged: LogRecord[] = [];
  const store = createMemoryStore();
  const streams = Array.from({ length: 20 }, (_, at) =>
    transactionId(`account-${at}`, 'create', Math.random),
  );
  const cell = createCell({
    settings,
    store: {
      ...store,
      read: (stream) =>
        streams.includes(stream) ? Promise.reject(new RangeError('a mistake')) : store.read(stream),
    },
    deadLetters: createMemoryDeadLetters(),
    compensate: notConnected,
    telemetry: createTelemetry({ cell: settings.cell, now: Date.now, log: (record) => logged.push(record) }),
    redriving: { publish: async () => {}, decode: () => ({ kind: 'ignored' }) },
  });
  const { open } = await cell.sweep(streams);
  // Those that this cell is the home of.
  expect(open).toBeGreaterThan(0);
  expect(failures(logged)).toEqual(Array(open).fill(['RangeError', 'RangeError: a mistake']));
});

test('what the relay could not send is in its log with the reason', async () => {
  const logged: LogRecord[] = [];
  const client = new DynamoDBClient({ region: 'us-east-1' });
  const relay = awsRelay({
    settings,
    dynamoDb: DynamoDBDocumentClient.from(client),
    topic: { send: () => Promise.reject(new Error('The topic is away.')) },
    writeLog: (record) => logged.push(record),
  });
  const item = Object.entries(encodeItem(sampleEvent({ stream: 'txn_1' })));
  const NewImage = Object.fromEntries(item.map(([name, S]) => [name, { S }]));
  const answer = await relay({
    Records: [{ eventName: 'INSERT', dynamodb: { SequenceNumber: '1', NewImage } }],
  });
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
  expect(failures(logged)).toEqual([['Error', 'Error: The topic is away.']]);
  client.destroy();
});
