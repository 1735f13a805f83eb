import { once } from 'node:events';
import type { Server } from 'node:http';
import { type Container, CosmosClient } from '@azure/cosmos';
import { createHttpServer } from '@vercel/cosmosdb-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCosmos } from './cosmos-emulator.ts';

// The stand-in held against an independent emulator, @vercel/cosmosdb-server, where that one is right: the same calls
// through the SDK, and what a caller can see of the answers, compared. (It ignores a query's partition key, so here
// each query's items have a property of their own; its batch is not atomic, its change feed a stub, so they are absent.)

const closing: (() => unknown)[] = [];
let ours: Container;
let theirs: Container;

beforeAll(async () => {
  const cosmos = await startCosmos();
  closing.push(() => cosmos.stop());
  const server: Server = createHttpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address');
  ours = await open(cosmos.endpoint, cosmos.key);
  theirs = await open(`http://127.0.0.1:${address.port}`, cosmos.key);
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function open(endpoint: string, key: string): Promise<Container> {
  const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } });
  const { database } = await client.databases.createIfNotExists({ id: 'compared' });
  return (await database.containers.createIfNotExists({ id: 'compared', partitionKey: '/pk' })).container;
}

type Script = (container: Container) => Promise<unknown>;

const ifMatch = (condition: string) => ({ accessCondition: { type: 'IfMatch', condition } });

const scripts: Readonly<Record<string, Script>> = {
  'create, then read': async (container) => [
    await seen(
      container.items.create({ id: '1', pk: 'read', amount: '1.00', nested: { list: [1, 'two', null] } }),
    ),
    await seen(container.item('1', 'read').read()),
  ],
  'read what is not there': async (container) => [await seen(container.item('none', 'read').read())],
  'create the same id twice': async (container) => [
    await seen(container.items.create({ id: '1', pk: 'twice', n: 1 })),
    await seen(container.items.create({ id: '1', pk: 'twice', n: 2 })),
    await seen(container.item('1', 'twice').read()),
  ],
  'create the same id under another partition key': async (container) => [
    await seen(container.items.create({ id: 'same', pk: 'left' })),
    await seen(container.items.create({ id: 'same', pk: 'right' })),
    await seen(container.item('same', 'left').read()),
    await seen(container.item('same', 'right').read()),
  ],
  'replace under a current, then under a stale etag': async (container) => {
    const { etag } = await container.items.create({ id: '1', pk: 'etag', n: 1 });
    const item = container.item('1', 'etag');
    return [
      await seen(item.replace({ id: '1', pk: 'etag', n: 2 }, ifMatch(etag))),
      await seen(item.replace({ id: '1', pk: 'etag', n: 3 }, ifMatch(etag))),
      await seen(item.read()),
    ];
  },
  'replace and delete what is not there': async (container) => [
    await seen(container.item('none', 'gone').replace({ id: 'none', pk: 'gone' })),
    await seen(container.item('none', 'gone').delete()),
  ],
  'upsert, then upsert again': async (container) => [
    await seen(container.items.upsert({ id: '1', pk: 'upsert', n: 1 })),
    await seen(container.items.upsert({ id: '1', pk: 'upsert', n: 2 })),
    await seen(container.item('1', 'upsert').read()),
  ],
  'delete, then read': async (container) => {
    await container.items.create({ id: '1', pk: 'delete' });
    return [
      await seen(container.item('1', 'delete').delete()),
      await seen(container.item('1', 'delete').read()),
    ];
  },
  queries: async (container) => {
    for (const n of [3, 1, 2]) {
      await container.items.create({ id: `q${n}`, pk: 'queried', n, word: ['', 'one', 'two', 'three'][n] });
    }
    const conditions = [
      'c.n = 1',
      'c.n != 1',
      'c.n > 1 AND c.n <= 3',
      "c.n = 1 OR c.word = 'three'",
      'NOT (c.n = 2)',
      'c.n IN (1, 2)',
      'c.n IN (@n, 3)',
      "STARTSWITH(c.word, 't')",
      'IS_DEFINED(c.word)',
      "c.n = 'one'",
      'c.missing = 1',
    ];
    const queries = [
      ...conditions.map((condition) => `SELECT c.id, c.n FROM c WHERE c.pk = 'queried' AND (${condition})`),
      "SELECT * FROM c WHERE c.pk = 'queried' ORDER BY c.n",
      "SELECT VALUE c.word FROM c WHERE c.pk = 'queried' ORDER BY c.n DESC",
      "SELECT VALUE COUNT(1) FROM c WHERE c.pk = 'queried'",
      "SELECT TOP 2 c.n AS number FROM c WHERE c.pk = 'queried' ORDER BY c.word",
    ];
    const answers: unknown[] = [];
    for (const query of queries) {
      const parameters = [{ name: '@n', value: 2 }];
      const { resources } = await container.items
        .query({ query, parameters }, { partitionKey: 'queried' })
        .fetchAll();
      answers.push([query, resources.map(withoutSystemProperties)]);
    }
    return answers;
  },
};

test.each(Object.entries(scripts))('%s: both emulators answer alike', async (_, script) => {
  const expected = await script(theirs);
  expect(await script(ours)).toEqual(expected);
  expect(JSON.stringify(expected)).toMatch(/20\d|404|queried/);
});

async function seen(call: Promise<{ statusCode: number; resource?: unknown }>): Promise<unknown> {
  try {
    const { statusCode, resource } = await call;
    return { status: statusCode, body: withoutSystemProperties(resource ?? null) };
  } catch (error) {
    return { status: error instanceof Error && 'code' in error ? error.code : String(error) };
  }
}

function withoutSystemProperties(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('_')));
}
