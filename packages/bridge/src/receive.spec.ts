import { gzipSync } from 'node:zlib';
import {
  createMemoryStore,
  type DomainEvent,
  EventRefusedError,
  type EventStore,
  EventTooLargeError,
  StoreUnavailableError,
  TwinlogError,
} from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { SenderUnverifiableError, sharedKey } from './authorise.ts';
import { createMemoryDeadLetters, type DeadLetter } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { createReceiver, type ReceiverOptions } from './receive.ts';
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

  test.each([
    ['percent-encoded', (value: string) => encodeURIComponent(value)],
    [
      'quoted, as senders before 1.0.2 may',
      (value: string) =>
        `"${encodeURIComponent(value).replace(/%5C|%22/g, (c) => `\\${decodeURIComponent(c)}`)}"`,
    ],
  ])('takes attributes out of headers of binary mode as they were before: %s', async (_, encoded) => {
    const { receive, store, letters } = receiver();
    const event = await one();
    const subject = event.subject.replace(/^account\/[^/]+/, 'account/a%20b%2F%E2%82%AC');
    const { data, datacontenttype, ...attributes } = { ...event, subject, later: 'größer "als" 7 \\ € 100%' };
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encoded(String(value))]),
    );
    await receive(delivery(data, 'Application/JSON; charset=UTF-8', headers));
    expect(letters.size).toBe(0);
    expect(await store.read(event.partitionkey)).toEqual([{ ...attributes, data, datacontenttype }]);
  });

  test('keeps headers of binary mode that are not encoded as they should be as a dead letter', async () => {
    const { receive, letters } = receiver();
    const answer = await receive(
      delivery('{}', 'application/json', { 'ce-specversion': '1.0', 'ce-id': '%ff' }),
    );
    expect(answer.status).toBe(200);
    expect([...letters.values()]).toMatchObject([
      { code: 'malformed', content: { headers: { 'ce-id': '%ff' } } },
    ]);
  });

  test('takes data with white space around it, and a value that only begins and ends with a quotation mark', async () => {
    const { receive, store, letters } = receiver();
    const { data, datacontenttype, ...attributes } = { ...(await one()), later: '"a" b "c"' };
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]),
    );
    await receive(delivery(`\r\n\t ${JSON.stringify(data)}\n`, datacontenttype, headers));
    expect(letters.size).toBe(0);
    expect(await store.read(attributes.partitionkey)).toEqual([{ ...attributes, data, datacontenttype }]);
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['no time', { 'ce-time': undefined }],
    ['a time that is none', { 'ce-time': 'yesterday' }],
    ['a time in another form', { 'ce-time': '2026-01-01' }],
    ['the content type a second time', { 'ce-datacontenttype': 'text/plain' }],
    ['data of its own', { 'ce-data_base64': 'e30=' }],
    ['what only version 0.3 had', { 'ce-datacontentencoding': 'base64' }],
    ['letters that are not encoded', { 'ce-later': 'gr\u00f6\u00dfer' }],
    ['data that is a text', { body: '"{}"' }],
  ])('keeps an event of binary mode as it came where its headers have %s', async (_, wrong) => {
    const { receive, store, letters } = receiver();
    const { data, datacontenttype, ...attributes } = await one();
    const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]);
    const { body = JSON.stringify(data), ...headers } = { ...Object.fromEntries(named), ...wrong };
    const given: Record<string, string> = JSON.parse(JSON.stringify(headers));
    for (let times = 0; times < 2; times++)
      expect((await receive(delivery(body, datacontenttype, given))).status).toBe(200);
    expect(await store.read(attributes.partitionkey)).toEqual([]);
    expect([...letters.values()]).toMatchObject([
      {
        code: 'malformed',
        content: {
          base64: Buffer.from(body).toString('base64'),
          headers: { 'content-type': datacontenttype, ...given },
        },
      },
    ]);
  });

  test('takes nothing compressed: its bytes could not be told from what holds no events', async () => {
    const { receive, letters } = receiver();
    const answer = await receive(delivery(gzipSync('[]'), undefined, { 'content-encoding': 'gzip' }));
    expect([answer.status, answer.headers.get('accept-encoding'), letters.size]).toEqual([
      415,
      'identity',
      0,
    ]);
    for (const encoding of ['Identity', ''])
      expect((await receive(delivery([], undefined, { 'content-encoding': encoding }))).status).toBe(200);
  });

  test('stores what is good though the dead letters are away, and asks for all of it again', async () => {
    const away = new StoreUnavailableError('The dead letters are away.');
    const deadLetters = { ...createMemoryDeadLetters(), put: () => Promise.reject(away) };
    const { receive, store } = receiver(createMemoryStore(), deadLetters);
    const good = await decidedEvents(200);
    expect((await receive(delivery(['bad', ...good, 'bad']))).status).toBe(503);
    for (const event of good) expect(await store.read(event.partitionkey)).toEqual([event]);
  });

  test('blames no event for a store that is set up wrong, be it within a delivery: the rest is asked for again', async () => {
    const setUpWrong = new TwinlogError('store_misconfigured', 'The role may not write.');
    const store = createMemoryStore();
    const events = await decidedEvents(100);
    let left = 40;
    const insert = (event: DomainEvent) => (left-- > 0 ? store.insert(event) : Promise.reject(setUpWrong));
    const { receive, letters } = receiver({ ...store, insert });
    expect((await receive(delivery(events))).status).toBe(503);
    expect(letters.size).toBe(0);
    left = 100;
    expect(await (await receive(delivery(events))).json()).toEqual({
      ...{ stored: 60, duplicate: 40, deadLetter: 0 },
    });
  });

  test.each([
    [new EventRefusedError('Nesting too deep.'), 'Nesting too deep.'],
    [new RangeError('a secret'), 'The store failed on this event with RangeError.'],
  ])('keeps an event that the store fails on, be it alone in its delivery: %s', async (fault, detail) => {
    const store = createMemoryStore();
    const [poison, ...rest] = await decidedEvents(3);
    const insert = (event: DomainEvent) =>
      event.id === poison?.id ? Promise.reject(fault) : store.insert(event);
    const { receive, letters } = receiver({ ...store, insert });
    const kept = { stored: 0, duplicate: 0, deadLetter: 1 };
    expect(await (await receive(delivery([poison]))).json()).toEqual(kept);
    expect(await (await receive(delivery([poison, ...rest]))).json()).toEqual({ ...kept, stored: 2 });
    expect([...letters.values()]).toMatchObject([{ code: 'unstorable', detail }]);
  });

  test('stores what it can though one stream is throttled, and asks for all of it again', async () => {
    const store = createMemoryStore();
    const [first, ...others] = await decidedEvents(200);
    if (!first) throw new Error('events were asked for');
    const hot = Array.from({ length: 200 }, (_, at) => {
      const sequence = String(at + 1).padStart(10, '0');
      return { ...first, sequence, seen: at === 0 ? '' : `aws-us-east-1.1=${at}` };
    });
    const throttled = new StoreUnavailableError('The partition is throttled.');
    let writesOfHot = 0;
    const insert = (event: DomainEvent) => {
      if (event.partitionkey !== first.partitionkey) return store.insert(event);
      writesOfHot += 1;
      return Promise.reject(throttled);
    };
    const { receive } = receiver({ ...store, insert });
    expect((await receive(delivery([...hot, ...others]))).status).toBe(503);
    for (const event of others) expect(await store.read(event.partitionkey)).toEqual([event]);
    expect(writesOfHot).toBeLessThanOrEqual(32);
  });

  test('does not go through a whole delivery while the store is away', async () => {
    let writes = 0;
    const insert = () => {
      writes += 1;
      return Promise.reject(new StoreUnavailableError('away'));
    };
    const { receive } = receiver({ ...createMemoryStore(), insert });
    expect((await receive(delivery(await decidedEvents(200)))).status).toBe(503);
    expect(writes).toBeLessThanOrEqual(2 * 32);
  });

  test('keeps every dead letter that it can, though one cannot be kept', async () => {
    const kept = createMemoryDeadLetters();
    const put = (letter: DeadLetter) =>
      letter.code === 'own_origin'
        ? Promise.reject(new StoreUnavailableError('The letter is throttled.'))
        : kept.put(letter);
    const { receive, letters } = receiver(createMemoryStore(), { ...kept, put });
    const own = await one('azure-eastus.1');
    expect((await receive(delivery(['bad', own, ...(await decidedEvents(3, 'gcp-us.1'))]))).status).toBe(503);
    expect(letters.size).toBe(4);
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

  test('takes an event however it came, alone or in a batch, as deep as it may be, and its neighbours', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const events = await decidedEvents(3);
    // The event and its data are levels as well.
    const [alone, batched, other] = events.map((event) => ({ ...event, data: { nested: nested(998) } }));
    const { receive, store, letters } = receiver();
    await receive(delivery(alone, 'application/cloudevents+json'));
    await receive(delivery([batched, other]));
    for (const event of [alone, batched, other])
      expect(await store.read(event?.partitionkey ?? '')).toEqual([event]);
    expect(letters.size).toBe(0);
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

  test('answers 503 while the store, the dead letters or the keys are away, and tells why: the sender tries again', async () => {
    const away = new StoreUnavailableError('away');
    const unknown = new SenderUnverifiableError('The keys cannot be fetched.');
    const told: unknown[] = [];
    const options = {
      store: createMemoryStore(),
      cell: 'azure-eastus',
      peers: ['aws-us-east-1'],
      authorise: sharedKey([key]),
      deadLetters: { put: () => Promise.reject(away) },
      now: () => 0,
      onError: (error: unknown) => {
        told.push(error);
        throw new Error('the log is away, too');
      },
    };
    const noStore = { ...createMemoryStore(), insert: () => Promise.reject(away) };
    const statusOf = async (changed: Partial<ReceiverOptions>, body: unknown) =>
      (await createReceiver({ ...options, ...changed })(delivery(body))).status;
    expect(await statusOf({ store: noStore }, [await one()])).toBe(503);
    expect(await statusOf({}, ['text'])).toBe(503);
    expect(await statusOf({}, 'text')).toBe(503);
    expect(await statusOf({ authorise: () => Promise.reject(unknown) }, 'text')).toBe(503);
    expect(told).toEqual([away, away, away, unknown]);
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
