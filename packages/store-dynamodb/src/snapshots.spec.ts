import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describeSnapshots } from '@twinlog/core/testing';
import { startDynamoDb } from '@twinlog/emulators';
import { createDynamoDbEventStore } from './dynamodb-event-store.ts';
import { createTable } from './table.ts';

describeSnapshots('DynamoDB', async () => {
  const emulator = await startDynamoDb();
  const client = new DynamoDBClient({
    endpoint: emulator.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await createTable(client, 'events');
  let [reads, writes] = [0, 0];
  emulator.onRequest = ({ name }) => {
    if (name === 'Query' || name === 'GetItem') reads += 1;
    else writes += 1;
  };
  return {
    store: createDynamoDbEventStore({ client, table: 'events' }),
    requests: () => ({ reads, writes }),
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
});
