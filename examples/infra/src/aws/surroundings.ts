import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LogRecord } from '@twinlog/bridge/telemetry';

/** The database, as a function's role may use it: credentials and region are the runtime's. */
export function dynamoDbByRole(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({}));
}

/** A line of CloudWatch's log for each record. */
export function writeLog(record: LogRecord): void {
  console.log(JSON.stringify(record));
}
