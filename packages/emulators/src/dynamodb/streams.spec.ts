import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type ShardIteratorType,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestDatabase, TABLE, type TestDatabase } from './test-database.ts';

const HOUR_MS = 60 * 60 * 1000;
let now: number;
let database: TestDatabase;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 2, 12, 0, 0, 900);
  database = await startTestDatabase({ now: () => now, shards: 3 });
});
afterEach(() => database.stop());

async function iterator(
  shardId: string | undefined,
  type: ShardIteratorType,
  sequence?: string,
): Promise<string> {
  const { ShardIterator } = await database.streams.send(
    new GetShardIteratorCommand({
      ...{ StreamArn: database.streamArn, ShardId: shardId, ShardIteratorType: type },
      ...(sequence === undefined ? {} : { SequenceNumber: sequence }),
    }),
  );
  return ShardIterator ?? '';
}

async function read(
  from: string,
  limit?: number,
): Promise<{ sks: string[]; sequences: string[]; next?: string }> {
  const page = await database.streams.send(new GetRecordsCommand({ ShardIterator: from, Limit: limit }));
  const records = page.Records ?? [];
  return {
    sks: records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S ?? ''),
    sequences: records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ''),
    ...(page.NextShardIterator === undefined ? {} : { next: page.NextShardIterator }),
  };
}

/** The shard that holds the items of one partition. */
async function shardOf(pk: string): Promise<string | undefined> {
  const [shards, records] = [await database.shards(), await database.records()];
  return shards[records.findIndex((list) => list.some(({ dynamodb }) => dynamodb?.Keys?.pk?.S === pk))]
    ?.ShardId;
}

test('a record has the shape that the service gives it', async () => {
  await database.client.send(
    new PutItemCommand({
      TableName: TABLE,
      Item: { pk: { S: 'p' }, sk: { S: '1' }, raw: { B: Buffer.from([0, 255]) }, n: { N: '101' } },
    }),
  );
  const record = (await database.records()).flat()[0];
  expect(record).toEqual({
    eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: new Date(Date.UTC(2026, 0, 2, 12)),
      Keys: { pk: { S: 'p' }, sk: { S: '1' } },
      NewImage: { pk: { S: 'p' }, sk: { S: '1' }, raw: { B: Uint8Array.of(0, 255) }, n: { N: '101' } },
      SequenceNumber: expect.stringMatching(/^\d{21}$/),
      SizeBytes: 6 + (6 + 5 + 4),
      StreamViewType: 'NEW_IMAGE',
    },
  });
});

test('500 puts leave 500 records, spread over the shards and in order within each partition', async () => {
  const partitions = Array.from({ length: 20 }, (_, n) => `partition ${n}`);
  await Promise.all(
    partitions.map(async (pk) => {
      for (let n = 0; n < 25; n += 1) await database.put(pk, String(n).padStart(3, '0'));
    }),
  );
  const shards = await database.records();
  const records = shards.flat();
  expect(records).toHaveLength(500);
  expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(500);
  expect(shards.every((shard) => shard.length > 0)).toBe(true);
  for (const pk of partitions) {
    const homes = shards.filter((shard) => shard.some(({ dynamodb }) => dynamodb?.Keys?.pk?.S === pk));
    expect(homes).toHaveLength(1);
    const own = records.filter(({ dynamodb }) => dynamodb?.Keys?.pk?.S === pk);
    expect(own.map(({ dynamodb }) => Number(dynamodb?.Keys?.sk?.S))).toEqual(
      partitions.length ? range(25) : [],
    );
    const sequences = own.map(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0));
    expect(sequences).toEqual([...sequences].sort((left, right) => (left < right ? -1 : 1)));
  }
});

function range(length: number): number[] {
  return Array.from({ length }, (_, n) => n);
}

test('the four kinds of iterator begin where they say, and pages go on from each other', async () => {
  for (const sk of ['1', '2', '3', '4']) await database.put('p', sk);
  const shard = await shardOf('p');
  const first = await read(await iterator(shard, 'TRIM_HORIZON'), 3);
  expect(first.sks).toEqual(['1', '2', '3']);
  expect((await read(first.next ?? '')).sks).toEqual(['4']);
  expect((await read(await iterator(shard, 'AT_SEQUENCE_NUMBER', first.sequences[1]))).sks).toEqual([
    '2',
    '3',
    '4',
  ]);
  expect((await read(await iterator(shard, 'AFTER_SEQUENCE_NUMBER', first.sequences[1]))).sks).toEqual([
    '3',
    '4',
  ]);
  const latest = await iterator(shard, 'LATEST');
  await database.put('p', '5');
  expect((await read(latest)).sks).toEqual(['5']);
});

test('a split closes the parent and its children carry on', async () => {
  await database.put('p', '1');
  const parent = await shardOf('p');
  database.emulator.splitShard(TABLE, parent);
  await database.put('p', '2');
  const shards = await database.shards();
  const children = shards.filter(({ ParentShardId }) => ParentShardId === parent);
  expect(children).toHaveLength(2);
  const ended = shards.find(({ ShardId }) => ShardId === parent)?.SequenceNumberRange;
  expect(ended?.EndingSequenceNumber).toMatch(/^\d{21}$/);
  expect(await read(await iterator(parent, 'TRIM_HORIZON'))).toMatchObject({ sks: ['1'] });
  expect((await read(await iterator(parent, 'TRIM_HORIZON'))).next).toBeUndefined();
  const carried = await Promise.all(
    children.map(async (one) => read(await iterator(one.ShardId, 'TRIM_HORIZON'))),
  );
  expect(carried.flatMap(({ sks }) => sks)).toEqual(['2']);
});

test('records past their retention are gone: old positions are refused and the trim horizon has moved', async () => {
  await database.put('p', 'old');
  const shard = await shardOf('p');
  const start = await iterator(shard, 'TRIM_HORIZON');
  const { sequences } = await read(start);
  now += 24 * HOUR_MS + 1;
  await database.put('p', 'new');
  expect((await read(await iterator(shard, 'TRIM_HORIZON'))).sks).toEqual(['new']);
  const refused = { name: 'TrimmedDataAccessException' };
  await expect(iterator(shard, 'AFTER_SEQUENCE_NUMBER', sequences[0])).rejects.toMatchObject(refused);
});

test('an iterator whose next record was trimmed before it was used is refused', async () => {
  await database.put('p', 'old');
  now += 24 * HOUR_MS - 60_000;
  const start = await iterator(await shardOf('p'), 'TRIM_HORIZON');
  now += 2 * 60_000;
  await expect(read(start)).rejects.toMatchObject({ name: 'TrimmedDataAccessException' });
});

test('an iterator expires after 15 minutes', async () => {
  const [shard] = await database.shards();
  const start = await iterator(shard?.ShardId, 'LATEST');
  now += 15 * 60_000;
  await read(start);
  now += 1;
  await expect(read(start)).rejects.toMatchObject({ name: 'ExpiredIteratorException' });
});

test('a closed shard disappears once all it held is past retention', async () => {
  const [parent] = await database.shards();
  database.emulator.splitShard(TABLE, parent?.ShardId);
  expect(await database.shards()).toHaveLength(5);
  now += 24 * HOUR_MS + 1;
  const left = await database.shards();
  expect(left).toHaveLength(4);
  expect(left.map(({ ShardId }) => ShardId)).not.toContain(parent?.ShardId);
});

test('streams are listed by table, and shards and streams that do not exist are refused', async () => {
  const { Streams } = await database.streams.send(new ListStreamsCommand({ TableName: TABLE }));
  expect(Streams?.map(({ StreamArn }) => StreamArn)).toEqual([database.streamArn]);
  expect((await database.streams.send(new ListStreamsCommand({ TableName: 'other' }))).Streams).toEqual([]);
  const refused = { name: 'ResourceNotFoundException' };
  await expect(iterator('shardId-00000000000000000000-00000000', 'LATEST')).rejects.toMatchObject(refused);
  const unknown = new DescribeStreamCommand({ StreamArn: `${database.streamArn}0` });
  await expect(database.streams.send(unknown)).rejects.toMatchObject(refused);
});

test('shards are described by page', async () => {
  const page = (after?: string) =>
    database.streams.send(
      new DescribeStreamCommand({ StreamArn: database.streamArn, Limit: 2, ExclusiveStartShardId: after }),
    );
  const first = (await page()).StreamDescription;
  const second = (await page(first?.LastEvaluatedShardId)).StreamDescription;
  const ids = [...(first?.Shards ?? []), ...(second?.Shards ?? [])].map(({ ShardId }) => ShardId);
  expect(ids).toEqual((await database.shards()).map(({ ShardId }) => ShardId));
  expect(second?.LastEvaluatedShardId).toBeUndefined();
});
