import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBSingleTableEventStorageAdapter,
  EVENT_TABLE_EVENT_STORE_ID_KEY,
  EVENT_TABLE_INITIAL_EVENT_INDEX_NAME,
  EVENT_TABLE_PK,
  EVENT_TABLE_SK,
  EVENT_TABLE_TIMESTAMP_KEY,
} from '@castore/event-storage-adapter-dynamodb';
import { meterDynamoDb } from '@twinlog/emulators';
import { commandsOn, openStore } from '../contenders/castore.ts';
import { versionOf } from '../installed.ts';
import { commandOf } from '../workload.ts';
import { type CostContender, connectionTo } from './subject.ts';

/** The table that the adapter's README describes, and the command handlers of the speed comparison. */
export const castore: CostContender = {
  name: 'castore',
  version: versionOf('@castore/event-storage-adapter-dynamodb'),
  start: async (url) => {
    const client = new DynamoDBClient(connectionTo(url));
    const TableName = 'castore';
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: EVENT_TABLE_PK, AttributeType: 'S' },
          { AttributeName: EVENT_TABLE_SK, AttributeType: 'N' },
          { AttributeName: EVENT_TABLE_EVENT_STORE_ID_KEY, AttributeType: 'S' },
          { AttributeName: EVENT_TABLE_TIMESTAMP_KEY, AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: EVENT_TABLE_PK, KeyType: 'HASH' },
          { AttributeName: EVENT_TABLE_SK, KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: EVENT_TABLE_INITIAL_EVENT_INDEX_NAME,
            KeySchema: [
              { AttributeName: EVENT_TABLE_EVENT_STORE_ID_KEY, KeyType: 'HASH' },
              { AttributeName: EVENT_TABLE_TIMESTAMP_KEY, KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
    const { taken } = meterDynamoDb(client);
    const store = openStore(
      new DynamoDBSingleTableEventStorageAdapter({ tableName: TableName, dynamoDBClient: client }),
    );
    const { create, capture } = commandsOn(store);
    const aggregateId = 'txn_7ZQK4M1N8B3V6X2C5W9R0T1Y4P8D3F6G';
    return {
      handle: async (request) => {
        const command = commandOf(request);
        try {
          if (command.type === 'create') await create.handler({ aggregateId, command }, [store]);
          else if (command.type === 'capture') await capture.handler({ aggregateId, command }, [store]);
        } catch (error) {
          if (request.type !== 'create') throw error;
          // The stream is there already: a refusal is the answer to a create that is sent again.
        }
      },
      events: async () => (await store.getEvents(aggregateId)).events.length,
      taken,
      stop: () => client.destroy(),
    };
  },
};
