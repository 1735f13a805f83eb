/**
 * What Lambda loads: `lambda.api` behind API Gateway (HTTP or REST); `lambda.relay` on the table's stream,
 * whose event source mapping must report batch item failures and bisect on error; and `lambda.reconcile` and
 * `lambda.sweep`, called by EventBridge Scheduler every five minutes and every minute. Credentials and region come
 * from the function's role.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { notConnected } from '../cell.ts';
import { cellSettings } from '../settings.ts';
import { topicFrom } from '../topic.ts';
import { awsCell } from './cell.ts';

const cell = awsCell({
  settings: cellSettings(process.env),
  dynamoDb: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  topic: topicFrom(process.env),
  compensate: notConnected,
});

export const api: typeof cell.api = cell.api;
export const relay: typeof cell.relay = cell.relay;

/** Writes what it came to, for the log; a peer that does not answer is asked again by the next run. */
export async function reconcile(): Promise<void> {
  const { failed, ...healed } = await cell.reconcile();
  console.log(JSON.stringify({ reconcile: { ...healed, failed: Object.fromEntries(failed) } }));
}

export async function sweep(): Promise<void> {
  console.log(JSON.stringify({ sweep: await cell.sweep() }));
}
