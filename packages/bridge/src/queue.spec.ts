import { createMemoryStore, type EventStore, StoreUnavailableError } from '@twinlog/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { sharedKey } from './authorise.ts';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { createEventGridReceiver, createQueueingReceiver, createSqsReceiver } from './queue.ts';

const key = 'a-key-for-this-test';

function cell(store: EventStore = createMemoryStore()) {
  const deadLetters = createMemoryDeadLetters();
  const intake = { store, cell: 'azure-eastus', peers: ['aws-us-east-1'], deadLetters, now: () => 0 };
  return { store, deadLetters, intake };
}

function delivery(body: unknown, headers: Record<string, string> = {}): Request {
  return new Request('http://cell/replication/events', {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json', 'x-twinlog-key': key, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** As SQS hands messages to Lambda, as far as anybody looks. */
function sqsEvent(bodies: readonly string[]): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `m${index}`,
      receiptHandle: 'r',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'me',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:inbound',
      awsRegion: 'us-east-1',
    })),
  };
}

describe('receiving by way of a queue', () => {
  test('hands the events to the queue before it answers, and from there they are stored', async () => {
    const { store, deadLetters, intake } = cell();
    const queue: string[] = [];
    const receive = createQueueingReceiver({
      authorise: sharedKey([key]),
      enqueue: async (message) => void queue.push(message),
      deadLetters,
      now: () => 0,
      maxMessageBytes: 2_000,
    });
    const events = await decidedEvents(10);
    const answer = await receive(delivery(events));
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { queued: 10, messages: queue.length, deadLetter: 0 },
    ]);
    for (const message of queue) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2_000);
    expect(queue.length).toBeLessThan(10);
    const response: SQSBatchResponse = await createSqsReceiver(intake)(sqsEvent(queue));
    expect(response).toEqual({ batchItemFailures: [] });
    for (const event of events) expect(await store.read(event.partitionkey)).toEqual([event]);
  });

  test('hands over no character that a message of SQS may not have, and the events whole all the same', async () => {
    const { store, deadLetters, intake } = cell();
    const queue: string[] = [];
    // The set that SendMessage documents for MessageBody.
    const sendable = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
    const receive = createQueueingReceiver({
      ...{ authorise: sharedKey([key]), deadLetters, now: () => 0 },
      enqueue: async (message) => {
        if (!sendable.test(message)) throw new Error('InvalidMessageContents');
        queue.push(message);
      },
    });
    const [event, other] = await decidedEvents(2);
    const odd = { ...event, data: { ...event?.data, note: 'a\uffffb\ufffe\u{1fffe}\ud800' } };
    expect((await receive(delivery([odd, other]))).status).toBe(200);
    await createSqsReceiver(intake)(sqsEvent(queue));
    expect(await store.read(odd.partitionkey ?? '')).toEqual([odd]);
  });

  test('lets nobody in who shows no key, and puts nothing into the queue', async () => {
    const { deadLetters } = cell();
    const queue: string[] = [];
    const enqueue = async (message: string) => void queue.push(message);
    const receive = createQueueingReceiver({
      authorise: sharedKey([key]),
      enqueue,
      deadLetters,
      now: () => 0,
    });
    expect((await receive(delivery([{}], { 'x-twinlog-key': 'wrong' }))).status).toBe(401);
    expect([queue, deadLetters.letters.size]).toEqual([[], 0]);
  });

  test('answers 503 while the queue does not take the events, and tells why', async () => {
    const { deadLetters } = cell();
    const cause = new Error('throttled');
    const told: unknown[] = [];
    const receive = createQueueingReceiver({
      authorise: sharedKey([key]),
      enqueue: () => Promise.reject(cause),
      deadLetters,
      now: () => 0,
      onError: (error) => told.push(error),
    });
    expect((await receive(delivery(await decidedEvents(1)))).status).toBe(503);
    expect(told).toMatchObject([{ code: 'store_unavailable', cause }]);
  });

  test('queues what it can though the dead letters are away or the queue refuses a message, and answers 503', async () => {
    const { deadLetters } = cell();
    const away = () => Promise.reject(new StoreUnavailableError('away'));
    const [first, second, third] = await decidedEvents(3);
    const large = { ...first, data: { note: 'x'.repeat(1_000) } };
    const queue: string[] = [];
    const options = { authorise: sharedKey([key]), deadLetters, now: () => 0, maxMessageBytes: 1_000 };
    const enqueue = async (message: string) => void queue.push(message);
    const withoutLetters = createQueueingReceiver({ ...options, enqueue, deadLetters: { put: away } });
    expect((await withoutLetters(delivery([large, first, second]))).status).toBe(503);
    expect(queue).toEqual([first, second].map((event) => JSON.stringify([event])));
    queue.length = 0;
    const receive = createQueueingReceiver({
      ...options,
      enqueue: async (message) => {
        if (message.includes(first?.id ?? '')) throw new Error('InvalidMessageContents');
        // Slower than the refusal: nothing may go on behind the answer.
        await new Promise((resolve) => setImmediate(resolve));
        queue.push(message);
      },
    });
    const small = [first, second, third];
    expect((await receive(delivery([...small, { ...large, id: second?.id }]))).status).toBe(503);
    expect(queue).toEqual([second, third].map((event) => JSON.stringify([event])));
    expect(deadLetters.letters.size).toBe(1);
  });

  test('keeps as dead letters what no message can hold, and bytes that are no events', async () => {
    const { deadLetters } = cell();
    const queue: string[] = [];
    const receive = createQueueingReceiver({
      authorise: sharedKey([key]),
      enqueue: async (message) => void queue.push(message),
      deadLetters,
      now: () => 0,
      maxMessageBytes: 1_000,
    });
    const [small] = await decidedEvents(1);
    const large = { ...small, data: { note: 'x'.repeat(1_000) } };
    expect(await (await receive(delivery([large, small]))).json()).toMatchObject({
      queued: 1,
      deadLetter: 1,
    });
    expect((await receive(delivery('{"half":'))).status).toBe(200);
    expect(queue).toEqual([JSON.stringify([small])]);
    expect([...deadLetters.letters.values()].map(({ code }) => code)).toEqual(['too_large', 'malformed']);
  });
});

describe('receiving from SQS', () => {
  test('whatever stands in the way of a message is told, and holds up no other', async () => {
    const { intake } = cell();
    const mistake = new RangeError('of the dead letters');
    const deadLetters = { put: () => Promise.reject(mistake) };
    const [event] = await decidedEvents(1);
    const told: unknown[] = [];
    const receive = createSqsReceiver({ ...intake, deadLetters, onError: (error) => told.push(error) });
    expect(await receive(sqsEvent(['no event', JSON.stringify(event)]))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm0' }],
    });
    expect(told).toEqual([mistake]);
    expect(await intake.store.read(event?.partitionkey ?? '')).toEqual([event]);
  });

  test('names just the messages that could not be seen to', async () => {
    const [poor, rich] = await decidedEvents(2);
    if (!poor || !rich) throw new Error('two events were asked for');
    const memory = createMemoryStore();
    const insert: EventStore['insert'] = async (event) => {
      if (event.id === poor.id) throw new StoreUnavailableError('throttled');
      return memory.insert(event);
    };
    const { intake } = cell({ ...memory, insert });
    const bodies = [JSON.stringify(poor), 'no event', JSON.stringify(rich), '[]', ''];
    expect(await createSqsReceiver(intake)(sqsEvent(bodies))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm0' }],
    });
    expect(await memory.read(rich.partitionkey)).toEqual([rich]);
    const kept = [...intake.deadLetters.letters.values()].map(({ content }) => content);
    expect(kept).toEqual([
      { base64: Buffer.from('no event').toString('base64'), headers: {} },
      { base64: '', headers: {} },
    ]);
  });
});

describe('receiving from the Event Grid trigger', () => {
  test('takes one event, or many', async () => {
    const { store, intake } = cell();
    const receive = createEventGridReceiver(intake);
    const [first, ...rest] = await decidedEvents(3);
    if (!first) throw new Error('events were asked for');
    await receive(first);
    await receive([first, ...rest]);
    for (const event of [first, ...rest]) expect(await store.read(event.partitionkey)).toEqual([event]);
  });

  test('keeps what is bad, and throws while the store is away, so that Event Grid delivers again', async () => {
    const insert = () => Promise.reject(new StoreUnavailableError('away'));
    const { intake } = cell({ ...createMemoryStore(), insert });
    const receive = createEventGridReceiver(intake);
    await receive(undefined);
    await receive({ specversion: '1.0' });
    expect(intake.deadLetters.letters.size).toBe(2);
    await expect(receive(await decidedEvents(1))).rejects.toThrow(StoreUnavailableError);
  });
});
