import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createService, systemRuntime, transaction, transactionId } from '@twinlog/core';
import { meterDynamoDb } from '@twinlog/emulators';
import { createDynamoDbEventStore, createTable } from '@twinlog/store-dynamodb';
import { versionOf } from '../installed.ts';
import { commandOf } from '../workload.ts';
import { type CostContender, connectionTo } from './subject.ts';

/** With idempotency keys and both indexes. */
export const twinlog: CostContender = {
  name: 'twinlog',
  version: versionOf('@twinlog/store-dynamodb'),
  start: async (url) => {
    const client = new DynamoDBClient(connectionTo(url));
    const table = 'twinlog';
    await createTable(client, table);
    const { taken } = meterDynamoDb(client);
    const store = createDynamoDbEventStore({ client, table });
    const service = createService({
      aggregate: transaction,
      store,
      origin: 'aws-us-east-1.1',
      assignment: '1.aws-us-east-1',
      runtime: systemRuntime,
    });
    const account = '0b4c7a4e-8a0d-4c1e-9f6f-2f1f0c9d7b3a';
    const stream = transactionId(account, 'create', systemRuntime.random);
    return {
      handle: async (request) => {
        const command = commandOf(request);
        const opens = command.type === 'create' && { account };
        await service.execute({ stream, command, commandId: request.key, ...opens });
      },
      events: async () => (await store.read(stream)).length,
      taken,
      stop: () => client.destroy(),
    };
  },
};
