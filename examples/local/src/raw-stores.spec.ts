import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CosmosClient } from '@azure/cosmos';
import { createService, type EventStore, systemRuntime, transaction, transactionId } from '@twinlog/core';
import { startCosmos, startDynamoDb } from '@twinlog/emulators';
import { createContainer, createCosmosEventStore } from '@twinlog/store-cosmos';
import { createDynamoDbEventStore, createTable } from '@twinlog/store-dynamodb';
import { expect, test } from 'vitest';
import { readContainer, readTable } from './raw-stores.ts';

const account = 'account-7';
const captures = 20;

/** A transaction that is long enough for the cell to keep a snapshot of it. */
async function fillLongStream(store: EventStore): Promise<string> {
  const stream = transactionId(account, 'order-1', systemRuntime.random);
  const service = createService({
    aggregate: transaction,
    store,
    origin: 'aws-us-east-1.1',
    assignment: '1.aws-us-east-1',
    runtime: systemRuntime,
    cachedStreams: 1,
  });
  const money = (amount: string) => ({ amount, currency: 'USD' });
  const create = { type: 'create', account_id: account, ...money('50.00') } as const;
  await service.execute({ stream, account, commandId: 'order-1', command: create });
  for (let at = 0; at < captures; at++) {
    const command = { type: 'capture', ...money('1.00') } as const;
    await service.execute({ stream, commandId: `capture-${at}`, command });
  }
  return stream;
}

const sequences = Array.from({ length: captures + 1 }, (_, at) => at + 1);

test('a table is read event by event, and the snapshot of a long stream in it is none', async () => {
  const database = await startDynamoDb();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: database.url, region: 'us-east-1', credentials });
  await createTable(client, 'log');
  const documents = DynamoDBDocumentClient.from(client);
  const stream = await fillLongStream(createDynamoDbEventStore({ client, table: 'log' }));
  for (const found of [await readTable(documents, 'log'), await readTable(documents, 'log', [stream])]) {
    expect(found.map(({ sequence }) => sequence)).toEqual(sequences);
  }
  client.destroy();
  await database.stop();
});

test('so is a container', async () => {
  const emulator = await startCosmos();
  const client = new CosmosClient({
    endpoint: emulator.endpoint,
    key: emulator.key,
    connectionPolicy: { enableEndpointDiscovery: false },
  });
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  await createContainer(database, 'log');
  const container = database.container('log');
  const stream = await fillLongStream(createCosmosEventStore({ container }));
  for (const found of [await readContainer(container), await readContainer(container, [stream])]) {
    expect(found.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(sequences);
  }
  client.dispose();
  await emulator.stop();
});
