import { CreateTableCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EventGridPublisherClient } from '@azure/eventgrid';
import { apiGateway } from '@twinlog/adapters';
import { createStreamRelay, eventGridPublisher, type LambdaClock } from '@twinlog/bridge';
import { createDynamoDbDeadLetters, deadLetterTable } from '@twinlog/bridge/dynamodb';
import { createDynamoDbEventStore, decodeStreamRecord } from '@twinlog/store-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type Cell, type CellParts, createCell } from '../cell.ts';
import type { CellSettings } from '../settings.ts';

/** Makes the table for dead letters, unless it is there. */
export async function createDeadLetterTable(client: DynamoDBDocumentClient, table: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(deadLetterTable(table)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

/** An AWS cell's functions: what API Gateway calls, what schedules call, and what the table's stream calls. */
export function awsCell(options: {
  readonly settings: CellSettings;
  readonly dynamoDb: DynamoDBDocumentClient;
  /** The topic that this cell's events go to. */
  readonly topic: EventGridPublisherClient<'CloudEvent'>;
  readonly compensate: CellParts['compensate'];
  readonly onReceived?: CellParts['onReceived'];
  readonly onPulled?: CellParts['onPulled'];
}): {
  readonly api: ReturnType<typeof apiGateway>;
  readonly sweep: Cell['sweep'];
  readonly reconcile: Cell['reconcile'];
  readonly relay: (event: DynamoDBStreamEvent, context?: LambdaClock) => Promise<DynamoDBBatchResponse>;
} {
  const { settings, dynamoDb, topic, compensate, onReceived, onPulled } = options;
  const store = createDynamoDbEventStore({ client: dynamoDb, table: settings.store, now: Date.now });
  const deadLetters = createDynamoDbDeadLetters({ client: dynamoDb, table: settings.deadLetters });
  const cell = createCell({
    ...{ settings, store, deadLetters, compensate },
    ...(onReceived && { onReceived }),
    ...(onPulled && { onPulled }),
  });
  return {
    api: apiGateway(cell.api),
    sweep: cell.sweep,
    reconcile: cell.reconcile,
    relay: createStreamRelay<DynamoDBRecord>({
      cell: settings.cell,
      decode: decodeStreamRecord,
      publish: eventGridPublisher(topic),
      deadLetters,
      now: Date.now,
    }),
  };
}
