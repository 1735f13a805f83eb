import { CosmosClient, PartitionKeyKind } from '@azure/cosmos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cosmosClient, openContainer } from './client.ts';
import { type CosmosEmulator, startCosmos } from './cosmos-emulator.ts';

let cosmos: CosmosEmulator;
beforeAll(async () => {
  cosmos = await startCosmos({ partitions: 4 });
});
afterAll(() => cosmos.stop());

test('the account names its endpoint and its consistency, and endpoint discovery works', async () => {
  const client = new CosmosClient({
    endpoint: cosmos.endpoint,
    key: cosmos.key,
    connectionPolicy: { enableBackgroundEndpointRefreshing: false },
  });
  const { resource } = await client.getDatabaseAccount();
  expect(resource?.consistencyPolicy).toBe('Strong');
  expect(await client.getWriteEndpoint()).toBe(cosmos.endpoint);
  expect((await client.databases.createIfNotExists({ id: 'discovered' })).statusCode).toBe(201);
});

test('databases and containers are made once, listed, read and deleted', async () => {
  const client = cosmosClient(cosmos);
  expect((await client.databases.createIfNotExists({ id: 'd' })).statusCode).toBe(201);
  expect((await client.databases.createIfNotExists({ id: 'd' })).statusCode).toBe(200);
  await expect(client.databases.create({ id: 'd' })).rejects.toMatchObject({ code: 409 });
  const { containers } = client.database('d');
  const { resource } = await containers.create({ id: 'c', partitionKey: '/stream' });
  expect(resource).toMatchObject({ id: 'c', partitionKey: { paths: ['/stream'] } });
  expect(resource?._etag).toMatch(/^".+"$/);
  await expect(containers.create({ id: 'c', partitionKey: '/stream' })).rejects.toMatchObject({ code: 409 });
  expect((await containers.createIfNotExists({ id: 'c', partitionKey: '/stream' })).statusCode).toBe(200);
  expect((await containers.readAll().fetchAll()).resources.map(({ id }) => id)).toEqual(['c']);
  await client.database('d').container('c').delete();
  await expect(client.database('d').container('c').read()).rejects.toMatchObject({ code: 404 });
  await client.database('d').delete();
  await expect(client.database('d').read()).rejects.toMatchObject({ code: 404 });
});

test('a container made again is another container: its _rid differs', async () => {
  const container = await openContainer(cosmos, { id: 'again' });
  const before = (await container.read()).resource?._rid;
  await container.delete();
  expect((await (await openContainer(cosmos, { id: 'again' })).read()).resource?._rid).not.toBe(before);
});

test('the physical partitions cover the whole range without gaps', async () => {
  const container = await openContainer(cosmos, { id: 'ranges' });
  const ranges = await container.getFeedRanges();
  expect(ranges).toHaveLength(4);
  expect([ranges[0]?.minInclusive, ranges[3]?.maxExclusive]).toEqual(['', 'FF']);
  for (const index of [1, 2, 3]) expect(ranges[index]?.minInclusive).toBe(ranges[index - 1]?.maxExclusive);
});

test('a hierarchical partition key keeps items apart by all its parts', async () => {
  const container = await openContainer(cosmos, {
    id: 'deep',
    partitionKey: { paths: ['/tenant', '/user'], kind: PartitionKeyKind.MultiHash, version: 2 },
  });
  await container.items.create({ id: 'x', tenant: 't', user: 'one' });
  await container.items.create({ id: 'x', tenant: 't', user: 'two' });
  expect((await container.item('x', ['t', 'two']).read()).resource).toMatchObject({ user: 'two' });
});

test('a container setting that the stand-in lacks is refused, not ignored', async () => {
  const { database } = await openContainer(cosmos, { id: 'plain' });
  const create = database.containers.create({ id: 'ttl', partitionKey: '/pk', defaultTtl: 60 });
  await expect(create).rejects.toMatchObject({ code: 400, message: expect.stringContaining('defaultTtl') });
});
