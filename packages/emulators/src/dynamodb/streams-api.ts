import { type ChangeStream, ITERATOR_LIFETIME_MS, type Shard } from './change-stream.ts';
import { type Answer, isJsonObject, type JsonObject, objectAt, refusal, textAt } from './wire.ts';

const MAX_RECORDS = 1000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_SHARDS = 100;
const MAX_STREAMS = 100;

/** Answers one operation of `DynamoDBStreams_20120810`. */
export function answerStreams(
  operation: string,
  payload: JsonObject,
  streams: ReadonlyMap<string, ChangeStream>,
  now: number,
): Answer {
  if (operation === 'ListStreams') return listStreams(payload, streams);
  if (operation === 'GetRecords') return getRecords(payload, streams, now);
  const arn = textAt(payload, 'StreamArn') ?? '';
  const stream = streams.get(arn);
  if (operation !== 'DescribeStream' && operation !== 'GetShardIterator') {
    return refusal('UnknownOperationException', `DynamoDB Streams has no operation ${operation}.`);
  }
  if (stream === undefined) {
    return refusal('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
  }
  return operation === 'DescribeStream'
    ? describeStream(payload, stream)
    : getShardIterator(payload, stream, now);
}

function listStreams(payload: JsonObject, streams: ReadonlyMap<string, ChangeStream>): Answer {
  const table = textAt(payload, 'TableName');
  const all = [...streams.values()].filter(
    ({ options }) => table === undefined || options.tableName === table,
  );
  const from = all.findIndex(({ arn }) => arn === payload.ExclusiveStartStreamArn) + 1;
  const page = all.slice(from, from + limit(payload, MAX_STREAMS));
  const last = page.at(-1);
  const more = last !== undefined && last !== all.at(-1);
  return ok({
    Streams: page.map(({ arn, label, options }) => ({
      ...{ StreamArn: arn, StreamLabel: label, TableName: options.tableName },
    })),
    ...(more ? { LastEvaluatedStreamArn: last.arn } : {}),
  });
}

function describeStream(payload: JsonObject, stream: ChangeStream): Answer {
  const filter = objectAt(payload, 'ShardFilter');
  const all = stream
    .shards()
    .filter((shard) => filter.Type !== 'CHILD_SHARDS' || shard.parentId === filter.ShardId);
  const from = all.findIndex(({ id }) => id === payload.ExclusiveStartShardId) + 1;
  const page = all.slice(from, from + limit(payload, MAX_SHARDS));
  const last = page.at(-1);
  return ok({
    StreamDescription: {
      StreamArn: stream.arn,
      StreamLabel: stream.label,
      StreamStatus: stream.enabled ? 'ENABLED' : 'DISABLED',
      StreamViewType: stream.options.viewType,
      CreationRequestDateTime: stream.createdAt / 1000,
      TableName: stream.options.tableName,
      KeySchema: stream.options.keySchema,
      Shards: page.map(describeShard),
      ...(last !== undefined && last !== all.at(-1) ? { LastEvaluatedShardId: last.id } : {}),
    },
  });
}

function describeShard(shard: Shard): JsonObject {
  return {
    ShardId: shard.id,
    SequenceNumberRange: {
      StartingSequenceNumber: String(shard.start),
      ...(shard.end === undefined ? {} : { EndingSequenceNumber: String(shard.end) }),
    },
    ...(shard.parentId === undefined ? {} : { ParentShardId: shard.parentId }),
  };
}

function getShardIterator(payload: JsonObject, stream: ChangeStream, now: number): Answer {
  const id = textAt(payload, 'ShardId') ?? '';
  const shard = stream.shards().find((one) => one.id === id);
  if (shard === undefined) {
    return refusal(
      'ResourceNotFoundException',
      `Requested resource not found: Shard: ${id} in stream: ${stream.arn} not found`,
    );
  }
  const position = startingPosition(payload, shard);
  return typeof position === 'number'
    ? ok({ ShardIterator: iterator(stream, shard, position, now) })
    : position;
}

function startingPosition(payload: JsonObject, shard: Shard): number | Answer {
  const type = textAt(payload, 'ShardIteratorType');
  if (type === 'TRIM_HORIZON') return shard.trimmed;
  if (type === 'LATEST') return shard.trimmed + shard.records.length;
  if (type !== 'AT_SEQUENCE_NUMBER' && type !== 'AFTER_SEQUENCE_NUMBER') {
    return refusal('ValidationException', `ShardIteratorType '${type}' is not one of the four that exist.`);
  }
  const text = textAt(payload, 'SequenceNumber') ?? '';
  const sequence = /^\d{21,40}$/.test(text) ? BigInt(text) : undefined;
  if (sequence === undefined || sequence < shard.start || (shard.end !== undefined && sequence > shard.end)) {
    return refusal('ValidationException', `Invalid SequenceNumber '${text}' for shard ${shard.id}`);
  }
  if (shard.trimmedThrough !== undefined && sequence <= shard.trimmedThrough) return trimmed();
  const found = shard.records.findIndex((record) =>
    type === 'AT_SEQUENCE_NUMBER' ? record.sequence >= sequence : record.sequence > sequence,
  );
  return shard.trimmed + (found === -1 ? shard.records.length : found);
}

function getRecords(payload: JsonObject, streams: ReadonlyMap<string, ChangeStream>, now: number): Answer {
  const claim = readIterator(textAt(payload, 'ShardIterator') ?? '');
  const stream = claim && streams.get(claim.arn);
  if (claim === undefined || stream === undefined)
    return refusal('ValidationException', 'Invalid ShardIterator');
  if (now - claim.issuedAt > ITERATOR_LIFETIME_MS) {
    return refusal(
      'ExpiredIteratorException',
      'Iterator expired. The iterator was created over 15 minutes ago.',
    );
  }
  const shard = stream.shards().find(({ id }) => id === claim.shardId);
  if (shard === undefined || claim.position < shard.trimmed) return trimmed();
  const from = claim.position - shard.trimmed;
  let bytes = 0;
  const page = shard.records.slice(from, from + limit(payload, MAX_RECORDS)).filter(({ size }, n) => {
    bytes += size;
    return n === 0 || bytes <= MAX_ANSWER_BYTES;
  });
  const next = claim.position + page.length;
  const finished = shard.end !== undefined && next === shard.trimmed + shard.records.length;
  return ok({
    Records: page.map(({ record }) => record),
    ...(finished ? {} : { NextShardIterator: iterator(stream, shard, next, now) }),
  });
}

function iterator(stream: ChangeStream, shard: Shard, position: number, now: number): string {
  const claim = JSON.stringify({ shardId: shard.id, position, issuedAt: now });
  return `${stream.arn}|1|${Buffer.from(claim).toString('base64')}`;
}

interface IteratorClaim {
  readonly arn: string;
  readonly shardId: string;
  readonly position: number;
  readonly issuedAt: number;
}

function readIterator(text: string): IteratorClaim | undefined {
  const [arn = '', , encoded = ''] = text.split('|');
  try {
    const claim: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString());
    if (!isJsonObject(claim)) return undefined;
    return {
      arn,
      shardId: String(claim.shardId),
      position: Number(claim.position),
      issuedAt: Number(claim.issuedAt),
    };
  } catch {
    return undefined;
  }
}

function limit(payload: JsonObject, most: number): number {
  return typeof payload.Limit === 'number' ? Math.min(payload.Limit, most) : most;
}

function trimmed(): Answer {
  return refusal(
    'TrimmedDataAccessException',
    'The operation attempted to read past the oldest stream record in a shard.',
  );
}

function ok(body: JsonObject): Answer {
  return { status: 200, body };
}
