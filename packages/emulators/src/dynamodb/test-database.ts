import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { type DynamoDbEmulator, type DynamoDbOptions, startDynamoDb } from './dynamodb.ts';

/** A database with one table `events` (`pk`, `sk`, index `by-account` on `account`), and the vendor's clients. */
export interface TestDatabase {
  readonly emulator: DynamoDbEmulator;
  readonly client: DynamoDBClient;
  /** Sends once, never again. */
  readonly impatient: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly streamArn: string;
  /** Puts an item unless its key exists. */
  put(pk: string, sk?: string): Promise<void>;
  shards(): Promise<readonly Shard[]>;
  /** Every record of every shard, from the trim horizon, by shard. */
  records(): Promise<readonly (readonly StreamRecord[])[]>;
  stop(): Promise<void>;
}

export const TABLE = 'events';

export async function startTestDatabase(options: DynamoDbOptions = {}): Promise<TestDatabase> {
  const emulator = await startDynamoDb(options);
  const access = {
    endpoint: emulator.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const client = new DynamoDBClient(access);
  const impatient = new DynamoDBClient({ ...access, maxAttempts: 1 });
  const streams = new DynamoDBStreamsClient(access);
  const created = await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'account', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-account',
          KeySchema: [{ AttributeName: 'account', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  const streamArn = created.TableDescription?.LatestStreamArn ?? '';

  const shards = async (): Promise<readonly Shard[]> => {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    return StreamDescription?.Shards ?? [];
  };
  return {
    ...{ emulator, client, impatient, streams, streamArn, shards },
    async put(pk, sk = '1') {
      await client.send(
        new PutItemCommand({
          TableName: TABLE,
          Item: { pk: { S: pk }, sk: { S: sk } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    },
    async records() {
      return Promise.all((await shards()).map((shard) => readShard(streams, streamArn, shard)));
    },
    async stop() {
      client.destroy();
      impatient.destroy();
      streams.destroy();
      await emulator.stop();
    },
  };
}

async function readShard(
  streams: DynamoDBStreamsClient,
  streamArn: string,
  shard: Shard,
): Promise<readonly StreamRecord[]> {
  const from = { StreamArn: streamArn, ShardId: shard.ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
  let iterator = (await streams.send(new GetShardIteratorCommand(from))).ShardIterator;
  const records: StreamRecord[] = [];
  while (iterator !== undefined) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 100 }));
    if (page.Records === undefined || page.Records.length === 0) break;
    records.push(...page.Records);
    iterator = page.NextShardIterator;
  }
  return records;
}

/** Puts `(pk, '1')` unless it exists, and asks for the item in the way. */
export function insert(pk: string, by: string): PutItemCommand {
  return new PutItemCommand({
    TableName: TABLE,
    Item: { pk: { S: pk }, sk: { S: '1' }, by: { S: by } },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
}
