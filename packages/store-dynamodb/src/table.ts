import { isDeepStrictEqual } from 'node:util';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  type UpdateContinuousBackupsCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { TwinlogError } from '@twinlog/core';

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
 * Creates the table unless it exists, waits until it can be used, and switches point-in-time recovery on unless it is.
 * May be called again at any time, by several at once. In production the table is infrastructure as a rule, and a
 * service has no right to create it: `printTable` has it for CloudFormation and Terraform.
 *
 * @param maxWaitSeconds how long to wait for the table, 60 s unless told.
 * @throws TwinlogError `table_differs` where a table of that name exists whose keys, indexes or stream are others;
 * and what the SDK throws.
 */
export async function createTable(
  client: DynamoDBClient,
  table: string,
  maxWaitSeconds: number = 60,
): Promise<void> {
  const definition = tableDefinition(table);
  try {
    await client.send(new CreateTableCommand(definition));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const waiting = { client, maxWaitTime: maxWaitSeconds, minDelay: 1, maxDelay: 2 };
  await waitUntilTableExists(waiting, { TableName: table });
  const { Table: existing = {} } = await client.send(new DescribeTableCommand({ TableName: table }));
  const differing = essentials.filter((of) => !isDeepStrictEqual(of(existing), of(definition)));
  if (differing.length > 0) {
    const told = differing.map(
      (of) => `${JSON.stringify(of(existing))} is not ${JSON.stringify(of(definition))}`,
    );
    throw new TwinlogError(
      'table_differs',
      `The table "${table}" exists and is another one than this store needs: ${told.join('; ')}. Take another name, or make the table as the definition has it.`,
    );
  }
  await recoverable(client, table);
}

async function recoverable(client: DynamoDBClient, table: string): Promise<void> {
  try {
    const { ContinuousBackupsDescription: backups } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
    );
    if (backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED') return;
    await client.send(new UpdateContinuousBackupsCommand(pointInTimeRecovery(table)));
  } catch (error) {
    // Emulators have no backups, and say that they do not know the operation.
    if (!(error instanceof Error && error.name === 'UnknownOperationException')) throw error;
  }
}

type Described = Pick<TableDescription, 'KeySchema' | 'GlobalSecondaryIndexes' | 'StreamSpecification'>;

/** What a table cannot do without, each in a form that compares. */
const essentials: readonly ((table: Described) => object)[] = [
  ({ KeySchema }) => ({ key: keysOf(KeySchema) }),
  ({ GlobalSecondaryIndexes = [] }) => ({
    indexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) =>
      [IndexName, ...keysOf(KeySchema), Projection?.ProjectionType].join(' '),
    ).toSorted(),
  }),
  ({ StreamSpecification }) => ({ stream: StreamSpecification?.StreamViewType }),
];

function keysOf(schema: readonly KeySchemaElement[] = []): readonly string[] {
  return schema.map(({ AttributeName, KeyType }) => `${KeyType}=${AttributeName}`).toSorted();
}
