import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { apiGateway } from '@twinlog/adapters';
import { createStreamRelay, type LambdaClock } from '@twinlog/bridge';
import { createDynamoDbDeadLetters, deadLetterTable } from '@twinlog/bridge/dynamodb';
import { createCheckpoints, startApiGateway, startDynamoDb, startLambdaPoller } from '@twinlog/emulators';
import { createDynamoDbEventStore, createTable, decodeStreamRecord } from '@twinlog/store-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { bridgeParts } from './bridge-parts.ts';
import { throwing, type WiredCell, type WiredCellOptions } from './wired-cell.ts';

const log = 'events';
const letters = 'letters';

/** An AWS cell: DynamoDB with its stream, Lambda's poller, API Gateway. */
export async function startWiredAwsCell(options: WiredCellOptions): Promise<WiredCell> {
  const { name, clock } = options;
  const database = await startDynamoDb({ now: clock.now });
  const connection = {
    endpoint: database.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  const client = new DynamoDBClient(connection);
  const documents = DynamoDBDocumentClient.from(client);
  await createTable(client, log);
  await client.send(new CreateTableCommand(deadLetterTable(letters)));
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: log }));

  const store = createDynamoDbEventStore({ client: documents, table: log, now: clock.now });
  const deadLetters = createDynamoDbDeadLetters({ client: documents, table: letters });
  const decode = (record: DynamoDBRecord) => decodeStreamRecord(record);
  const { relaying, handle, peerAt, ...parts } = bridgeParts(options, store, deadLetters, (record) =>
    typeof record === 'object' && record !== null
      ? decodeStreamRecord(record)
      : { kind: 'malformed', reason: 'no record' },
  );
  const shell = createStreamRelay<DynamoDBRecord>({ ...relaying, decode });
  const { relay, arm } = throwing((Records: readonly DynamoDBRecord[], context: LambdaClock | undefined) =>
    shell({ Records }, context),
  );

  const gateway = await startApiGateway({ payload: '2.0', handler: apiGateway(handle) });
  const startPoller = () =>
    startLambdaPoller({
      streams: new DynamoDBStreamsClient(connection),
      streamArn: table?.LatestStreamArn ?? '',
      handler: ({ Records }, context) => relay(Records, context),
      functionResponseTypes: ['ReportBatchItemFailures'],
      bisectBatchOnFunctionError: true,
      checkpoints,
      pollIntervalMs: 25,
      now: clock.now,
    });
  const checkpoints = createCheckpoints();
  const streams = new DynamoDBStreamsClient(connection);
  const shardCount = async (): Promise<number> => {
    const StreamArn = table?.LatestStreamArn;
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    return StreamDescription?.Shards?.length ?? 0;
  };
  let poller = startPoller();

  let writes = 0;
  let refusedEvery = Number.POSITIVE_INFINITY;
  let isLettersDown = false;
  let refusedLetters = 0;
  database.fault = ({ name: operation, table: of }) => {
    if (of === letters && isLettersDown) {
      refusedLetters += 1;
      return { kind: 'throttle' };
    }
    if (of !== log || operation !== 'PutItem') return undefined;
    writes += 1;
    if (writes % refusedEvery !== 0) return undefined;
    return writes % (2 * refusedEvery) === 0 ? { kind: 'throttle' } : { kind: 'resetAfter' };
  };

  return {
    ...parts,
    name,
    url: gateway.url,
    store,
    asPeer: peerAt(gateway.url),
    onFront: (fault) => {
      gateway.fault = fault;
    },
    throttleWrites: (every = Number.POSITIVE_INFINITY) => {
      [refusedEvery, writes] = [every, 0];
      return () => Math.floor(writes / every);
    },
    loseDeadLetters: (isDown) => {
      [isLettersDown, refusedLetters] = [isDown, 0];
      return () => refusedLetters;
    },
    poison: async (text) => {
      const Item = { stream: { S: text }, place: { S: 'nowhere' }, id: { S: 'no ULID' }, type: { S: 'x' } };
      await client.send(new PutItemCommand({ TableName: log, Item }));
    },
    throwMidBatch: arm,
    trigger: {
      crash: () => poller.stop({ hard: true }),
      start: async () => {
        poller = startPoller();
      },
      split: async () => {
        const before = await shardCount();
        database.splitShard(log);
        return (await shardCount()) - before;
      },
    },
    stop: async () => {
      await Promise.all([poller.stop({ hard: true }), gateway.stop()]);
      await database.stop();
      client.destroy();
      streams.destroy();
    },
  };
}
