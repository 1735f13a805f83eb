import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  type UpdateContinuousBackupsCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

/** The secondary indexes. Both hold keys alone; reads of them are eventually consistent, as of any such index. */
export const indexes = { byAccount: 'by-account', byTime: 'by-time' } as const;

/** The table, in the shape that `CreateTable` takes. */
export function tableDefinition(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['stream', 'place', 'account', 'bucket', 'id'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: 'stream', KeyType: 'HASH' },
      { AttributeName: 'place', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        // Sparse: only the events that open a stream have an account.
        IndexName: indexes.byAccount,
        KeySchema: [
          { AttributeName: 'account', KeyType: 'HASH' },
          { AttributeName: 'stream', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: indexes.byTime,
        KeySchema: [
          { AttributeName: 'bucket', KeyType: 'HASH' },
          { AttributeName: 'id', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    DeletionProtectionEnabled: true,
    SSESpecification: { Enabled: true },
  };
}

/** `CreateTable` cannot ask for backups: this is the call that does, once the table is active. */
export function pointInTimeRecovery(table: string): UpdateContinuousBackupsCommandInput {
  return { TableName: table, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };
}

/**
 * Creates the table unless it exists, and waits until it can be used. For tests and local use: in production
 * the table is infrastructure, and a service has no right to create it.
 *
 * @param maxWaitSeconds how long to wait, 60 s unless told.
 * @throws what the SDK throws; an existing table is not compared with the definition.
 */
export async function createTable(
  client: DynamoDBClient,
  table: string,
  maxWaitSeconds: number = 60,
): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(table)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists(
    { client, maxWaitTime: maxWaitSeconds, minDelay: 1, maxDelay: 2 },
    { TableName: table },
  );
}
