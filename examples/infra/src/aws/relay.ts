import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createStreamRelay, eventGridPublisher, type LambdaClock, type TopicClient } from '@twinlog/bridge';
import { createDynamoDbDeadLetters } from '@twinlog/bridge/dynamodb';
import { createTelemetry, type LogRecord } from '@twinlog/bridge/telemetry';
import { decodeStreamRecord } from '@twinlog/store-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { CellSettings } from '../settings.ts';

/** An AWS cell's way out: the function on the table's stream. It knows nothing of the rest of the cell. */
export function awsRelay(options: {
  readonly settings: Pick<CellSettings, 'cell' | 'deadLetters'>;
  readonly dynamoDb: DynamoDBDocumentClient;
  /** The topic that this cell's events go to. */
  readonly topic: TopicClient;
  /** Takes what the relay tells of itself, a line of a structured log each time; nobody does unless told. */
  readonly writeLog?: (record: LogRecord) => void;
}): (event: DynamoDBStreamEvent, context?: LambdaClock) => Promise<DynamoDBBatchResponse> {
  const { settings, dynamoDb, topic, writeLog = () => {} } = options;
  const telemetry = createTelemetry({ cell: settings.cell, now: Date.now, log: writeLog });
  return createStreamRelay<DynamoDBRecord>({
    cell: settings.cell,
    decode: decodeStreamRecord,
    publish: telemetry.publish(eventGridPublisher(topic)),
    deadLetters: telemetry.deadLetters(
      createDynamoDbDeadLetters({ client: dynamoDb, table: settings.deadLetters }),
    ),
    now: Date.now,
    onRelayed: ({ error }) => error === undefined || telemetry.failed(error),
  });
}
