import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import { inspect } from 'node:util';
import { type Container, CosmosClient } from '@azure/cosmos';
import { createService, systemRuntime, TwinlogError, transaction } from '@twinlog/core';
import { sampleEvent, uniqueName } from '@twinlog/core/testing';
import { type CosmosEmulator, startCosmos } from '@twinlog/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContainer } from './container.ts';
import { createCosmosEventStore } from './cosmos-event-store.ts';

describe('The Cosmos DB store', () => {
  let emulator: CosmosEmulator;
  let container: Container;
  let client: CosmosClient;
  beforeAll(async () => {
    emulator = await startCosmos({ partitions: 2 });
    const connectionPolicy = { enableEndpointDiscovery: false, requestTimeout: 5_000 };
    client = new CosmosClient({ endpoint: emulator.endpoint, key: emulator.key, connectionPolicy });
    const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
    await createContainer(database, 'events');
    container = database.container('events');
  });
  afterAll(async () => {
    client.dispose();
    await emulator.stop();
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
    ['whose answer is lost', 'alreadyAppended', { kind: 'resetAfter' }],
    ['that never arrived', 'appended', { kind: 'resetBefore' }],
    ['that was throttled', 'appended', { kind: 'throttle', retryAfterMs: 1 }],
  ] as const)('a command’s write %s is sent again: it is %s, and one event', async (_, kind, fault) => {
    const store = createCosmosEventStore({ container });
    const service = createService({
      aggregate: transaction,
      store,
      origin: 'azure-eastus.1',
      assignment: '1.azure-eastus',
      runtime: systemRuntime,
    });
    let writes = 0;
    emulator.fault = (operation) => (operation.kind === 'create' && ++writes === 1 ? fault : undefined);
    const stream = uniqueName('stream');
    const command = { type: 'create', account_id: 'a', amount: '1.00', currency: 'USD' } as const;
    const outcome = await service.execute({ stream, account: 'a', commandId: 'c', command });
    emulator.fault = undefined;
    expect([outcome.kind, writes]).toEqual([kind, 2]);
    expect(await store.read(stream)).toEqual(['event' in outcome && outcome.event]);
  });

  test.each([
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

  test.each([
    ['One of the specified inputs is invalid', 'event_refused'],
    [
      'PartitionKey extracted from document doesn’t match the one specified in the header',
      'store_misconfigured',
    ],
    ['ConsistencyLevel Strong specified in the request is invalid', 'store_misconfigured'],
  ])(
    'a write that is a bad request (%s) is told as %s, and a read as misconfigured',
    async (message, code) => {
      const store = createCosmosEventStore({ container });
      emulator.fault = ({ kind }) =>
        kind === 'metadata' ? undefined : { kind: 'answer', status: 400, body: { message } };
      const inserting = store.insert(sampleEvent({ stream: 'invalid' }));
      await expect(inserting).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
      await expect(store.read('invalid')).rejects.toMatchObject({ code: 'store_misconfigured' });
      emulator.fault = undefined;
    },
  );

  test.each([
    ['refused', { kind: 'answer', status: 403, body: { message: 'No.' } }],
    ['unavailable', { kind: 'answer', status: 503, body: { message: 'No.' } }],
    ['throttled', { kind: 'throttle', retryAfterMs: 1 }],
    ['reset', { kind: 'resetBefore' }],
  ] as const)(
    'the error of a request that was %s may be logged whole: no credential is in it',
    async (_, fault) => {
      const store = createCosmosEventStore({ container });
      emulator.fault = ({ kind }) => (kind === 'create' ? fault : undefined);
      const event = sampleEvent({ stream: 'secret' });
      const reason = await store.insert(event).catch((error: unknown) => error);
      emulator.fault = undefined;
      expect(reason).toBeInstanceOf(TwinlogError);
      const logged = inspect(reason, { depth: 20, customInspect: false });
      expect(logged).not.toMatch(/authorization|type%3Dmaster|sig%3D/i);
      expect(logged).not.toContain(emulator.key);
    },
  );

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
