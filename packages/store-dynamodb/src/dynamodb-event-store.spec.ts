import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createService, systemRuntime, TwinlogError, transaction } from '@twinlog/core';
import { sampleEvent, uniqueName } from '@twinlog/core/testing';
import { type DynamoDbEmulator, startDynamoDb } from '@twinlog/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientDefaults } from './client-defaults.ts';
import { createDynamoDbEventStore } from './dynamodb-event-store.ts';
import { createTable } from './table.ts';
import { clientOf } from './test-table.fixture.ts';

const table = 'events';

describe('The DynamoDB store', () => {
  let emulator: DynamoDbEmulator;
  let client: DynamoDBClient;
  beforeAll(async () => {
    emulator = await startDynamoDb();
    client = clientOf(emulator.url);
    await createTable(client, table);
  });
  afterAll(async () => {
    client.destroy();
    await emulator.stop();
  });

  test('works through a document client as well, and leaves its own and the plain one as they were', async () => {
    const documents = DynamoDBDocumentClient.from(client);
    const before = client.middlewareStack.identify();
    const store = createDynamoDbEventStore({ client: documents, table });
    const event = sampleEvent({ stream: 'documents' });
    expect(await store.insert(event)).toEqual({ inserted: true });
    expect(await store.insert(event)).toEqual({ inserted: false, existing: event });
    expect(await store.read('documents')).toEqual([event]);
    expect(store.clockSkew?.()).toBeDefined();
    expect(client.middlewareStack.identify()).toEqual(before);
  });

  test('a stream is read with strong consistency', async () => {
    const watched = clientOf(emulator.url);
    const inputs: object[] = [];
    watched.middlewareStack.add(
      (next) => (args) => {
        inputs.push(args.input);
        return next(args);
      },
      { step: 'initialize' },
    );
    await createDynamoDbEventStore({ client: watched, table }).read('s');
    expect(inputs).toEqual([expect.objectContaining({ TableName: table, ConsistentRead: true })]);
    watched.destroy();
  });

  test('where the refusal does not carry the item in the way, it is read', async () => {
    const silent = clientOf(emulator.url);
    silent.middlewareStack.add(
      (next) => (args) => {
        if ('ReturnValuesOnConditionCheckFailure' in args.input)
          args.input.ReturnValuesOnConditionCheckFailure = 'NONE';
        return next(args);
      },
      { step: 'initialize' },
    );
    const store = createDynamoDbEventStore({ client: silent, table });
    const event = sampleEvent({ stream: 'silent' });
    await store.insert(event);
    expect(await store.insert(event)).toEqual({ inserted: false, existing: event });
    silent.destroy();
  });

  test.each([
    ['whose answer is lost', 'alreadyAppended', { kind: 'resetAfter' }],
    ['that never arrived', 'appended', { kind: 'resetBefore' }],
    ['that was throttled', 'appended', { kind: 'throttle' }],
  ] as const)(
    'a command’s write %s is sent again by the SDK: it is %s, and one event',
    async (_, kind, fault) => {
      const usual = clientOf(emulator.url, clientDefaults);
      const store = createDynamoDbEventStore({ client: usual, table });
      const service = createService({
        aggregate: transaction,
        store,
        origin: 'aws-us-east-1.1',
        assignment: '1.aws-us-east-1',
        runtime: systemRuntime,
      });
      let writes = 0;
      emulator.fault = ({ name }) => (name === 'PutItem' && ++writes === 1 ? fault : undefined);
      const stream = uniqueName('stream');
      const command = { type: 'create', account_id: 'a', amount: '1.00', currency: 'USD' } as const;
      const outcome = await service.execute({ stream, account: 'a', commandId: 'c', command });
      emulator.fault = undefined;
      expect([outcome.kind, writes]).toEqual([kind, 2]);
      expect(await store.read(stream)).toEqual(['event' in outcome && outcome.event]);
      usual.destroy();
    },
  );

  test('without retries of the client a lost acknowledgement is unavailable, and the event is in', async () => {
    const once = clientOf(emulator.url, { maxAttempts: 1 });
    const store = createDynamoDbEventStore({ client: once, table });
    const event = sampleEvent({ stream: 'once' });
    emulator.fault = () => ({ kind: 'resetAfter' });
    await expect(store.insert(event)).rejects.toMatchObject({ code: 'store_unavailable' });
    emulator.fault = undefined;
    expect(await store.insert(event)).toEqual({ inserted: false, existing: event });
    once.destroy();
  });

  test.each([
    ['AccessDeniedException', 400, 'store_misconfigured'],
    ['UnrecognizedClientException', 400, 'store_misconfigured'],
    ['ThrottlingException', 400, 'store_unavailable'],
    ['RequestLimitExceeded', 400, 'store_unavailable'],
    ['InternalServerError', 500, 'store_unavailable'],
    ['ServiceUnavailable', 503, 'store_unavailable'],
  ])('%s (%i) is told as %s by every method', async (code, status, told) => {
    const once = clientOf(emulator.url, { maxAttempts: 1 });
    const store = createDynamoDbEventStore({ client: once, table });
    emulator.fault = () => ({ kind: 'answer', status, code, message: 'No.' });
    const attempts = await Promise.allSettled([
      store.insert(sampleEvent({ stream: 'faulty' })),
      store.read('faulty'),
      store.list({ account: 'acc_1', limit: 1 }),
      store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 1, limit: 1 }),
    ]);
    emulator.fault = undefined;
    for (const attempt of attempts) {
      const reason: unknown = attempt.status === 'rejected' ? attempt.reason : undefined;
      expect(reason).toBeInstanceOf(TwinlogError);
      expect(reason).toMatchObject({ code: told, cause: { name: code } });
    }
    once.destroy();
  });

  test.each([
    ['Nesting Levels have exceeded supported limits', 'event_refused'],
    ['One or more parameter values were invalid: Missing the key pk in the item', 'store_misconfigured'],
    [
      'One or more parameter values were invalid: Type mismatch for key place expected: N actual: S',
      'store_misconfigured',
    ],
    ['The provided key element does not match the schema', 'store_misconfigured'],
  ])('a write that is invalid (%s) is told as %s', async (message, code) => {
    const once = clientOf(emulator.url, { maxAttempts: 1 });
    const store = createDynamoDbEventStore({ client: once, table });
    emulator.fault = () => ({ kind: 'answer', status: 400, code: 'ValidationException', message });
    const inserting = store.insert(sampleEvent({ stream: 'invalid' }));
    await expect(inserting).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    await expect(store.read('invalid')).rejects.toMatchObject({ code: 'store_misconfigured' });
    emulator.fault = undefined;
    once.destroy();
  });

  test('a table that does not exist is told as a misconfiguration that names it', async () => {
    const store = createDynamoDbEventStore({ client, table: 'nowhere' });
    await expect(store.read('s')).rejects.toMatchObject({
      code: 'store_misconfigured',
      message: expect.stringContaining('"nowhere"'),
    });
  });
});
