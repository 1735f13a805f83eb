import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '../clock/index.ts';
import { type EventGrid, startEventGrid } from './event-grid.ts';
import { type Receiver, startReceiver } from './receiver.fixture.ts';

let grid: EventGrid;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  grid = await startEventGrid({ key: 'first key', verifyBearer: (token) => token === 'good token' });
});
afterEach(async () => {
  await grid.stop();
  await receiver.stop();
});

const client = (key = 'first key'): EventGridPublisherClient<'CloudEvent'> =>
  new EventGridPublisherClient(grid.endpoint, 'CloudEvent', new AzureKeyCredential(key), {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });

const event = (
  id = '1',
  data: unknown = { amount: '1.00' },
): Parameters<EventGridPublisherClient<'CloudEvent'>['send']>[0][number] => ({
  id,
  source: '/cells/aws-us-east-1',
  type: 'transaction.created.v1',
  data,
});

const post = (
  body: string,
  init: { path?: string; headers?: Record<string, string> } = {},
): Promise<Response> =>
  fetch(new URL(init.path ?? '/api/events?api-version=2018-01-01', grid.endpoint), {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/cloudevents-batch+json; charset=utf-8',
      'aeg-sas-key': 'first key',
      ...init.headers,
    },
  });

const json = '{"specversion":"1.0","id":"1","source":"/a","type":"t"}';

describe('publishing with the SDK', () => {
  it('delivers what was sent, extension attributes, time and schema included', async () => {
    await grid.subscribe({ name: 'azure-cell', endpoint: receiver.url });
    await client().send([
      {
        ...event('01J'),
        subject: 'account/ä/transaction/1',
        time: new Date(1_700_000_000_000),
        dataschema: 'https://example.com/schema',
        extensionAttributes: { partitionkey: 'txn_1', sequence: '0001', commandid: 'k', seen: 'a.1=1' },
      },
    ]);
    await grid.idle();
    expect(receiver.received[0]?.events).toEqual([
      {
        specversion: '1.0',
        id: '01J',
        source: '/cells/aws-us-east-1',
        type: 'transaction.created.v1',
        subject: 'account/ä/transaction/1',
        time: '2023-11-14T22:13:20.000Z',
        dataschema: 'https://example.com/schema',
        datacontenttype: 'application/json',
        data: { amount: '1.00' },
        partitionkey: 'txn_1',
        sequence: '0001',
        commandid: 'k',
        seen: 'a.1=1',
      },
    ]);
  });

  it('takes either key, and no longer one that was regenerated', async () => {
    const { key2 } = grid.keys();
    await client(key2).send([event()]);
    const renewed = grid.regenerateKey('key1');
    await expect(client('first key').send([event()])).rejects.toMatchObject({ statusCode: 401 });
    await client(renewed).send([event()]);
    expect(grid.published()).toBe(2);
  });

  it('answers 413 to a request above 1 MB and takes none of it', async () => {
    const half = { text: 'x'.repeat(600 * 1024) };
    await expect(client().send([event('1', half), event('2', half)])).rejects.toMatchObject({
      statusCode: 413,
    });
    expect(grid.published()).toBe(0);
  });

  it('answers 413 to more than 5,000 events', async () => {
    const tiny = (id: number): string => `{"specversion":"1.0","id":"${id}","source":"a","type":"t"}`;
    const batch = (size: number): string => `[${Array.from({ length: size }, (_, id) => tiny(id)).join()}]`;
    expect((await post(batch(5_001))).status).toBe(413);
    expect((await post(batch(5_000))).status).toBe(200);
    expect(grid.published()).toBe(5_000);
  });
});

describe('a publish request', () => {
  it('may carry a bearer token that the verifier accepts', async () => {
    const bearer = async (token: string): Promise<number> =>
      (await post(`[${json}]`, { headers: { 'aeg-sas-key': '', authorization: `Bearer ${token}` } })).status;
    expect(await bearer('good token')).toBe(200);
    expect(await bearer('bad token')).toBe(401);
  });

  it('is 400 as a whole for one bad event, and says which one and why', async () => {
    const answer = await post(`[${json},{"specversion":"1.0","id":"2","source":"/a"}]`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: {
        code: 'BadRequest',
        message: 'Event 1 is not a CloudEvent 1.0: type is a string and not empty.',
      },
    });
    expect(grid.published()).toBe(0);
  });

  it.each([
    ['is not JSON', '[', 400, {}],
    ['is no array', json, 400, {}],
    ['holds no event', '[]', 400, {}],
    [
      'has a bad extension name',
      '[{"specversion":"1.0","id":"1","source":"a","type":"t","bad_name":"x"}]',
      400,
      {},
    ],
    [
      'has a time that is none',
      '[{"specversion":"1.0","id":"1","source":"a","type":"t","time":"today"}]',
      400,
      {},
    ],
    ['has another content type', `[${json}]`, 400, { headers: { 'content-type': 'application/json' } }],
    ['asks for another version', `[${json}]`, 400, { path: '/api/events?api-version=2019-01-01' }],
    ['goes to another path', `[${json}]`, 404, { path: '/api/other?api-version=2018-01-01' }],
  ])('that %s is refused', async (_, body, status, init) => {
    expect((await post(body, init)).status).toBe(status);
    expect(grid.published()).toBe(0);
  });

  it('may be one event in structured mode', async () => {
    const headers = { 'content-type': 'application/cloudevents+json' };
    expect((await post(json, { headers })).status).toBe(200);
    expect(grid.published()).toBe(1);
  });

  it('is 429 beyond the configured rate until the next second', async () => {
    const clock = manualClock();
    const limited = await startEventGrid({
      key: 'k',
      clock,
      publishRate: { eventsPerSecond: 2, bytesPerSecond: 1_000_000 },
    });
    const send = (): Promise<Response> =>
      fetch(`${limited.endpoint}?api-version=2018-01-01`, {
        method: 'POST',
        body: `[${json},${json}]`,
        headers: { 'content-type': 'application/cloudevents-batch+json', 'aeg-sas-key': 'k' },
      });
    expect((await send()).status).toBe(200);
    const throttled = await send();
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '1']);
    clock.advance(1_000);
    expect((await send()).status).toBe(200);
    await limited.stop();
  });
});

describe('a publish fault', () => {
  it('throttles, with nothing taken', async () => {
    grid.publishFault = () => ({ kind: 'throttle' });
    await expect(client().send([event()])).rejects.toMatchObject({ statusCode: 429 });
    expect(grid.published()).toBe(0);
  });

  it('answers 503 once, and the SDK sends again', async () => {
    const retrying = new EventGridPublisherClient(
      grid.endpoint,
      'CloudEvent',
      new AzureKeyCredential('first key'),
      {
        allowInsecureConnection: true,
        retryOptions: { maxRetries: 1, retryDelayInMs: 1 },
      },
    );
    grid.publishFault = () => {
      grid.publishFault = undefined;
      return { kind: 'answer', status: 503 };
    };
    await retrying.send([event()]);
    expect(grid.published()).toBe(1);
  });

  it('breaks the connection before or after the events were taken', async () => {
    grid.publishFault = () => ({ kind: 'resetBefore' });
    await expect(client().send([event()])).rejects.toThrow();
    expect(grid.published()).toBe(0);
    grid.publishFault = () => ({ kind: 'resetAfter' });
    await expect(client().send([event()])).rejects.toThrow();
    expect(grid.published()).toBe(1);
  });
});
