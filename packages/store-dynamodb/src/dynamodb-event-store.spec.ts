import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { EventTooLargeError, TwinlogError } from '@twinlog/core';
import {
  describeEventStore,
  describeEventStoreUnderFaults,
  type FaultyStore,
  sampleEvent,
} from '@twinlog/core/testing';
import { type DynamoDbEmulator, type DynamoDbFault, startDynamoDb } from '@twinlog/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoDbEventStore } from './dynamodb-event-store.ts';
import { encodeItem, itemSize, maxItemBytes } from './item.ts';
import { createTable } from './table.ts';

const table = 'events';

function clientOf(url: string, more: { readonly maxAttempts?: number } = {}): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials, ...more });
}

describeEventStore('The DynamoDB store', async () => {
  const emulator = await startDynamoDb();
  const client = clientOf(emulator.url);
  await createTable(client, table);
  return {
    store: createDynamoDbEventStore({ client, table }),
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
});

describeEventStoreUnderFaults('The DynamoDB store', async (): Promise<FaultyStore> => {
  let ahead = 0;
  const emulator = await startDynamoDb({ now: () => Date.now() + ahead });
  const client = clientOf(emulator.url);
  await createTable(client, table);
  let lost = 0;
  let throttled = 0;
  let [reads, writes] = [0, 0];
  emulator.fault = ({ name }): DynamoDbFault | undefined => {
    if (throttled-- > 0) return { kind: 'throttle' };
    return name === 'PutItem' && lost-- > 0 ? { kind: 'resetAfter' } : undefined;
  };
  emulator.onRequest = ({ name }) => {
    if (name === 'Query' || name === 'GetItem') reads += 1;
    else writes += 1;
  };
  return {
    store: createDynamoDbEventStore({ client, table }),
    loseAcknowledgements: (count) => {
      lost = count;
    },
    throttle: (count) => {
      throttled = count;
    },
    cut: () => emulator.cut(),
    restore: () => emulator.restore(),
    setDatabaseAhead: (ms) => {
      ahead = ms;
    },
    requests: () => ({ reads, writes }),
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
});

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

  test('a table that exists is left as it is', async () => {
    await createDynamoDbEventStore({ client, table }).insert(sampleEvent({ stream: 'kept' }));
    await createTable(client, table);
    expect(await createDynamoDbEventStore({ client, table }).read('kept')).toHaveLength(1);
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

  test('an ordinary event costs 2 write units, indexes included, and a create 3', async () => {
    const cost = async (stream: string, seen: string) => {
      const Item = Object.fromEntries(
        Object.entries(encodeItem(sampleEvent({ stream, seen }))).map(([name, S]) => [name, { S }]),
      );
      const put = new PutItemCommand({ TableName: table, Item, ReturnConsumedCapacity: 'TOTAL' });
      return (await client.send(put)).ConsumedCapacity?.CapacityUnits;
    };
    expect(await cost('cost-1', 'aws-us-east-1.1=1')).toBe(2);
    expect(await cost('cost-2', '')).toBe(3);
  });

  test('an item of 400 KB is kept, and one byte more refused before anything is sent', async () => {
    const store = createDynamoDbEventStore({ client, table });
    const eventOf = (stream: string, bytes: number) => {
      const data = (note: string) => ({ ...sampleEvent({ stream, at: 1_000 }), data: { note } });
      return data('x'.repeat(bytes - itemSize(encodeItem(data('')))));
    };
    const largest = eventOf('large-1', maxItemBytes);
    expect(await store.insert(largest)).toEqual({ inserted: true });
    expect(await store.read('large-1')).toEqual([largest]);
    let requests = 0;
    emulator.onRequest = () => {
      requests += 1;
    };
    await expect(store.insert(eventOf('large-2', maxItemBytes + 1))).rejects.toThrow(EventTooLargeError);
    emulator.onRequest = undefined;
    expect(requests).toBe(0);
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

  test('a table that does not exist is told as a misconfiguration that names it', async () => {
    const store = createDynamoDbEventStore({ client, table: 'nowhere' });
    await expect(store.read('s')).rejects.toMatchObject({
      code: 'store_misconfigured',
      message: expect.stringContaining('"nowhere"'),
    });
  });
});
