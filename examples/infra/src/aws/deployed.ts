import { notConnected } from '../cell.ts';
import { replicationLagLines } from '../metric-line.ts';
import { peerTokenFrom } from '../peer-token.ts';
import { cellSettings } from '../settings.ts';
import { topicWhenNeeded } from '../topic-when-needed.ts';
import { whenNeeded } from '../when-needed.ts';
import { awsCell } from './cell.ts';
import { entraByRole } from './entra.ts';
import { dynamoDbByRole, writeLog } from './surroundings.ts';

/**
 * The cell that a Lambda function belongs to, from its environment variables. What few of its calls need, such as
 * the clients of Event Grid and of the queue, is loaded by the first of them: a start need not wait for it.
 */
export function deployedCell(): ReturnType<typeof awsCell> {
  const settings = cellSettings(process.env);
  const { inboundQueue } = settings;
  return awsCell({
    settings,
    dynamoDb: dynamoDbByRole(),
    // Outside of the relay, only operators have anything published: they drive dead letters again.
    topic: topicWhenNeeded(process.env, entraByRole),
    ...peerTokenFrom(settings, () => entraByRole(process.env)),
    compensate: notConnected,
    writeLog,
    // By itself on its line, as a metric filter reads it: `console` puts more around it.
    onReceived: replicationLagLines(Date.now, (line) => void process.stdout.write(`${line}\n`)),
    ...(inboundQueue !== undefined && { enqueue: queueWhenNeeded(inboundQueue) }),
  });
}

function queueWhenNeeded(queueUrl: string): (message: string) => Promise<void> {
  const send = whenNeeded(async () => {
    const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    const sqs = new SQSClient({});
    return (message: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: message }));
  });
  return async (message) => {
    await (await send())(message);
  };
}
