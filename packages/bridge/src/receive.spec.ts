import {
  createMemoryStore,
  type DomainEvent,
  type EventStore,
  EventTooLargeError,
  StoreUnavailableError,
} from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { sharedKey } from './authorise.ts';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { createReceiver } from './receive.ts';
import { maxDeliveryBytes } from './webhook.ts';

const key = 'a-key-for-this-test';

function receiver(store: EventStore = createMemoryStore(), deadLetters = createMemoryDeadLetters()) {
  const receive = createReceiver({
    store,
    cell: 'azure-eastus',
    peers: ['aws-us-east-1'],
    authorise: sharedKey(['an-older-key', key]),
    deadLetters,
    now: () => 0,
  });
  return { receive, store, letters: deadLetters.letters };
}

function delivery(
  body: unknown,
  type = 'application/cloudevents-batch+json',
  headers: Record<string, string> = {},
) {
  return new Request('http://cell/replication/events', {
    method: 'POST',
    headers: { 'content-type': type, 'x-twinlog-key': key, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

async function one(origin?: string): Promise<DomainEvent> {
  const [event] = await decidedEvents(1, origin);
  if (!event) throw new Error('one event was asked for');
  return event;
}

describe('receive', () => {
  test('stores a batch, and the same batch again changes nothing', async () => {
    const { receive, store } = receiver();
    const events = await decidedEvents(100);
    const first = await receive(delivery(events));
    expect([first.status, await first.json()]).toEqual([200, { stored: 100, duplicate: 0, deadLetter: 0 }]);
    const second = await receive(delivery(events.toReversed()));
    expect(await second.json()).toEqual({ stored: 0, duplicate: 100, deadLetter: 0 });
    for (const event of events) expect(await store.read(event.partitionkey)).toEqual([event]);
  });

  test('takes structured and binary mode as well, every attribute kept', async () => {
    const { receive, store } = receiver();
    const [structured, binary] = await decidedEvents(2);
    if (!structured || !binary) throw new Error('two events were asked for');
    await receive(delivery(structured, 'application/cloudevents+json; charset=utf-8'));
    const { data, datacontenttype, ...attributes } = binary;
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]),
    );
    const answer = await receive(delivery(data, datacontenttype, headers));
    expect(await answer.json()).toEqual({ stored: 1, duplicate: 0, deadLetter: 0 });
    expect(await store.read(structured.partitionkey)).toEqual([structured]);
    expect(await store.read(binary.partitionkey)).toEqual([binary]);
  });

  test('keeps what can never be stored as a dead letter, whole, acknowledges it, and stores its neighbours', async () => {
    const { receive, store, letters } = receiver();
    const good = await one();
    const stranger = await one('gcp-us-central1.1');
    const own = await one('azure-eastus.1');
    const broken = { ...(await one()), sequence: '7' };
    const answer = await receive(delivery([broken, stranger, good, own, 'text']));
    expect([answer.status, await answer.json()]).toEqual([200, { stored: 1, duplicate: 0, deadLetter: 4 }]);
    expect(await store.read(good.partitionkey)).toEqual([good]);
    const kept = [...letters.values()].map(({ code, content }) => [
      code,
      'json' in content && JSON.parse(content.json),
    ]);
    expect(kept).toEqual(
      expect.arrayContaining([
        ['invalid_event', broken],
        ['unknown_origin', stranger],
        ['own_origin', own],
        ['invalid_event', 'text'],
      ]),
    );
  });

  test('keeps bytes that are no events at all', async () => {
    const { receive, letters } = receiver();
    const bodies = [
      delivery('{"half":'),
      delivery('{}'),
      delivery('hello', 'text/plain'),
      delivery(Uint8Array.of(0xff)),
    ];
    const deep = '['.repeat(100_000);
    for (const body of [...bodies, delivery(deep)]) expect((await receive(body)).status).toBe(200);
    const bytes = ['{"half":', '{}', 'hello', Uint8Array.of(0xff), deep].map((body) => Buffer.from(body));
    expect([...letters.values()].map(({ code, content }) => [code, content])).toEqual(
      bytes.map((body, index) => {
        const type = index === 2 ? 'text/plain' : 'application/cloudevents-batch+json';
        return ['malformed', { base64: body.toString('base64'), headers: { 'content-type': type } }];
      }),
    );
  });

  test('raises a divergence and overwrites nothing: the same place in the log with other content (R5)', async () => {
    const { receive, store, letters } = receiver();
    const event = await one();
    await receive(delivery([event]));
    const other = { ...event, data: { ...event.data, amount: '99.00' } };
    expect(await (await receive(delivery([other]))).json()).toEqual({
      stored: 0,
      duplicate: 0,
      deadLetter: 1,
    });
    expect(await store.read(event.partitionkey)).toEqual([event]);
    expect([...letters.values()].map(({ code }) => code)).toEqual(['divergence']);
  });

  test('keeps as a dead letter what this cell’s database has no room for, though another’s had', async () => {
    const insert = () => Promise.reject(new EventTooLargeError(500_000, 409_600));
    const { receive, letters } = receiver({ ...createMemoryStore(), insert });
    expect(await (await receive(delivery([await one()]))).json()).toEqual({
      stored: 0,
      duplicate: 0,
      deadLetter: 1,
    });
    expect([...letters.values()].map(({ code }) => code)).toEqual(['too_large']);
  });

  test('answers 503 while the store or the dead letters are away: the sender tries again', async () => {
    const away = () => Promise.reject(new StoreUnavailableError('away'));
    const noStore = receiver({ ...createMemoryStore(), insert: away });
    expect((await noStore.receive(delivery([await one()]))).status).toBe(503);
    const noLetters = createReceiver({
      store: createMemoryStore(),
      cell: 'azure-eastus',
      peers: ['aws-us-east-1'],
      authorise: sharedKey([key]),
      deadLetters: { put: away },
      now: () => 0,
    });
    expect((await noLetters(delivery(['text']))).status).toBe(503);
    expect((await noLetters(delivery('text'))).status).toBe(503);
  });

  test('turns strangers away and changes nothing', async () => {
    const { receive, store, letters } = receiver();
    const event = await one();
    for (const shown of ['', 'wrong', `${key} `.repeat(2)]) {
      const answer = await receive(delivery([event], undefined, { 'x-twinlog-key': shown }));
      expect(answer.status).toBe(401);
    }
    expect(await store.read(event.partitionkey)).toEqual([]);
    expect(letters.size).toBe(0);
  });

  test('accepts either of two keys, so that one can be replaced without a gap', async () => {
    const { receive } = receiver();
    const answer = await receive(delivery([await one()], undefined, { 'x-twinlog-key': 'an-older-key' }));
    expect(answer.status).toBe(200);
  });

  test('refuses a delivery above the limit, and other methods', async () => {
    const { receive } = receiver();
    expect((await receive(delivery('x'.repeat(maxDeliveryBytes + 1)))).status).toBe(413);
    const got = await receive(new Request('http://cell/replication/events'));
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  test('proves itself in the webhook handshake', async () => {
    const { receive } = receiver();
    const ask = (headers: Record<string, string>) =>
      receive(new Request('http://cell/replication/events', { method: 'OPTIONS', headers }));
    const answer = await ask({ 'webhook-request-origin': 'eventgrid.azure.net' });
    expect([answer.status, Object.fromEntries(answer.headers)]).toMatchObject([
      200,
      { 'webhook-allowed-origin': 'eventgrid.azure.net', 'webhook-allowed-rate': '*' },
    ]);
    expect((await ask({})).status).toBe(400);
  });
});
