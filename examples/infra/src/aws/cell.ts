import { CreateTableCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { apiGateway } from '@twinlog/adapters';
import { createSqsReceiver, eventGridPublisher } from '@twinlog/bridge';
import { createDynamoDbDeadLetters, deadLetterTable } from '@twinlog/bridge/dynamodb';
import { createTelemetry } from '@twinlog/bridge/telemetry';
import { createDynamoDbEventStore, decodeStreamRecord } from '@twinlog/store-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { type Cell, type CellParts, type CloudCellOptions, createCell } from '../cell.ts';

/** Makes the table for dead letters, unless it is there. */
export async function createDeadLetterTable(client: DynamoDBDocumentClient, table: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(deadLetterTable(table)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

/** What a dead letter of the relay holds, to be decoded again. */
const attribute = z.looseObject({ S: z.string().exactOptional() });
const streamRecord = z.looseObject({
  eventName: z.string().exactOptional(),
  dynamodb: z.looseObject({ NewImage: z.record(z.string(), attribute).exactOptional() }).exactOptional(),
});

export interface AwsCellOptions extends CloudCellOptions {
  readonly dynamoDb: DynamoDBDocumentClient;
  /** Puts what comes in into the cell's queue, which calls `receive`; without it events are stored at once. */
  readonly enqueue?: CellParts['enqueue'];
}

/** An AWS cell's functions, but for its relay: what API Gateway calls, what schedules call, and what the queue calls. */
export function awsCell(options: AwsCellOptions): {
  readonly api: ReturnType<typeof apiGateway>;
  readonly sweep: Cell['sweep'];
  readonly reconcile: Cell['reconcile'];
  readonly receive: (event: SQSEvent) => Promise<SQSBatchResponse>;
} {
  const { settings, dynamoDb, topic, compensate, onReceived, onPulled, enqueue } = options;
  const store = createDynamoDbEventStore({ client: dynamoDb, table: settings.store, now: Date.now });
  const telemetry = createTelemetry({
    cell: settings.cell,
    now: Date.now,
    log: options.writeLog ?? (() => {}),
  });
  const deadLetters = telemetry.deadLetters(
    createDynamoDbDeadLetters({ client: dynamoDb, table: settings.deadLetters }),
  );
  const cell = createCell({
    ...{ settings, store, deadLetters, compensate, telemetry },
    ...(onReceived && { onReceived }),
    ...(onPulled && { onPulled }),
    ...(options.peerToken && { peerToken: options.peerToken }),
    ...(enqueue && { enqueue }),
    redriving: {
      publish: telemetry.publish(eventGridPublisher(topic)),
      decode: (record) => decodeStreamRecord(streamRecord.parse(record)),
    },
  });
  return {
    api: apiGateway(cell.api),
    sweep: cell.sweep,
    reconcile: cell.reconcile,
    receive: cell.receiveBy(createSqsReceiver),
  };
}
