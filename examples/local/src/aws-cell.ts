import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TopicClient } from '@twinlog/bridge';
import { type DomainEvent, eventTime, foldEvents, transaction } from '@twinlog/core';
import { createCheckpoints, startApiGateway, startDynamoDb, startLambdaPoller } from '@twinlog/emulators';
import { awsCell, awsRelay, awsTotals, cellSettings, createDeadLetterTable } from '@twinlog/example-infra';
import { contributionsTableDefinition, createDynamoDbEventStore, createTable } from '@twinlog/store-dynamodb';
import type { Compensate, Environment, LocalCell, OnReplicated } from './local-cell.ts';
import { breakable, spoiling } from './outage.ts';
import { readTable } from './raw-stores.ts';

/** Starts the AWS cell: DynamoDB, the stream's Lambda, the API's Lambda behind API Gateway. */
export async function startAwsCell(options: {
  readonly variables: Environment;
  readonly topic: { readonly client: TopicClient };
  readonly onReplicated: OnReplicated;
  readonly compensate: Compensate;
  /** How the cell shows its peers who it is, where that is by tokens. */
  readonly peerToken: (() => Promise<string>) | undefined;
}): Promise<LocalCell> {
  const gateway = await startApiGateway({ payload: '2.0', handler: (event) => functions.api(event) });
  const variables = await options.variables(gateway.url);
  let settings = cellSettings(variables);
  const database = await startDynamoDb();
  const connection = {
    endpoint: database.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 2,
    // One process stands for many Lambda instances here, each of which has connections of its own.
    requestHandler: { httpAgent: { maxSockets: 512 } },
  };
  const client = new DynamoDBClient(connection);
  const dynamoDb = DynamoDBDocumentClient.from(client);
  await createTable(client, settings.store);
  await createDeadLetterTable(dynamoDb, settings.deadLetters);
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: settings.store }));
  const streamArn = table?.LatestStreamArn ?? '';

  const replicated = (event: DomainEvent) => {
    const decidedAt = eventTime(event.id);
    options.onReplicated({ decidedAt, lag: Date.now() - decidedAt });
  };
  const newFunctions = () => {
    const parts = { settings, dynamoDb, topic: options.topic.client };
    const cell = awsCell({
      ...parts,
      ...(options.peerToken && { peerToken: options.peerToken }),
      compensate: options.compensate,
      onReceived: (event, receipt) => {
        if (receipt === 'stored') replicated(event);
      },
      onPulled: replicated,
    });
    return { ...cell, relay: awsRelay(parts) };
  };
  let functions = newFunctions();
  const checkpoints = createCheckpoints();
  const startRelay = () =>
    startLambdaPoller({
      streams: new DynamoDBStreamsClient(connection),
      streamArn,
      handler: (event, context) => functions.relay(event, context),
      functionResponseTypes: ['ReportBatchItemFailures'],
      bisectBatchOnFunctionError: true,
      checkpoints,
    });
  let relay = startRelay();
  const { cut, restore, whileUp } = breakable({
    front: gateway,
    spoilAnswers: (how) => {
      gateway.fault = how && spoiling[how];
    },
    database: database,
    stopBridge: () => relay.stop({ hard: true }),
    startAgain: async () => {
      functions = newFunctions();
      relay = startRelay();
    },
  });

  const store = createDynamoDbEventStore({ client: dynamoDb, table: settings.store, now: Date.now });
  return {
    name: settings.cell,
    url: gateway.url,
    databaseUrl: database.url,
    database: { cut: () => database.cut(), restore: () => database.restore() },
    cut,
    restore,
    redeploy: (changed) => {
      settings = cellSettings({ ...variables, ...changed });
      functions = newFunctions();
    },
    rawEvents: (streams) => readTable(dynamoDb, settings.store, streams),
    sweep: (streams) => whileUp(() => functions.sweep(streams)),
    reconcile: () => whileUp(() => functions.reconcile()),
    events: (stream) => store.read(stream),
    fold: async (stream) => foldEvents(transaction, await store.read(stream)),
    startTotals: async () => {
      await client.send(new CreateTableCommand(contributionsTableDefinition(settings.totals)));
      const { totals, of } = awsTotals({ settings, dynamoDb });
      const feed = startLambdaPoller({
        streams: new DynamoDBStreamsClient(connection),
        streamArn,
        handler: totals,
        bisectBatchOnFunctionError: true,
      });
      return { of, stop: () => feed.stop({ hard: true }) };
    },
    stop: async () => {
      await Promise.all([relay.stop({ hard: true }), gateway.stop()]);
      await database.stop();
      dynamoDb.destroy();
    },
  };
}
