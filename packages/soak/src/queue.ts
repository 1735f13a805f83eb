import { setTimeout as sleep } from 'node:timers/promises';
import type { SqsEvent, SqsResponse } from '@twinlog/bridge';
import type { Random } from '@twinlog/simulator';

/** A queue as SQS hands it to Lambda: in no order, more than once now and then, and again what was named as failed. */
export interface Queue {
  readonly enqueue: (message: string) => Promise<void>;
  /** Messages that are not done. */
  readonly size: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * What SendMessage takes in a MessageBody.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const sendable = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/** Throws as SendMessage does for characters that no message may have. */
export function assertSendable(message: string): void {
  if (sendable.test(message)) return;
  throw Object.assign(new Error('Invalid characters in the message.'), { name: 'InvalidMessageContents' });
}

const messagesPerBatch = 10;
const idleMs = 5;

export function startQueue(
  receive: (event: SqsEvent) => Promise<SqsResponse>,
  { random, doubled }: { readonly random: Random; readonly doubled: number },
): Queue {
  const messages = new Map<string, string>();
  let sent = 0;
  let isStopped = false;

  const consuming = (async () => {
    while (!isStopped) {
      const batch = [...messages]
        .slice(0, messagesPerBatch)
        .map(([messageId, body]) => ({ messageId, body }));
      if (batch.length === 0) {
        await sleep(idleMs);
        continue;
      }
      for (const { messageId } of batch) messages.delete(messageId);
      const Records = batch.sort(() => random.next() - 0.5);
      const { batchItemFailures } = await receive({ Records });
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { messageId, body } of Records)
        if (failed.has(messageId) || random.chance(doubled)) messages.set(messageId, body);
    }
  })();
  return {
    enqueue: async (message) => {
      assertSendable(message);
      sent += 1;
      messages.set(`message-${sent}`, message);
    },
    size: () => messages.size,
    stop: async () => {
      isStopped = true;
      await consuming;
    },
  };
}
