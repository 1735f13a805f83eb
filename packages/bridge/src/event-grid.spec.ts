import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { createMemoryStore } from '@twinlog/core';
import { type EventGrid, startEventGrid } from '@twinlog/emulators';
import { afterEach, describe, expect, test } from 'vitest';
import { sharedKey, sharedKeyHeader } from './authorise.ts';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { eventGridPublisher } from './event-grid.ts';
import { decidedEvents } from './events.fixture.ts';
import { createReceiver } from './receive.ts';
import { relay } from './relay.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function publisherOf(topic: EventGrid) {
  const credential = new AzureKeyCredential(topic.keys().key1);
  const client = new EventGridPublisherClient(topic.endpoint, 'CloudEvent', credential, {
    allowInsecureConnection: true,
  });
  return eventGridPublisher(client);
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
