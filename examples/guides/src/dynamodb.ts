import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createService, systemRuntime, transaction } from '@twinlog/core';
import { clientDefaults, createDynamoDbEventStore, createTable } from '@twinlog/store-dynamodb';

/** The client is yours: its region, its time-outs, its retries. `endpoint` is for tests alone. */
export function connect(region: string, endpoint?: string): DynamoDBClient {
  return new DynamoDBClient({
    region,
    ...clientDefaults,
    ...(endpoint !== undefined && { endpoint }),
  });
}

/** For tests and local use: the table, its two indexes and its stream. In production that is Terraform's. */
export async function prepare(client: DynamoDBClient): Promise<void> {
  await createTable(client, 'twinlog-events');
}

export function open(client: DynamoDBClient) {
  const store = createDynamoDbEventStore({ client, table: 'twinlog-events' });
  const service = createService({
    aggregate: transaction,
    store,
    origin: 'aws-us-east-1.1',
    assignment: '1.aws-us-east-1',
    runtime: systemRuntime,
  });
  return { store, service };
}
