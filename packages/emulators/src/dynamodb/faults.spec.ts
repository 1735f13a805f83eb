import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DynamoDbOperation, DynamoDbRequest } from './dynamodb.ts';
import { insert, startTestDatabase, TABLE, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let client: DynamoDBClient;

beforeEach(async () => {
  database = await startTestDatabase();
  client = database.client;
});
afterEach(() => database.stop());

test('when a write is done and its answer lost, the SDK repeats it and meets its own item', async () => {
  let resets = 0;
  database.emulator.fault = ({ name }) => {
    if (name !== 'PutItem' || resets > 0) return undefined;
    resets += 1;
    return { kind: 'resetAfter' };
  };
  await expect(client.send(insert('lost', 'me'))).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    Item: { by: { S: 'me' } },
  });
  expect((await database.records()).flat()).toHaveLength(1);
});

test('when the socket is reset before the write, nothing is written and the SDK repeats it with success', async () => {
  const seen: DynamoDbOperation[] = [];
  database.emulator.fault = (operation) => {
    seen.push(operation);
    return seen.length === 1 ? { kind: 'resetBefore' } : undefined;
  };
  await client.send(insert('again', 'me'));
  expect(seen).toHaveLength(2);
  expect(seen[0]).toEqual({
    ...{ api: 'dynamodb', name: 'PutItem', table: TABLE, key: { pk: { S: 'again' }, sk: { S: '1' } } },
  });
});

test('a throttled request and an injected answer carry the names that the SDK knows', async () => {
  const once = database.impatient;
  database.emulator.fault = () => ({ kind: 'throttle' });
  await expect(once.send(insert('busy', 'me'))).rejects.toMatchObject({
    name: 'ProvisionedThroughputExceededException',
    $metadata: { httpStatusCode: 400 },
  });
  database.emulator.fault = () => ({
    kind: 'answer',
    status: 500,
    code: 'InternalServerError',
    message: 'oh',
  });
  await expect(once.send(insert('busy', 'me'))).rejects.toMatchObject({
    name: 'InternalServerError',
    message: 'oh',
  });
});

test('a delayed request begins later, so that one sent after it goes first', async () => {
  database.emulator.fault = ({ key }) =>
    JSON.stringify(key)?.includes('slow') ? { kind: 'delay', ms: 30 } : undefined;
  const order: string[] = [];
  await Promise.all([
    client.send(insert('slow', 'me')).then(() => order.push('slow')),
    client.send(insert('fast', 'me')).then(() => order.push('fast')),
  ]);
  expect(order).toEqual(['fast', 'slow']);
});

test('cut off, the database answers nobody; restored, it listens on its port with everything it held', async () => {
  await client.send(insert('kept', 'me'));
  await database.emulator.cut();
  const once = database.impatient;
  await expect(once.send(insert('missed', 'me'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await database.emulator.restore();
  await expect(once.send(insert('kept', 'you'))).rejects.toMatchObject({ Item: { by: { S: 'me' } } });
  await once.send(insert('missed', 'me'));
  expect((await database.records()).flat()).toHaveLength(2);
});

test('an outage cuts the answer of a request under way', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  database.emulator.fault = () => {
    arrive();
    return { kind: 'delay', ms: 50 };
  };
  const once = database.impatient;
  const put = expect(once.send(insert('under way', 'me'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  await arrived;
  await database.emulator.cut();
  await put;
});

test('requests are reported with their status and size, a reset one with status 0', async () => {
  const seen: DynamoDbRequest[] = [];
  database.emulator.onRequest = (request) => seen.push(request);
  await client.send(insert('counted', 'me'));
  database.emulator.fault = () => (seen.length === 1 ? { kind: 'resetAfter' } : undefined);
  await expect(client.send(insert('counted', 'me'))).rejects.toThrow();
  expect(seen.map(({ status }) => status)).toEqual([200, 0, 400]);
  expect(seen[0]).toMatchObject({ api: 'dynamodb', name: 'PutItem', table: TABLE, responseBytes: 2 });
  expect(seen[0]?.requestBytes).toBeGreaterThan(100);
});
