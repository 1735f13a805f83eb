import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AzureKeyCredential,
  EventGridPublisherClient,
  type EventGridPublisherClientOptions,
} from '@azure/eventgrid';
import { createMemoryStore, type DomainEvent } from '@twinlog/core';
import { type EventGrid, startEventGrid } from '@twinlog/emulators';
import { afterEach, describe, expect, test } from 'vitest';
import { sharedKey, sharedKeyHeader } from './authorise.ts';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { eventGridPublisher } from './event-grid.ts';
import { decidedEvents } from './events.fixture.ts';
import { PublishRefusedError } from './publish.ts';
import { createReceiver } from './receive.ts';
import { relay, wireSize } from './relay.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const insecure = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };

function clientOf(topic: EventGrid, key: string, options: EventGridPublisherClientOptions = {}) {
  const credential = new AzureKeyCredential(key);
  return new EventGridPublisherClient(topic.endpoint, 'CloudEvent', credential, { ...insecure, ...options });
}

const publisherOf = (topic: EventGrid) => eventGridPublisher(clientOf(topic, topic.keys().key1));

/** Sees every request of a client once it is signed, and may change it. */
function onRequest(
  look: (request: { url: string; body?: unknown }) => void,
): EventGridPublisherClientOptions {
  const policy: NonNullable<EventGridPublisherClientOptions['additionalPolicies']>[number]['policy'] = {
    name: 'look',
    sendRequest: (request, next) => {
      look(request);
      return next(request);
    },
  };
  return { additionalPolicies: [{ policy, position: 'perRetry' }] };
}

/** A receiver behind a real http server, subscribed to a topic. */
async function subscribedReceiver(topic: EventGrid) {
  const store = createMemoryStore();
  const deadLetters = createMemoryDeadLetters();
  const receive = createReceiver({
    store,
    cell: 'azure-eastus',
    peers: ['aws-us-east-1'],
    authorise: sharedKey(['a-key-for-this-test']),
    deadLetters,
    now: Date.now,
  });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = new Headers(
      Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const method = request.method ?? 'GET';
    const body = method === 'POST' ? Buffer.concat(chunks) : null;
    const answer = await receive(new Request('http://cell/replication/events', { method, headers, body }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => server.close());
  const { port } = server.address() as AddressInfo;
  await topic.subscribe({
    name: 'to-azure',
    endpoint: `http://127.0.0.1:${port}/replication/events`,
    headers: { [sharedKeyHeader]: 'a-key-for-this-test' },
    maxEventsPerBatch: 50,
  });
  return { store, deadLetters };
}

describe('the bridge over Event Grid', () => {
  test('carries every attribute of every event to the other cell, whatever the topic doubles or shuffles', async () => {
    const topic = await startEventGrid();
    stops.push(() => topic.stop());
    const { store, deadLetters } = await subscribedReceiver(topic);
    topic.fault = ({ attempt }) => (attempt === 1 ? { kind: 'duplicate', times: 2 } : undefined);
    const events = await decidedEvents(200);
    const records = events.map((event, index) => ({
      position: String(index),
      change: { kind: 'event', event } as const,
      record: event,
    }));
    const result = await relay(records, {
      cell: 'aws-us-east-1',
      publish: publisherOf(topic),
      deadLetters,
      now: Date.now,
    });
    expect(result).toEqual({ published: 200, parked: 0, failed: [] });
    await topic.idle();
    for (const event of events) expect(await store.read(event.partitionkey)).toEqual([event]);
    expect(deadLetters.letters.size).toBe(0);
  });

  test('reports a publish that the topic refuses, and loses nothing when it is tried again', async () => {
    const topic = await startEventGrid();
    stops.push(() => topic.stop());
    const { store, deadLetters } = await subscribedReceiver(topic);
    const [event] = await decidedEvents(1);
    if (!event) throw new Error('one event was asked for');
    const options = { cell: 'aws-us-east-1', publish: publisherOf(topic), deadLetters, now: Date.now };
    const records = [{ position: 'a', change: { kind: 'event', event } as const, record: event }];
    topic.publishFault = () => ({ kind: 'answer', status: 400 });
    expect((await relay(records, options)).failed).toEqual(['a']);
    topic.publishFault = undefined;
    expect((await relay(records, options)).failed).toEqual([]);
    await topic.idle();
    expect(await store.read(event.partitionkey)).toEqual([event]);
  });
});

describe('publishing to Event Grid', () => {
  test('takes no error without an answer of the topic for a refusal', async () => {
    const unanswered = Object.assign(new Error('The request was aborted.'), {
      ...{ name: 'RestError', statusCode: 400 },
    });
    const publish = eventGridPublisher({ send: () => Promise.reject(unanswered) });
    await expect(publish(await decidedEvents(1))).rejects.toBe(unanswered);
  });

  test('takes just the bytes that batches are cut by', async () => {
    const topic = await startEventGrid();
    stops.push(() => topic.stop());
    const bodies: unknown[] = [];
    const publish = eventGridPublisher(
      clientOf(
        topic,
        topic.keys().key1,
        onRequest(({ body }) => bodies.push(body)),
      ),
    );
    const [event] = await decidedEvents(1);
    if (!event) throw new Error('one event was asked for');
    const events = [event, { ...event, data: { note: 'ä😀\u2028"\\\n' }, later: 'an attribute of later' }];
    await publish(events);
    const bytes = events.reduce((sum, one) => sum + wireSize(one) + 1, 1);
    expect(bodies.map((body) => Buffer.byteLength(String(body)))).toEqual([bytes]);
  });

  test('sends events as the log has them, though Azure traces the request: no trace is put into an event without one', async () => {
    const topic = await startEventGrid();
    stops.push(() => topic.stop());
    const bodies: unknown[] = [];
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    // As `@azure/opentelemetry-instrumentation-azure-sdk` has the SDK do.
    const traced: EventGridPublisherClientOptions = {
      additionalPolicies: [
        {
          position: 'perCall',
          policy: {
            name: 'traced',
            sendRequest: (request, next) => {
              request.headers.set('traceparent', traceparent);
              return next(request);
            },
          },
        },
        ...(onRequest(({ body }) => bodies.push(body)).additionalPolicies ?? []),
      ],
    };
    const [{ traceparent: _, ...event } = { traceparent }] = await decidedEvents(1);
    const { store } = await subscribedReceiver(topic);
    await eventGridPublisher(clientOf(topic, topic.keys().key1, traced))([event as DomainEvent]);
    expect(bodies).toEqual([expect.not.stringContaining('traceparent')]);
    await topic.idle();
    expect(await store.read((event as DomainEvent).partitionkey)).toEqual([event]);
  });

  test('goes on without a gap while both keys are regenerated, one after the other', async () => {
    const topic = await startEventGrid();
    stops.push(() => topic.stop());
    const credentials = [topic.keys().key1, topic.keys().key2].map((key) => new AzureKeyCredential(key));
    const [first, second] = credentials.map(
      (credential) => new EventGridPublisherClient(topic.endpoint, 'CloudEvent', credential, insecure),
    );
    if (!first || !second) throw new Error('a topic has two keys');
    const publish = eventGridPublisher(first, second);
    const [event] = await decidedEvents(1);
    if (!event) throw new Error('one event was asked for');
    await publish([event]);
    const key1 = topic.regenerateKey('key1');
    await publish([event]);
    credentials[0]?.update(key1);
    topic.regenerateKey('key2');
    await publish([event]);
    expect(topic.published()).toBe(3);
    topic.regenerateKey('key1');
    await expect(publish([event])).rejects.toMatchObject({ statusCode: 401 });
  });

  test('may show an Entra token', async () => {
    const topic = await startEventGrid({ verifyBearer: (token) => token === 'a good token' });
    stops.push(() => topic.stop());
    const scopes: unknown[] = [];
    // The SDK sends tokens over https only: to the stand-in they go in the clear.
    const inTheClear = onRequest((request) => {
      request.url = request.url.replace('https:', 'http:');
    });
    const client = new EventGridPublisherClient(
      topic.endpoint.replace('http:', 'https:'),
      'CloudEvent',
      {
        getToken: async (scope) => {
          scopes.push(scope);
          return { token: 'a good token', expiresOnTimestamp: Date.now() + 3_600_000 };
        },
      },
      { ...insecure, ...inTheClear },
    );
    await eventGridPublisher(client)(await decidedEvents(3));
    expect([topic.published(), scopes]).toEqual([3, [['https://eventgrid.azure.net/.default']]]);
  });

  test.each([
    [413, 'too_large'],
    [400, 'bad'],
  ])('tells apart what the topic will never take: %i', async (status, reason) => {
    const topic = await startEventGrid();
    stops.push(() => topic.stop());
    topic.publishFault = () => ({ kind: 'answer', status });
    const refusal = publisherOf(topic)(await decidedEvents(1));
    await expect(refusal).rejects.toBeInstanceOf(PublishRefusedError);
    await expect(refusal).rejects.toMatchObject({ reason });
  });

  test.each([400, 413])(
    'takes no refusal by whoever gives out tokens, %i, for one of the events',
    async (statusCode) => {
      const unreachable = Object.assign(new Error('network_error'), {
        ...{ name: 'AuthenticationError', statusCode },
      });
      const publish = eventGridPublisher({ send: () => Promise.reject(unreachable) });
      await expect(publish(await decidedEvents(1))).rejects.toBe(unreachable);
    },
  );
});
