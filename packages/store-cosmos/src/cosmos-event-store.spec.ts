import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import { type Container, CosmosClient } from '@azure/cosmos';
import { EventTooLargeError, TwinlogError } from '@twinlog/core';
import {
  describeEventStore,
  describeEventStoreUnderFaults,
  type FaultyStore,
  sampleEvent,
} from '@twinlog/core/testing';
import { type CosmosEmulator, type CosmosFault, type CosmosOptions, startCosmos } from '@twinlog/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContainer } from './container.ts';
import { createCosmosEventStore } from './cosmos-event-store.ts';
import { documentSize, encodeDocument, maxDocumentBytes } from './document.ts';

interface TestContainer {
  readonly emulator: CosmosEmulator;
  readonly container: Container;
  readonly stop: () => Promise<void>;
}

async function startContainer(options: CosmosOptions = {}): Promise<TestContainer> {
  const emulator = await startCosmos({ partitions: 2, ...options });
  const client = new CosmosClient({
    endpoint: emulator.endpoint,
    key: emulator.key,
    connectionPolicy: { enableEndpointDiscovery: false, requestTimeout: 5_000 },
  });
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  await createContainer(database, 'events');
  return {
    emulator,
    container: database.container('events'),
    stop: async () => {
      client.dispose();
      await emulator.stop();
    },
  };
}

describeEventStore('The Cosmos DB store', async () => {
  const { container, stop } = await startContainer();
  return { store: createCosmosEventStore({ container }), stop };
});

describeEventStoreUnderFaults('The Cosmos DB store', async (): Promise<FaultyStore> => {
  let ahead = 0;
  const { emulator, container, stop } = await startContainer({ now: () => Date.now() + ahead });
  let lost = 0;
  let throttled = 0;
  emulator.fault = ({ kind }): CosmosFault | undefined => {
    if (kind === 'metadata') return undefined;
    if (throttled-- > 0) return { kind: 'throttle', retryAfterMs: 1 };
    return kind === 'create' && lost-- > 0 ? { kind: 'resetAfter' } : undefined;
  };
  return {
    store: createCosmosEventStore({ container }),
    loseAcknowledgements: (count) => {
      lost = count;
    },
    throttle: (count) => {
      throttled = count;
    },
    cut: () => emulator.cut(),
    restore: () => emulator.restore(),
    setDatabaseAhead: (ms) => {
      ahead = ms;
    },
    requests: () => ({
      reads: emulator.requests.read + emulator.requests.query,
      writes: emulator.requests.create,
    }),
    stop,
  };
});

describe('The Cosmos DB store', () => {
  let emulator: CosmosEmulator;
  let container: Container;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ emulator, container, stop } = await startContainer());
  });
  afterAll(() => stop());

  test('a container that exists is left as it is', async () => {
    await createCosmosEventStore({ container }).insert(sampleEvent({ stream: 'kept' }));
    await createContainer(container.database, container.id);
    expect(await createCosmosEventStore({ container }).read('kept')).toHaveLength(1);
  });

  test('a document of 2 MB less 1 KB is kept, and one byte more refused before anything is sent', async () => {
    const store = createCosmosEventStore({ container });
    const eventOf = (stream: string, bytes: number) => {
      const data = (note: string) => ({ ...sampleEvent({ stream, at: 1_000 }), data: { note } });
      return data('x'.repeat(bytes - documentSize(encodeDocument(data('')))));
    };
    const largest = eventOf('large-1', maxDocumentBytes);
    expect(await store.insert(largest)).toEqual({ inserted: true });
    expect(await store.read('large-1')).toEqual([largest]);
    const before = emulator.requests.create;
    await expect(store.insert(eventOf('large-2', maxDocumentBytes + 1))).rejects.toThrow(EventTooLargeError);
    expect(emulator.requests.create).toBe(before);
  });

  test.each([408, 410, 449, 500, 503])('a write answered with %i is sent again at once', async (status) => {
    const store = createCosmosEventStore({ container });
    const event = sampleEvent({ stream: `again-${status}` });
    let faults = 2;
    emulator.fault = ({ kind }) =>
      kind === 'create' && faults-- > 0 ? { kind: 'answer', status, body: { message: 'No.' } } : undefined;
    expect(await store.insert(event)).toEqual({ inserted: true });
    emulator.fault = undefined;
  });

  test.each([
    [400, undefined, 'store_misconfigured'],
    [401, undefined, 'store_misconfigured'],
    [403, undefined, 'store_misconfigured'],
    [403, 3, 'store_unavailable'],
    [408, undefined, 'store_unavailable'],
    [410, 1002, 'store_unavailable'],
    [429, 3200, 'store_unavailable'],
    [449, undefined, 'store_unavailable'],
    [500, undefined, 'store_unavailable'],
    [503, undefined, 'store_unavailable'],
  ])('status %i with substatus %s is told as %s by every method', async (status, substatus, told) => {
    const store = createCosmosEventStore({ container });
    emulator.fault = ({ kind }) =>
      kind === 'metadata'
        ? undefined
        : { kind: 'answer', status, body: { message: 'No.' }, ...(substatus !== undefined && { substatus }) };
    const attempts = await Promise.allSettled([
      store.insert(sampleEvent({ stream: 'faulty' })),
      store.read('faulty'),
      store.list({ account: 'acc_1', limit: 1 }),
      store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 1, limit: 1 }),
    ]);
    emulator.fault = undefined;
    for (const attempt of attempts) {
      const reason: unknown = attempt.status === 'rejected' ? attempt.reason : undefined;
      expect(reason).toBeInstanceOf(TwinlogError);
      expect(reason).toMatchObject({ code: told, cause: expect.any(Error) });
    }
  });

  test('every read asks for Strong consistency', async () => {
    const asked: unknown[] = [];
    const watch = (message: unknown): void => {
      const request = typeof message === 'object' && message && 'request' in message && message.request;
      if (!(request instanceof ClientRequest) || request.getHeader('x-ms-cosmos-is-query-plan-request'))
        return;
      asked.push([request.method, request.getHeader('x-ms-consistency-level')]);
    };
    const store = createCosmosEventStore({ container });
    const event = sampleEvent({ stream: 'strong' });
    await store.insert(event);
    subscribe('http.client.request.start', watch);
    await store.insert(event);
    await store.read('strong');
    unsubscribe('http.client.request.start', watch);
    expect(asked).toEqual([
      ['POST', undefined],
      ['GET', 'Strong'],
      ['POST', 'Strong'],
    ]);
  });

  test('an account whose consistency is weaker than Strong is told of, and what to set', async () => {
    const store = createCosmosEventStore({ container });
    const message =
      'ConsistencyLevel Strong specified in the request is invalid when service is configured with consistency level Session.';
    emulator.fault = ({ kind }) =>
      kind === 'query' ? { kind: 'answer', status: 400, body: { code: 'BadRequest', message } } : undefined;
    const reading = store.read('s');
    await expect(reading).rejects.toMatchObject({
      code: 'store_misconfigured',
      message: expect.stringContaining('default consistency to Strong'),
    });
    emulator.fault = undefined;
  });

  test('a container that does not exist is told as a misconfiguration that names it', async () => {
    const store = createCosmosEventStore({ container: container.database.container('nowhere') });
    const missing = { code: 'store_misconfigured', message: expect.stringContaining('"nowhere"') };
    await expect(store.read('s')).rejects.toMatchObject(missing);
    await expect(store.insert(sampleEvent({ stream: 's' }))).rejects.toMatchObject(missing);
  });

  test('a wrong key is told as a misconfiguration', async () => {
    const key = Buffer.from('test').toString('base64');
    const client = new CosmosClient({ endpoint: emulator.endpoint, key });
    const store = createCosmosEventStore({ container: client.database('twinlog').container('events') });
    await expect(store.read('s')).rejects.toMatchObject({ code: 'store_misconfigured' });
    client.dispose();
  });
});
