import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { insert, startTestDatabase, TABLE, type TestDatabase } from './test-database.ts';

const NOON = Date.UTC(2026, 0, 2, 12);
let database: TestDatabase;
let client: DynamoDBClient;
let now: () => number;

beforeEach(async () => {
  now = Date.now;
  database = await startTestDatabase({ now: () => now() });
  client = database.client;
});
afterEach(() => database.stop());

test('a table describes its stream when it is created and when it is asked later', async () => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
  expect(Table).toMatchObject({
    TableStatus: 'ACTIVE',
    LatestStreamArn: database.streamArn,
    LatestStreamLabel: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  });
  expect(database.streamArn).toBe(`${Table?.TableArn}/stream/${Table?.LatestStreamLabel}`);
});

test('of 20 conditional puts for one key exactly one wins, and every loser is handed the item of the winner', async () => {
  const attempts = Array.from({ length: 20 }, (_, n) => client.send(insert('one', `writer ${n}`)));
  const outcomes = await Promise.allSettled(attempts);
  const { Item } = await client.send(
    new GetItemCommand({ TableName: TABLE, Key: { pk: { S: 'one' }, sk: { S: '1' } }, ConsistentRead: true }),
  );
  const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(lost).toHaveLength(19);
  for (const error of lost) {
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error.Item).toEqual(Item);
  }
  expect((await database.records()).flat()).toHaveLength(1);
});

test('the document client is handed the item in the way as plain data', async () => {
  const documents = DynamoDBDocumentClient.from(client);
  const put = new PutCommand({
    TableName: TABLE,
    Item: { pk: 'doc', sk: '1', amount: 12 },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  await documents.send(put);
  await expect(documents.send(put)).rejects.toMatchObject({
    Item: { pk: { S: 'doc' }, amount: { N: '12' } },
  });
  const { Item } = await documents.send(new GetCommand({ TableName: TABLE, Key: { pk: 'doc', sk: '1' } }));
  expect(Item).toEqual({ pk: 'doc', sk: '1', amount: 12 });
});

test('a write consumes a unit per KB and one more for each index it touches', async () => {
  const write = (item: Record<string, { S: string }>, detail: 'TOTAL' | 'INDEXES') =>
    client.send(
      new PutItemCommand({
        ...{ TableName: TABLE, Item: { sk: { S: '1' }, ...item }, ReturnConsumedCapacity: detail },
      }),
    );
  expect((await write({ pk: { S: 'plain' } }, 'TOTAL')).ConsumedCapacity).toEqual({
    ...{ TableName: TABLE, CapacityUnits: 1 },
  });
  const big = { pk: { S: 'big' }, account: { S: 'a' }, text: { S: 'é'.repeat(512) } };
  expect((await write(big, 'INDEXES')).ConsumedCapacity).toEqual({
    ...{ TableName: TABLE, CapacityUnits: 3, Table: { CapacityUnits: 2 } },
    GlobalSecondaryIndexes: { 'by-account': { CapacityUnits: 1 } },
  });
  expect((await write({ ...big, text: { S: 'x' } }, 'TOTAL')).ConsumedCapacity?.CapacityUnits).toBe(2);
  expect((await write({ ...big, account: { S: 'b' } }, 'TOTAL')).ConsumedCapacity?.CapacityUnits).toBe(4);
});

test('a query that finds nothing consumes one read unit, or half of one if it may be stale', async () => {
  const query = (consistent: boolean) =>
    client.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'nobody' } },
        ConsistentRead: consistent,
        ReturnConsumedCapacity: 'INDEXES',
      }),
    );
  expect((await query(true)).ConsumedCapacity).toMatchObject({
    CapacityUnits: 1,
    Table: { CapacityUnits: 1 },
  });
  expect((await query(false)).ConsumedCapacity).toMatchObject({ CapacityUnits: 0.5 });
});

test('update, delete and batch leave records too, and a write that changes nothing leaves none', async () => {
  const Key = { pk: { S: 'p' }, sk: { S: '1' } };
  const update = new UpdateItemCommand({
    ...{
      TableName: TABLE,
      Key,
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: '7' } },
    },
  });
  await client.send(
    new BatchWriteItemCommand({ RequestItems: { [TABLE]: [{ PutRequest: { Item: Key } }] } }),
  );
  await client.send(update);
  await client.send(update);
  await client.send(new DeleteItemCommand({ TableName: TABLE, Key }));
  await client.send(new DeleteItemCommand({ TableName: TABLE, Key }));
  const records = (await database.records()).flat();
  expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
  expect(records[1]?.dynamodb?.NewImage).toEqual({ ...Key, n: { N: '7' } });
  expect(records[2]?.dynamodb?.NewImage).toBeUndefined();
});

test('an item above 400 KB of UTF-8 is refused', async () => {
  const Item = { pk: { S: 'p' }, sk: { S: '1' }, text: { S: 'é'.repeat(205 * 1024) } };
  await expect(client.send(new PutItemCommand({ TableName: TABLE, Item }))).rejects.toMatchObject({
    ...{ name: 'ValidationException', message: 'Item size has exceeded the maximum allowed size' },
  });
});

test('every answer carries the date of the injected clock, a request id and a checksum', async () => {
  now = () => NOON;
  const answer = await fetch(database.emulator.url, {
    method: 'POST',
    headers: {
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      authorization: 'AWS4-HMAC-SHA256 Credential=any',
    },
    body: '{}',
  });
  expect(await answer.json()).toEqual({ TableNames: [TABLE] });
  expect(answer.headers.get('date')).toBe('Fri, 02 Jan 2026 12:00:00 GMT');
  expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9A-Z]{52}$/);
  expect(answer.headers.get('x-amz-crc32')).toMatch(/^\d+$/);
});

test('an unsigned request is refused by both APIs', async () => {
  for (const target of ['DynamoDB_20120810.ListTables', 'DynamoDBStreams_20120810.ListStreams']) {
    const answer = await fetch(database.emulator.url, {
      ...{ method: 'POST', headers: { 'x-amz-target': target }, body: '{}' },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      __type: 'com.amazon.coral.service#MissingAuthenticationTokenException',
    });
  }
});

test('a deleted table is gone at once, and its stream stays readable', async () => {
  await client.send(insert('before', 'me'));
  await client.send(new DeleteTableCommand({ TableName: TABLE }));
  await expect(client.send(insert('after', 'me'))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect((await database.records()).flat()).toHaveLength(1);
});

test('a table is protected as it was asked to be, and cannot be deleted until that is lifted', async () => {
  await client.send(
    new CreateTableCommand({
      TableName: 'protected',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      DeletionProtectionEnabled: true,
      SSESpecification: { Enabled: true },
    }),
  );
  const name = { TableName: 'protected' };
  expect((await client.send(new DescribeTableCommand(name))).Table).toMatchObject({
    DeletionProtectionEnabled: true,
    SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
  });
  const recovery = { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };
  const status = async () =>
    (await client.send(new DescribeContinuousBackupsCommand(name))).ContinuousBackupsDescription
      ?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  expect(await status()).toBe('DISABLED');
  await client.send(new UpdateContinuousBackupsCommand({ ...name, ...recovery }));
  expect(await status()).toBe('ENABLED');
  await expect(client.send(new DeleteTableCommand(name))).rejects.toMatchObject({
    message: expect.stringContaining('protected against deletion'),
  });
  await client.send(new UpdateTableCommand({ ...name, DeletionProtectionEnabled: false }));
  await client.send(new DeleteTableCommand(name));
});

test('a stream can be switched off and a new one on', async () => {
  const update = (on: boolean) =>
    client.send(
      new UpdateTableCommand({
        TableName: TABLE,
        StreamSpecification: on
          ? { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' }
          : { StreamEnabled: false },
      }),
    );
  expect((await update(false)).TableDescription?.StreamSpecification).toBeUndefined();
  await client.send(insert('unrecorded', 'me'));
  expect((await database.records()).flat()).toEqual([]);
  now = () => NOON;
  const { TableDescription } = await update(true);
  expect(TableDescription?.LatestStreamArn).toMatch(/stream\/2026-01-02T12:00:00\.000$/);
});
