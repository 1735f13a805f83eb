import { StoreUnavailableError } from '@twinlog/core';
import type { Authorise } from './authorise.ts';
import { cutBatches, type Sized } from './batch.ts';
import { type DeadLetters, deadLetter } from './dead-letters/dead-letter.ts';
import { type FaultListener, tell } from './fault-listener.ts';
import { readEvents, readEventText } from './incoming.ts';
import { createIntake, type IntakeOptions, keepUnreadable } from './intake.ts';
import { tryInParallel } from './reconcile/in-parallel.ts';
import { createWebhook } from './webhook.ts';

/**
 * The most bytes of one message of SQS, 1 MiB. A queue may be set lower.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const sqsMessageBytes = 1_048_576;

/**
 * What no message of SQS may have in it (SendMessage, MessageBody), and text of JSON may have: two code points.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const unsendable = /[\uFFFE\uFFFF]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16)}`;

/** How many messages of one delivery are sent at a time. */
const parallelSends = 8;

export interface QueueingReceiverOptions extends FaultListener {
  readonly authorise: Authorise;
  /** Puts a message into the queue; resolves once the queue has it, and may be asked for the same one again. */
  readonly enqueue: (message: string) => Promise<void>;
  /** For what no queue can hold, and for bytes that are no events. */
  readonly deadLetters: Pick<DeadLetters, 'put'>;
  readonly now: () => number;
  /** The most bytes of a message: `sqsMessageBytes` unless told. */
  readonly maxMessageBytes?: number;
}

/**
 * The receiving end of replication where events wait in a queue of this cell: a webhook that lets the sender in,
 * hands the events to the queue, and only then answers. A queue keeps for days what Event Grid would give up after
 * one, and answers while the store is away. The events are judged where the queue is read, by `createSqsReceiver`.
 * Its answers are those of `createWebhook`, 200 with how many events and messages were queued.
 */
export function createQueueingReceiver(
  options: QueueingReceiverOptions,
): (request: Request) => Promise<Response> {
  const { enqueue, deadLetters, now, maxMessageBytes = sqsMessageBytes } = options;

  const send = async (message: string): Promise<void> => {
    try {
      await enqueue(message);
    } catch (cause) {
      throw new StoreUnavailableError('The queue did not take the events.', { cause });
    }
  };

  return createWebhook({
    ...options,
    accept: async (delivery) => {
      const incoming = await readEvents(delivery);
      if (incoming.kind === 'unreadable') {
        await keepUnreadable(delivery, incoming.detail, deadLetters, now());
        return { queued: 0, messages: 0, deadLetter: 1 };
      }
      const texts = incoming.events.map((event) => {
        const text = JSON.stringify(event).replace(unsendable, escaped);
        return { text, bytes: Buffer.byteLength(text) };
      });
      const fits = ({ bytes }: { readonly bytes: number }): boolean => bytes + 2 <= maxMessageBytes;
      const fitting = texts.filter(fits);
      const tooLarge = texts.filter((one) => !fits(one));
      const limits = { maxBytes: maxMessageBytes, maxCount: Number.POSITIVE_INFINITY };
      const messages = cutBatches(fitting, limits).map(
        (batch) => `[${batch.map(({ text }) => text).join(',')}]`,
      );
      const keep = async ({ text, bytes }: Sized & { readonly text: string }): Promise<void> => {
        const detail = `The event takes ${bytes} bytes and a message of the queue ${maxMessageBytes} at most.`;
        await deadLetters.put(
          deadLetter({ direction: 'in', code: 'too_large', detail }, { json: text }, now()),
        );
      };
      const ofQueue = await tryInParallel(messages, parallelSends, send);
      const ofLetters = await tryInParallel(tooLarge, parallelSends, keep);
      for (const { fault } of [...ofQueue.faults, ...ofLetters.faults]) throw fault;
      return { queued: fitting.length, messages: messages.length, deadLetter: tooLarge.length };
    },
  });
}

export interface SqsReceiverOptions extends IntakeOptions, FaultListener {}

/** What is needed of an invocation by SQS (`SQSEvent` of Lambda's types). */
export interface SqsEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** Of the shape of `SQSBatchResponse`. */
export interface SqsResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/**
 * Takes in events from a queue, as a Lambda function on SQS whose mapping has `ReportBatchItemFailures` on. A
 * message holds a batch of CloudEvents in JSON, or a single one. It is done once each of its events is stored or
 * kept as a dead letter; a message that could not be seen to is named, whatever stood in its way, and SQS hands it out again.
 */
export function createSqsReceiver(options: SqsReceiverOptions): (event: SqsEvent) => Promise<SqsResponse> {
  const { takeDelivery } = createIntake(options);
  return async ({ Records }) => {
    const failed: string[] = [];
    for (const { messageId, body } of Records) {
      try {
        const delivery = { headers: new Headers(), bytes: new TextEncoder().encode(body) };
        await takeDelivery(delivery, () => readEventText(body));
      } catch (error) {
        tell(options.onError, error);
        failed.push(messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/**
 * Takes in events from Event Grid's own trigger of Azure Functions, `app.eventGrid`, on a subscription in the
 * CloudEvents schema: one event, or an array where the trigger's cardinality is many. The host lets the sender in.
 * @throws StoreUnavailableError where the store or the dead letters are away: the host then answers 500, and Event
 * Grid delivers again by its schedule.
 */
export function createEventGridReceiver(options: IntakeOptions): (events: unknown) => Promise<void> {
  const { takeEvents } = createIntake(options);
  return async (events) => {
    await takeEvents(Array.isArray(events) ? events : [events]);
  };
}
