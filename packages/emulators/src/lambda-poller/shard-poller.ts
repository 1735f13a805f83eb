import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { deliverBatch } from './batch-delivery.ts';
import { sequenceNumber, toEventRecord } from './event-record.ts';
import type { Mapping } from './mapping.ts';

/** GetRecords hands out no more at once. */
const MAX_PAGE = 1000;
/** Payload limit of a synchronous invocation. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

interface Gathered {
  readonly records: readonly DynamoDBRecord[];
  /** Where to read on; `undefined` once a closed shard is read to its end. */
  readonly next: string | undefined;
}

/** Polls one shard until it ends or the poller stops. One batch at a time: that is what keeps the order. */
export async function pollShard(mapping: Mapping, shardId: string): Promise<void> {
  let iterator: string | undefined;
  let fromHorizon = false;
  let failures = 0;
  while (!mapping.stopping.aborted) {
    let gathered: Gathered;
    try {
      iterator ??= await openIterator(mapping, shardId, fromHorizon);
      gathered = await gather(mapping, iterator);
      failures = 0;
    } catch (error) {
      if (mapping.stopping.aborted) return;
      const name = error instanceof Error ? error.name : '';
      // A shard that is gone has nothing left to deliver; one whose start is gone begins where it can.
      if (name === 'ResourceNotFoundException') return end(mapping, shardId);
      fromHorizon = name === 'TrimmedDataAccessException';
      iterator = undefined;
      failures += 1;
      if (!fromHorizon) await mapping.pulse.wait(mapping.retryDelayMs(failures), mapping.stopping);
      continue;
    }
    const { records, next } = gathered;
    if (!(await deliver(mapping, shardId, records))) return;
    if (next === undefined) return end(mapping, shardId);
    iterator = next;
    fromHorizon = false;
    if (records.length === 0) await mapping.pulse.wait(mapping.pollIntervalMs, mapping.stopping);
  }
}

async function deliver(
  mapping: Mapping,
  shardId: string,
  records: readonly DynamoDBRecord[],
): Promise<boolean> {
  const last = records.at(-1);
  if (last === undefined) return true;
  for (const event of cutBySize(records.filter(mapping.filter))) {
    if (!(await deliverBatch(mapping, shardId, event))) return false;
  }
  await mapping.checkpoints.set(shardId, { position: 'AFTER', sequenceNumber: sequenceNumber(last) });
  return true;
}

async function end(mapping: Mapping, shardId: string): Promise<void> {
  await mapping.checkpoints.set(shardId, { position: 'ENDED' });
  mapping.pulse.poke();
}

async function openIterator(mapping: Mapping, shardId: string, fromHorizon: boolean): Promise<string> {
  const checkpoint = fromHorizon ? undefined : await mapping.checkpoints.get(shardId);
  const from =
    checkpoint?.position === 'AFTER'
      ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: checkpoint.sequenceNumber } as const)
      : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
  const { ShardIterator } = await mapping.streams.send(
    new GetShardIteratorCommand({ StreamArn: mapping.streamArn, ShardId: shardId, ...from }),
    { abortSignal: mapping.stopping },
  );
  return ShardIterator ?? '';
}

/** Reads one page, or pages until the batch is full or its window has passed since the first record. */
async function gather(mapping: Mapping, from: string): Promise<Gathered> {
  const records: DynamoDBRecord[] = [];
  let iterator = from;
  let windowEnds: number | undefined;
  for (;;) {
    const limit = Math.min(mapping.batchSize - records.length, MAX_PAGE);
    const page = await mapping.streams.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }),
      { abortSignal: mapping.stopping },
    );
    records.push(...(page.Records ?? []).map((record) => toEventRecord(record, mapping.streamArn)));
    const next = page.NextShardIterator;
    if (records.length > 0) windowEnds ??= performance.now() + mapping.maximumBatchingWindowMs;
    const left = windowEnds === undefined ? 0 : windowEnds - performance.now();
    if (next === undefined || records.length >= mapping.batchSize || left <= 0) return { records, next };
    iterator = next;
    await mapping.pulse.wait(Math.min(left, mapping.pollIntervalMs), mapping.stopping);
  }
}

function cutBySize(records: readonly DynamoDBRecord[]): readonly (readonly DynamoDBRecord[])[] {
  const events: DynamoDBRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (bytes + size > MAX_EVENT_BYTES) {
      events.push([]);
      bytes = 0;
    }
    events.at(-1)?.push(record);
    bytes += size;
  }
  return events;
}
