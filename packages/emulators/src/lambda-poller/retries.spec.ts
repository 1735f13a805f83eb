import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../dynamodb/test-database.ts';
import { collect, sortKeys } from './deliveries.ts';
import { sequenceNumber } from './event-record.ts';
import type { FailureRecord } from './failure-record.ts';
import { type LambdaPoller, startLambdaPoller } from './lambda-poller.ts';
import type { BatchReport, LambdaPollerOptions } from './mapping.ts';

let database: TestDatabase;
let poller: LambdaPoller | undefined;

beforeEach(async () => {
  database = await startTestDatabase({ shards: 1 });
  for (const sk of ['1', '2', '3', '4', '5', '6', '7', '8']) await database.put('p', sk);
});
afterEach(async () => {
  await poller?.stop({ hard: true });
  await database.stop();
});

function start(options: Pick<LambdaPollerOptions, 'handler'> & Partial<LambdaPollerOptions>): void {
  const { streams, streamArn } = database;
  poller = startLambdaPoller({ streams, streamArn, pollIntervalMs: 10, retryDelayMs: () => 1, ...options });
}

function refusePoison(poison: string): (event: { Records: readonly DynamoDBRecord[] }) => Promise<void> {
  return async ({ Records }) => {
    if (sortKeys(Records).includes(poison)) throw new Error(`cannot take ${poison}`);
  };
}

function outcomes(reports: readonly BatchReport[]): readonly (readonly [string, string, number])[] {
  return reports.map(
    ({ outcome, records, retries }) => [outcome, sortKeys(records).join(''), retries] as const,
  );
}

test('a batch whose function throws is retried whole, with nothing behind it delivered before', async () => {
  const reports = collect<BatchReport>();
  let attempts = 0;
  start({
    batchSize: 4,
    onBatch: reports.add,
    handler: async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('not yet');
    },
  });
  await reports.until((all) => all.filter(({ outcome }) => outcome === 'succeeded').length === 2);
  expect(outcomes(reports.all)).toEqual([
    ['failed', '1234', 0],
    ['failed', '1234', 1],
    ['succeeded', '1234', 2],
    ['succeeded', '5678', 0],
  ]);
});

test('with bisection and bounded retries a poison record reaches the failure destination alone', async () => {
  const reports = collect<BatchReport>();
  const failures = collect<FailureRecord>();
  start({
    ...{ bisectBatchOnFunctionError: true, maximumRetryAttempts: 2, functionName: 'relay' },
    onBatch: reports.add,
    onFailure: failures.add,
    handler: refusePoison('3'),
  });
  await reports.until((all) =>
    all.some(({ records }) => sortKeys(records).includes('8') && records.length === 4),
  );
  expect(outcomes(reports.all)).toEqual([
    ['failed', '12345678', 0],
    ['failed', '1234', 0],
    ['succeeded', '12', 0],
    ['failed', '34', 0],
    ['failed', '3', 0],
    ['failed', '3', 1],
    ['failed', '3', 2],
    ['discarded', '3', 2],
    ['succeeded', '4', 0],
    ['succeeded', '5678', 0],
  ]);
  const poison = (await database.records()).flat()[2]?.dynamodb;
  expect(failures.all).toEqual([
    {
      requestContext: {
        requestId: expect.any(String),
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:relay',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: expect.stringMatching(/Z$/),
      DDBStreamBatchInfo: {
        shardId: (await database.shards())[0]?.ShardId,
        startSequenceNumber: poison?.SequenceNumber,
        endSequenceNumber: poison?.SequenceNumber,
        approximateArrivalOfFirstRecord: poison?.ApproximateCreationDateTime?.toISOString(),
        approximateArrivalOfLastRecord: poison?.ApproximateCreationDateTime?.toISOString(),
        batchSize: 1,
        streamArn: database.streamArn,
      },
      payload: expect.stringContaining('"INSERT"'),
    },
  ]);
  expect(sortKeys(JSON.parse(failures.all[0]?.payload ?? '').Records)).toEqual(['3']);
});

test('without bisection, exhausted retries give up the whole batch and go on behind it', async () => {
  const reports = collect<BatchReport>();
  start({ batchSize: 4, maximumRetryAttempts: 1, onBatch: reports.add, handler: refusePoison('3') });
  await reports.until((all) => all.length === 4);
  expect(outcomes(reports.all)).toEqual([
    ['failed', '1234', 0],
    ['failed', '1234', 1],
    ['discarded', '1234', 1],
    ['succeeded', '5678', 0],
  ]);
});

test('a report of failures keeps what is before the lowest and retries everything from it on', async () => {
  const reports = collect<BatchReport>();
  let reported = false;
  start({
    functionResponseTypes: ['ReportBatchItemFailures'],
    onBatch: reports.add,
    handler: async ({ Records }) => {
      if (reported) return { batchItemFailures: [] };
      reported = true;
      const named = Records.filter((record) => ['5', '7'].includes(sortKeys([record])[0] ?? '')).reverse();
      return { batchItemFailures: named.map((record) => ({ itemIdentifier: sequenceNumber(record) })) };
    },
  });
  await reports.until((all) => all.length === 2);
  expect(outcomes(reports.all)).toEqual([
    ['partial', '12345678', 0],
    ['succeeded', '5678', 1],
  ]);
});

test('what a report of failures let pass is not delivered again after a hard stop', async () => {
  const begun = collect<string>();
  start({
    functionResponseTypes: ['ReportBatchItemFailures'],
    handler: async ({ Records }) => {
      begun.add(sortKeys(Records).join(''));
      if (begun.all.length === 2) await new Promise(() => {});
      const fifth = Records.find((record) => sortKeys([record])[0] === '5');
      return { batchItemFailures: fifth === undefined ? [] : [{ itemIdentifier: sequenceNumber(fifth) }] };
    },
  });
  await begun.until((all) => all.length === 2);
  await poller?.stop({ hard: true });
  poller?.start();
  expect((await begun.until((all) => all.length >= 3)).slice(0, 3)).toEqual(['12345678', '5678', '5678']);
});

test('a report of failures is ignored unless the mapping asks for it', async () => {
  const reports = collect<BatchReport>();
  start({ onBatch: reports.add, handler: async () => ({ batchItemFailures: [{ itemIdentifier: '' }] }) });
  expect(outcomes(await reports.until((all) => all.length === 1))).toEqual([['succeeded', '12345678', 0]]);
});

test('with reports and bisection together, a poison record is isolated too', async () => {
  const reports = collect<BatchReport>();
  const failures = collect<FailureRecord>();
  start({
    ...{ bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 },
    functionResponseTypes: ['ReportBatchItemFailures'],
    onBatch: reports.add,
    onFailure: failures.add,
    handler: async ({ Records }) => ({
      batchItemFailures: Records.filter((record) => sortKeys([record])[0] === '3').map((record) => ({
        itemIdentifier: sequenceNumber(record),
      })),
    }),
  });
  await reports.until((all) => all.some(({ records }) => sortKeys(records).join('') === '678'));
  expect(outcomes(reports.all)).toEqual([
    ['partial', '12345678', 0],
    ['failed', '345678', 0],
    ['failed', '345', 0],
    ['failed', '34', 0],
    ['failed', '3', 0],
    ['discarded', '3', 0],
    ['succeeded', '4', 0],
    ['succeeded', '5', 0],
    ['succeeded', '678', 0],
  ]);
  expect(failures.all.map(({ DDBStreamBatchInfo }) => DDBStreamBatchInfo.batchSize)).toEqual([1]);
});

test('records beyond the maximum age are given up, before or between invocations', async () => {
  let now = Date.now();
  const reports = collect<BatchReport>();
  const failures = collect<FailureRecord>();
  start({
    ...{ maximumRecordAgeMs: 60_000, now: () => now },
    onBatch: reports.add,
    onFailure: failures.add,
    handler: async () => {
      now += 61_000;
      throw new Error('never');
    },
  });
  await reports.until((all) => all.length === 2);
  expect(outcomes(reports.all)).toEqual([
    ['failed', '12345678', 0],
    ['discarded', '12345678', 1],
  ]);
  expect(failures.all[0]?.requestContext).toMatchObject({
    condition: 'RecordAgeExceeded',
    approximateInvokeCount: 1,
  });
});

test('an invocation beyond its time limit has failed', async () => {
  const reports = collect<BatchReport>();
  let invocations = 0;
  start({
    timeoutMs: 20,
    onBatch: reports.add,
    handler: async () => {
      invocations += 1;
      if (invocations === 1) await new Promise(() => {});
    },
  });
  await reports.until((all) => all.length === 2);
  expect(outcomes(reports.all)).toEqual([
    ['failed', '12345678', 0],
    ['succeeded', '12345678', 1],
  ]);
  expect(reports.all[0]?.error).toMatchObject({ message: 'Task timed out after 0.02 seconds' });
});

test('a poke cuts the wait for a retry short', async () => {
  const reports = collect<BatchReport>();
  let attempts = 0;
  start({
    retryDelayMs: () => 60 * 60 * 1000,
    onBatch: (report) => {
      reports.add(report);
      setImmediate(() => poller?.poke());
    },
    handler: async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('once');
    },
  });
  await reports.until((all) => all.length === 2);
  expect(outcomes(reports.all)[1]).toEqual(['succeeded', '12345678', 1]);
});
