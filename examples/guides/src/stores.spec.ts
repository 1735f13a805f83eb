import type { Service, Transaction, TransactionCommand } from '@twinlog/core';
import { startCosmos, startDynamoDb } from '@twinlog/emulators';
import { expect, onTestFinished, test, vi } from 'vitest';
import * as cosmos from './cosmos.ts';
import * as dynamodb from './dynamodb.ts';

/** Creates a transaction, sends the very request again, and tells what both came to. */
async function twice({ execute }: Service<Transaction, TransactionCommand>): Promise<string[]> {
  const command = { type: 'create', account_id: 'a', amount: '10.00', currency: 'USD' } as const;
  const request = { stream: 'txn_1', account: 'a', commandId: 'order-1', command };
  return [(await execute(request)).kind, (await execute(request)).kind];
}

test('the page on DynamoDB: a command that is sent again takes effect once', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  onTestFinished(() => void vi.unstubAllEnvs());
  const emulator = await startDynamoDb();
  const client = dynamodb.connect('us-east-1', emulator.url);
  onTestFinished(async () => {
    client.destroy();
    await emulator.stop();
  });
  await dynamodb.prepare(client);
  const { service, store } = dynamodb.open(client);
  expect(await twice(service)).toEqual(['appended', 'alreadyAppended']);
  expect(await store.read('txn_1')).toHaveLength(1);
});

test('the page on Cosmos DB: a command that is sent again takes effect once', async () => {
  const emulator = await startCosmos();
  const { endpoint, key } = emulator;
  const client = cosmos.connect({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } });
  onTestFinished(async () => {
    client.dispose();
    await emulator.stop();
  });
  await cosmos.prepare(client);
  const { service, store } = cosmos.open(client);
  expect(await twice(service)).toEqual(['appended', 'alreadyAppended']);
  expect(await store.read('txn_1')).toHaveLength(1);
});
