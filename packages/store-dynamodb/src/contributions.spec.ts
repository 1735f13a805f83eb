import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '@twinlog/core';
import { describeAccountTotals } from '@twinlog/core/testing';
import { startDynamoDb } from '@twinlog/emulators';
import { expect, test } from 'vitest';
import { contributionsTableDefinition, createDynamoDbContributions } from './contributions.ts';
import { createDynamoDbEventStore } from './dynamodb-event-store.ts';
import { createTable } from './table.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

describeAccountTotals('DynamoDB', async () => {
  const emulator = await startDynamoDb();
  const client = new DynamoDBClient({ endpoint: emulator.url, region: 'us-east-1', credentials });
  await createTable(client, 'events');
  await client.send(new CreateTableCommand(contributionsTableDefinition('totals')));
  return {
    store: createDynamoDbEventStore({ client, table: 'events' }),
    contributions: createDynamoDbContributions({ client, table: 'totals' }),
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
});

test('a database that cannot be reached is told as unavailable by every method', async () => {
  const emulator = await startDynamoDb();
  const client = new DynamoDBClient({
    endpoint: emulator.url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  const { find, keep, list } = createDynamoDbContributions({ client, table: 'totals' });
  await emulator.stop();
  const row = { account: 'a', stream: 's', version: 'aws.1=1', currency: 'JPY' };
  const sums = { authorised: 1n, captured: 0n, refunded: 0n };
  for (const act of [() => find('a', 's'), () => keep({ ...row, ...sums }, undefined), () => list('a')]) {
    await expect(act()).rejects.toThrow(StoreUnavailableError);
  }
  client.destroy();
});
