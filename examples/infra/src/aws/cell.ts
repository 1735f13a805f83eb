import { CreateTableCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { EventGridPublisherClient } from '@azure/eventgrid';
import { apiGateway } from '@twinlog/adapters';
import { type DeadLetters, eventGridPublisher, relay } from '@twinlog/bridge';
import { StoreUnavailableError } from '@twinlog/core';
import { createDynamoDbEventStore, decodeStreamRecord } from '@twinlog/store-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { type Cell, type CellParts, createCell } from '../cell.ts';
import type { CellSettings } from '../settings.ts';

/** Makes the table for dead letters, unless it is there: the partition key is the letter's `id`. */
export async function createDeadLetterTable(client: DynamoDBDocumentClient, table: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

/** Dead letters in a DynamoDB table with the partition key `id`. */
function dynamoDbDeadLetters(client: DynamoDBDocumentClient, table: string): DeadLetters {
  return {
    put: async ({ content, ...letter }) => {
      try {
        await client.send(new PutCommand({ TableName: table, Item: { ...letter, ...content } }));
      } catch (cause) {
        throw new StoreUnavailableError(`The dead letter ${letter.id} could not be kept in ${table}.`, {
          cause,
        });
      }
    },
  };
}

/** An AWS cell's functions: what API Gateway calls, what a schedule calls, and what the table's stream calls. */
export function awsCell(options: {
  readonly settings: CellSettings;
  readonly dynamoDb: DynamoDBDocumentClient;
  /** The topic that this cell's events go to. */
  readonly topic: EventGridPublisherClient<'CloudEvent'>;
  readonly compensate: CellParts['compensate'];
  readonly onReceived?: CellParts['onReceived'];
}): {
  readonly api: ReturnType<typeof apiGateway>;
  readonly sweep: Cell['sweep'];
  readonly relay: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;
} {
  const { settings, dynamoDb, topic, compensate, onReceived } = options;
  const store = createDynamoDbEventStore({ client: dynamoDb, table: settings.store, now: Date.now });
  const deadLetters = dynamoDbDeadLetters(dynamoDb, settings.deadLetters);
  const publish = eventGridPublisher(topic);
  const cell = createCell({ settings, store, deadLetters, compensate, ...(onReceived && { onReceived }) });
  return {
    api: apiGateway(cell.api),
    sweep: cell.sweep,
    relay: async ({ Records }) => {
      const records = Records.map((record) => ({
        position: record.dynamodb?.SequenceNumber ?? '',
        change: decodeStreamRecord(record),
        record,
      }));
      const { failed } = await relay(records, { cell: settings.cell, publish, deadLetters, now: Date.now });
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    },
  };
}
