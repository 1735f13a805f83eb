/**
 * What Lambda loads: `lambda.api` behind API Gateway (HTTP or REST); `lambda.receive` on the inbound queue, if there is
 * one, with `ReportBatchItemFailures`; `lambda.relay` on the table's stream, whose event source mapping must report
 * batch item failures and bisect on error; and `lambda.reconcile` and `lambda.sweep`, called by EventBridge Scheduler
 * every five minutes and every minute. Credentials and region come from the function's role; so does the access to
 * Azure, unless there is an `EVENT_GRID_KEY`.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { notConnected } from '../cell.ts';
import { replicationLagLines } from '../metric-line.ts';
import { peerTokenFrom } from '../peer-token.ts';
import { cellSettings } from '../settings.ts';
import { topicFrom } from '../topic.ts';
import { awsCell } from './cell.ts';
import { entraByRole } from './entra.ts';

const settings = cellSettings(process.env);
const { inboundQueue } = settings;
const sqs = new SQSClient({});
const cell = awsCell({
  settings,
  dynamoDb: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  topic: topicFrom(process.env, entraByRole),
  ...peerTokenFrom(settings, () => entraByRole(process.env)),
  compensate: notConnected,
  writeLog: (record) => console.log(JSON.stringify(record)),
  // By itself on its line, as a metric filter reads it: `console` puts more around it.
  onReceived: replicationLagLines(Date.now, (line) => void process.stdout.write(`${line}\n`)),
  ...(inboundQueue !== undefined && {
    enqueue: async (message: string) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: inboundQueue, MessageBody: message }));
    },
  }),
});

export const api: typeof cell.api = cell.api;
export const receive: typeof cell.receive = cell.receive;
export const relay: typeof cell.relay = cell.relay;

/** Writes what it came to, for the log; a peer that does not answer is asked again by the next run. */
export async function reconcile(): Promise<void> {
  const { failed, ...healed } = await cell.reconcile();
  console.log(JSON.stringify({ reconcile: { ...healed, failed: Object.fromEntries(failed) } }));
}

export async function sweep(): Promise<void> {
  console.log(JSON.stringify({ sweep: await cell.sweep() }));
}
