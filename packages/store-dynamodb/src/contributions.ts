import {
  ConditionalCheckFailedException,
  type CreateTableCommandInput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { type Contribution, type ContributionStore, TwinlogError } from '@twinlog/core';
import { faultOf } from './fault.ts';

/**
 * The table of account totals, in the shape that `CreateTable` takes: one item for each transaction, of some 200
 * bytes. It needs no backup: what is in it can be rebuilt from the log.
 */
export function contributionsTableDefinition(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['account', 'stream'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'account', KeyType: 'HASH' },
      { AttributeName: 'stream', KeyType: 'RANGE' },
    ],
    SSESpecification: { Enabled: true },
  };
}

/** The parts of account totals on one DynamoDB table, that of `contributionsTableDefinition`. Reads are strongly consistent. */
export function createDynamoDbContributions(options: {
  /** Made, configured and destroyed by the caller. */
  readonly client: DynamoDBClient | DynamoDBDocumentClient;
  readonly table: string;
}): ContributionStore {
  const { client, table } = options;
  const documents = client instanceof DynamoDBClient ? DynamoDBDocumentClient.from(client) : client;

  async function ask<Answer>(operation: string, act: () => Promise<Answer>): Promise<Answer> {
    try {
      return await act();
    } catch (error) {
      throw faultOf(error, operation, table);
    }
  }

  return {
    find: (account, stream) =>
      ask('find', async () => {
        const Key = { account, stream };
        const { Item } = await documents.send(
          new GetCommand({ TableName: table, Key, ConsistentRead: true }),
        );
        if (Item === undefined) return undefined;
        const contribution = decode(Item);
        return { contribution, revision: contribution.version };
      }),

    keep: (contribution, revision) =>
      ask('keep', async () => {
        const { authorised, captured, refunded, ...rest } = contribution;
        const sums = { authorised: `${authorised}`, captured: `${captured}`, refunded: `${refunded}` };
        const command = new PutCommand({
          TableName: table,
          Item: { ...rest, ...sums },
          ...(revision === undefined
            ? {
                ConditionExpression: 'attribute_not_exists(#account)',
                ExpressionAttributeNames: { '#account': 'account' },
              }
            : {
                ConditionExpression: '#version = :revision',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':revision': revision },
              }),
        });
        try {
          await documents.send(command);
          return true;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return false;
          throw error;
        }
      }),

    list: (account) =>
      ask('list', async () => {
        const found: Contribution[] = [];
        let start: QueryCommandOutput['LastEvaluatedKey'];
        do {
          const page: QueryCommandOutput = await documents.send(
            new QueryCommand({
              TableName: table,
              KeyConditionExpression: '#account = :account',
              ExpressionAttributeNames: { '#account': 'account' },
              ExpressionAttributeValues: { ':account': account },
              ConsistentRead: true,
              ...(start && { ExclusiveStartKey: start }),
            }),
          );
          found.push(...(page.Items ?? []).map(decode));
          start = page.LastEvaluatedKey;
        } while (start !== undefined);
        return found;
      }),
  };
}

function decode(item: Readonly<Record<string, unknown>>): Contribution {
  const text = (name: string): string => {
    const value = item[name];
    if (typeof value === 'string') return value;
    const message = `An item of account totals has no text "${name}". Only this library may write to the table.`;
    throw new TwinlogError('malformed_item', message);
  };
  return {
    account: text('account'),
    stream: text('stream'),
    version: text('version'),
    currency: text('currency'),
    authorised: BigInt(text('authorised')),
    captured: BigInt(text('captured')),
    refunded: BigInt(text('refunded')),
  };
}
