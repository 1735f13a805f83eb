import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import type { Checkpoint } from './checkpoints.ts';
import type { Mapping } from './mapping.ts';

/** All shards of the stream that can still be read. */
export async function listShards(mapping: Mapping): Promise<readonly Shard[]> {
  const shards: Shard[] = [];
  let after: string | undefined;
  do {
    const page = await mapping.streams.send(
      new DescribeStreamCommand({ StreamArn: mapping.streamArn, ExclusiveStartShardId: after }),
      { abortSignal: mapping.stopping },
    );
    shards.push(...(page.StreamDescription?.Shards ?? []));
    after = page.StreamDescription?.LastEvaluatedShardId;
  } while (after !== undefined);
  return shards;
}

/** Shards that may be polled: not finished, and with no parent that is not. */
export async function pollableShards(mapping: Mapping, shards: readonly Shard[]): Promise<readonly string[]> {
  const pending = new Set<string>();
  for (const { ShardId: id = '' } of shards) {
    if ((await mapping.checkpoints.get(id))?.position !== 'ENDED') pending.add(id);
  }
  return shards
    .filter((shard) => pending.has(shard.ShardId ?? '') && !pending.has(shard.ParentShardId ?? ''))
    .map((shard) => shard.ShardId ?? '');
}

/**
 * Settles `LATEST`, once for the life of the checkpoints: shards that are closed count as done, open ones up to
 * their newest record. A position in the store outlives a stop; an iterator would not.
 */
export async function settleLatest(mapping: Mapping, shards: readonly Shard[]): Promise<void> {
  for (const shard of shards) {
    if ((await mapping.checkpoints.get(shard.ShardId ?? '')) !== undefined) return;
  }
  const settled = await Promise.all(
    shards.map(
      async (shard): Promise<readonly [string, Checkpoint]> => [
        shard.ShardId ?? '',
        await latest(mapping, shard),
      ],
    ),
  );
  for (const [shardId, checkpoint] of settled) await mapping.checkpoints.set(shardId, checkpoint);
}

async function latest(mapping: Mapping, shard: Shard): Promise<Checkpoint> {
  if (shard.SequenceNumberRange?.EndingSequenceNumber !== undefined) return { position: 'ENDED' };
  const { streams, streamArn, stopping: abortSignal } = mapping;
  const start = new GetShardIteratorCommand({
    ...{ StreamArn: streamArn, ShardId: shard.ShardId, ShardIteratorType: 'TRIM_HORIZON' },
  });
  let iterator = (await streams.send(start, { abortSignal })).ShardIterator;
  let newest: string | undefined;
  while (iterator !== undefined) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: iterator }), { abortSignal });
    const last = page.Records?.at(-1);
    if (last === undefined) break;
    newest = last.dynamodb?.SequenceNumber;
    iterator = page.NextShardIterator;
  }
  return newest === undefined ? { position: 'TRIM_HORIZON' } : { position: 'AFTER', sequenceNumber: newest };
}
