import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestDatabase, TABLE, type TestDatabase } from '../dynamodb/test-database.ts';
import { createCheckpoints } from './checkpoints.ts';
import { collect, sortKeys } from './deliveries.ts';
import { type LambdaPoller, startLambdaPoller } from './lambda-poller.ts';
import type { LambdaPollerOptions } from './mapping.ts';

let database: TestDatabase;
let pollers: LambdaPoller[];

beforeEach(async () => {
  database = await startTestDatabase({ shards: 2 });
  pollers = [];
});
afterEach(async () => {
  await Promise.all(pollers.map((poller) => poller.stop({ hard: true })));
  await database.stop();
});

function start(options: Pick<LambdaPollerOptions, 'handler'> & Partial<LambdaPollerOptions>): LambdaPoller {
  const { streams, streamArn } = database;
  const poller = startLambdaPoller({ streams, streamArn, pollIntervalMs: 10, ...options });
  pollers.push(poller);
  return poller;
}

test('the event has the shape that Lambda gives it', async () => {
  const events = collect<DynamoDBStreamEvent>();
  start({ handler: async (event) => events.add(event) });
  await database.client.send(
    new PutItemCommand({
      TableName: TABLE,
      Item: { pk: { S: 'p' }, sk: { S: '1' }, raw: { B: Buffer.from([0, 255]) }, deep: { L: [{ N: '1' }] } },
    }),
  );
  const [event] = await events.until((all) => all.length > 0);
  expect(event).toEqual({
    Records: [
      {
        eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'us-east-1',
        dynamodb: {
          ApproximateCreationDateTime: expect.closeTo(Date.now() / 1000, -2),
          Keys: { pk: { S: 'p' }, sk: { S: '1' } },
          NewImage: { pk: { S: 'p' }, sk: { S: '1' }, raw: { B: 'AP8=' }, deep: { L: [{ N: '1' }] } },
          SequenceNumber: expect.stringMatching(/^\d{21}$/),
          SizeBytes: expect.any(Number),
          StreamViewType: 'NEW_IMAGE',
        },
        eventSourceARN: database.streamArn,
      },
    ],
  });
  expect(Number.isInteger(event?.Records[0]?.dynamodb?.ApproximateCreationDateTime)).toBe(true);
});

test('every record is delivered, in order within its partition, in batches of at most the batch size', async () => {
  const batches = collect<readonly DynamoDBRecord[]>();
  for (let n = 0; n < 20; n += 1) {
    await Promise.all(['a', 'b', 'c'].map((pk) => database.put(pk, String(n).padStart(2, '0'))));
  }
  start({ batchSize: 7, handler: async ({ Records }) => batches.add(Records) });
  const all = (await batches.until((list) => list.flat().length === 60)).flat();
  for (const pk of ['a', 'b', 'c']) {
    const own = sortKeys(all.filter(({ dynamodb }) => dynamodb?.Keys?.pk?.S === pk));
    expect(own).toEqual([...own].sort());
    expect(new Set(own).size).toBe(20);
  }
  expect(Math.max(...batches.all.map((batch) => batch.length))).toBe(7);
});

test('a batching window gathers what arrives within it', async () => {
  const batches = collect<readonly string[]>();
  start({
    ...{ batchSize: 3, maximumBatchingWindowMs: 20_000 },
    handler: async ({ Records }) => batches.add(sortKeys(Records)),
  });
  for (const sk of ['1', '2', '3']) await database.put('p', sk);
  expect(await batches.until((all) => all.length > 0)).toEqual([['1', '2', '3']]);
});

test('from LATEST, what was there before is not delivered, even when a stop comes before the first record', async () => {
  const seen = collect<string>();
  await database.put('p', 'before');
  const poller = start({
    startingPosition: 'LATEST',
    handler: async ({ Records }) => {
      for (const sk of sortKeys(Records)) seen.add(sk);
    },
  });
  await poller.ready();
  await poller.stop();
  await database.put('p', 'after');
  poller.start();
  expect(await seen.until((all) => all.length > 0)).toEqual(['after']);
});

test('filtered records are not delivered and do not come again', async () => {
  const seen = collect<string>();
  const checkpoints = createCheckpoints();
  const options = {
    checkpoints,
    filter: ({ dynamodb }: DynamoDBRecord) => dynamodb?.Keys?.sk?.S !== 'skip',
    handler: async ({ Records }: DynamoDBStreamEvent) => {
      for (const sk of sortKeys(Records)) seen.add(sk);
    },
  };
  for (const sk of ['1', 'skip', '2']) await database.put('p', sk);
  const first = start(options);
  await seen.until((all) => all.includes('2'));
  await first.stop();
  start({ ...options, filter: () => true });
  await database.put('p', '3');
  expect(await seen.until((all) => all.includes('3'))).toEqual(['1', '2', '3']);
});

test('after a split, the children are read once the parent is done', async () => {
  const seen = collect<string>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  start({
    batchSize: 1,
    async handler({ Records }) {
      await gate;
      for (const sk of sortKeys(Records)) seen.add(sk);
    },
  });
  await database.put('p', '1');
  await database.put('p', '2');
  for (const { ShardId } of await database.shards()) database.emulator.splitShard(TABLE, ShardId);
  await database.put('p', '3');
  database.emulator.splitShard(TABLE);
  await database.put('p', '4');
  open();
  expect(await seen.until((all) => all.length === 4)).toEqual(['1', '2', '3', '4']);
});

test('a stop waits for the invocation in flight, and the next start goes on behind it', async () => {
  const seen = collect<string>();
  const begun = collect<string>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const poller = start({
    batchSize: 1,
    async handler({ Records }) {
      begun.add('begun');
      await gate;
      for (const sk of sortKeys(Records)) seen.add(sk);
    },
  });
  await database.put('p', '1');
  await database.put('p', '2');
  await begun.until((all) => all.length === 1);
  const stopped = poller.stop();
  open();
  await stopped;
  expect(seen.all).toEqual(['1']);
  poller.start();
  expect(await seen.until((all) => all.length === 2)).toEqual(['1', '2']);
});

test('a hard stop abandons the invocation in flight, so that its records come again', async () => {
  const begun = collect<readonly string[]>();
  let hang = true;
  const poller = start({
    async handler({ Records }) {
      begun.add(sortKeys(Records));
      if (hang) await new Promise(() => {});
    },
  });
  await database.put('p', '1');
  await begun.until((all) => all.length === 1);
  await poller.stop({ hard: true });
  hang = false;
  poller.start();
  expect(await begun.until((all) => all.length === 2)).toEqual([['1'], ['1']]);
});

test('it survives an outage of the database and then goes on where it was', async () => {
  const seen = collect<string>();
  const retries = collect<number>();
  const poller = start({
    retryDelayMs: (retry) => {
      retries.add(retry);
      return 1;
    },
    handler: async ({ Records }) => {
      for (const sk of sortKeys(Records)) seen.add(sk);
    },
  });
  await database.put('p', '1');
  await seen.until((all) => all.length === 1);
  await database.emulator.cut();
  await retries.until((all) => all.includes(2));
  await database.emulator.restore();
  await database.put('p', '2');
  poller.poke();
  expect(await seen.until((all) => all.length === 2)).toEqual(['1', '2']);
});

test('it begins once a database that is away at the start comes back', async () => {
  const seen = collect<string>();
  await database.put('p', '1');
  await database.emulator.cut();
  const retries = collect<number>();
  const poller = start({
    retryDelayMs: (retry) => {
      retries.add(retry);
      return 1;
    },
    handler: async ({ Records }) => {
      for (const sk of sortKeys(Records)) seen.add(sk);
    },
  });
  await retries.until((all) => all.length > 0);
  await database.emulator.restore();
  await poller.ready();
  expect(await seen.until((all) => all.length === 1)).toEqual(['1']);
});

test('when its position was trimmed, it goes on from the trim horizon', async () => {
  let now = Date.now();
  await database.stop();
  database = await startTestDatabase({ now: () => now, shards: 1 });
  const seen = collect<string>();
  const poller = start({
    handler: async ({ Records }) => {
      for (const sk of sortKeys(Records)) seen.add(sk);
    },
  });
  await database.put('p', '1');
  await seen.until((all) => all.length === 1);
  await poller.stop();
  await database.put('p', '2');
  now += 25 * 60 * 60 * 1000;
  await database.put('p', '3');
  poller.start();
  expect(await seen.until((all) => all.includes('3'))).toEqual(['1', '3']);
});
