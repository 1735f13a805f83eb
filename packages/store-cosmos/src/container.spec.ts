import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Container, CosmosClient, type Database } from '@azure/cosmos';
import type { EventStore } from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
import { type CosmosEmulator, startCosmos } from '@twinlog/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientDefaults } from './client-defaults.ts';
import { run } from './command.ts';
import { containerDefinition, createContainer } from './container.ts';
import { contributionsContainerDefinition, createCosmosContributions } from './contributions.ts';
import { createCosmosEventStore } from './cosmos-event-store.ts';
import { dataActions, readPermissions } from './permissions.ts';
import { printContainer } from './print-container.ts';

const names = { account: 'cell', database: 'twinlog', container: 'events' };
let emulator: CosmosEmulator;
let client: CosmosClient;
let database: Database;
beforeAll(async () => {
  emulator = await startCosmos();
  const { endpoint, key } = emulator;
  const connectionPolicy = { ...clientDefaults.connectionPolicy, enableEndpointDiscovery: false };
  client = new CosmosClient({ endpoint, key, connectionPolicy });
  ({ database } = await client.databases.createIfNotExists({ id: 'twinlog' }));
});
afterAll(async () => {
  client.dispose();
  await emulator.stop();
});

describe('createContainer', () => {
  test('called again, and by three at once, it leaves one container as it is', async () => {
    const create = () => createContainer(database, 'again');
    await Promise.all([create(), create(), create()]);
    const { resource: before } = await database.container('again').read();
    await create();
    expect((await database.container('again').read()).resource).toEqual(before);
    expect(before).toMatchObject({ partitionKey: { paths: ['/stream'], version: 2 } });
  });

  test.each([
    ['partition key', { partitionKey: { paths: ['/id'] } }, /partition key is \/id and not \/stream/],
    [
      'indexes',
      { indexingPolicy: { includedPaths: [{ path: '/stream/?' }] } },
      /\/eventId\/\? is not indexed/,
    ],
  ])('refuses a container of that name with other %s, and says so', async (what, other, told) => {
    const id = `other ${what}`;
    await database.containers.create({ ...containerDefinition(id), ...other });
    await expect(createContainer(database, id)).rejects.toMatchObject({
      code: 'container_differs',
      message: expect.stringMatching(told),
    });
  });
});

describe('permissions', () => {
  /** The data actions that the documentation names for a request; a query over the SDK needs two. */
  const actionsOf: Readonly<Record<string, readonly string[]>> = {
    create: ['sqlDatabases/containers/items/create'],
    read: ['sqlDatabases/containers/items/read'],
    upsert: ['sqlDatabases/containers/items/upsert'],
    query: ['sqlDatabases/containers/executeQuery', 'sqlDatabases/containers/readChangeFeed'],
    replace: ['sqlDatabases/containers/items/replace'],
    metadata: ['readMetadata'],
  };

  /** What was asked of the service on the wire by a client that knows nothing yet. */
  async function seenOf(act: (store: EventStore, container: Container) => Promise<unknown>) {
    const fresh = new CosmosClient({ endpoint: emulator.endpoint, key: emulator.key });
    const kinds = new Set<string>();
    emulator.onRequest = ({ kind }) => kinds.add(kind);
    const container = fresh.database('twinlog').container('allowed');
    await act(createCosmosEventStore({ container }), fresh.database('twinlog').container('totals'));
    emulator.onRequest = undefined;
    fresh.dispose();
    return [...kinds]
      .flatMap((kind) => actionsOf[kind] ?? [`unknown: ${kind}`])
      .map((action) => `Microsoft.DocumentDB/databaseAccounts/${action}`)
      .sort();
  }

  test('what each operation asks of the service is exactly what is allowed, no more and no less', async () => {
    await createContainer(database, 'allowed');
    await database.containers.createIfNotExists(contributionsContainerDefinition('totals'));
    const event = sampleEvent({ stream: 's', account: 'a', at: 1_000 });
    const seen = {
      insert: await seenOf(async (store) => {
        expect(await store.insert(event)).toEqual({ inserted: true });
        expect(await store.insert(event)).toEqual({ inserted: false, existing: event });
      }),
      read: await seenOf(async (store) => expect(await store.read('s')).toHaveLength(1)),
      readRecent: await seenOf(async (store) =>
        expect((await store.snapshots?.readRecent('s', 8, () => undefined))?.events).toHaveLength(1),
      ),
      keepSnapshot: await seenOf(async (store) => store.snapshots?.keep('s', 'text')),
      list: await seenOf((store) => store.list({ account: 'a', limit: 1 })),
      scan: await seenOf((store) => store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 2_000, limit: 1 })),
      totals: await seenOf(async (_, container) => {
        const totals = createCosmosContributions({ container });
        const none = { authorised: 0n, captured: 0n, refunded: 0n, currency: 'USD' };
        const row = { ...none, account: 'a', stream: 's', version: 'aws-us-east-1.1=1' };
        await totals.keep(row, (await totals.find('a', 's'))?.revision);
        await totals.keep(row, (await totals.find('a', 's'))?.revision);
        expect(await totals.list('a')).toEqual([row]);
      }),
    };
    const { relay, ...exercised } = readPermissions();
    const sorted = Object.entries(exercised).map(([operation, actions]) => [operation, actions.toSorted()]);
    expect(Object.fromEntries(sorted)).toEqual(seen);
    expect(relay?.map((action) => action.split('/').at(-1))).toEqual(['readMetadata', 'readChangeFeed']);
  });
});

test('the README’s table of permissions names every operation, with each of its data actions', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const [operation, actions] of Object.entries(readPermissions())) {
    const row = readme
      .split('\n')
      .find((line) => line.startsWith('| `') && line.includes(`\`${operation}\``));
    for (const action of actions.filter((one) => !one.endsWith('/readMetadata')))
      expect(row, operation).toContain(`\`${action.split('/containers/')[1]}\``);
  }
});

describe('printContainer', () => {
  const { indexingPolicy } = containerDefinition('events');
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

  test('as Bicep has the container, a cell’s role, Strong consistency, and every protection', () => {
    const text = flat(printContainer('bicep', names));
    for (const { path } of [
      ...(indexingPolicy?.includedPaths ?? []),
      ...(indexingPolicy?.excludedPaths ?? []),
    ])
      expect(text).toContain(`{ path: '${path}' }`);
    for (const action of dataActions()) expect(text).toContain(`'${action}'`);
    for (const expected of [
      "consistencyPolicy: { defaultConsistencyLevel: 'Strong' }",
      "backupPolicy: { type: 'Continuous' continuousModeProperties: { tier: 'Continuous30Days' } }",
      'disableLocalAuth: true',
      "level: 'CanNotDelete'",
      "partitionKey: { paths: [ '/stream' ], kind: 'Hash', version: 2 }",
    ])
      expect(text).toContain(expected);
    expect(printContainer('bicep', { ...names, container: `it's \${x}` })).toContain(`'it\\'s \\\${x}'`);
    for (const [open, close] of ['{}', '[]'].map((pair) => [...pair]))
      expect(text.split(open ?? '').length).toBe(text.split(close ?? '').length);
  });

  test('as Terraform has the container, a cell’s role, Strong consistency, and every protection', () => {
    const text = flat(printContainer('terraform', names));
    for (const { path } of indexingPolicy?.includedPaths ?? [])
      expect(text).toContain(`included_path { path = "${path}" }`);
    for (const action of dataActions()) expect(text).toContain(`"${action}",`);
    for (const expected of [
      'consistency_level = "Strong"',
      'backup { type = "Continuous" tier = "Continuous30Days" }',
      'local_authentication_disabled = true',
      'lock_level = "CanNotDelete"',
      'partition_key_paths = ["/stream"]',
      'excluded_path { path = "/*" }',
    ])
      expect(text).toContain(expected);
    expect(printContainer('terraform', { ...names, container: `\${x}` })).toContain(`"$\${x}"`);
  });
});

describe('the command', () => {
  test('prints the container and the permissions', async () => {
    const printed = await run(['bicep', 'cell', 'twinlog', 'events'], {});
    expect(printed).toEqual({ exitCode: 0, out: printContainer('bicep', names), err: '' });
    const { out } = await run(['permissions'], {});
    expect(JSON.parse(out)).toEqual(readPermissions());
  });

  test.each([
    [[]],
    [['bicep', 'cell', 'twinlog']],
    [['terraform', 'a', 'b', 'c', 'd']],
    [['pulumi', 'a', 'b', 'c']],
    [['create', 'twinlog', 'events']],
    [['create', 'twinlog', 'events', '--endpoint', 'http://127.0.0.1:1']],
    [['--wrong']],
  ])('wrongly called with %j it says how, and exits with 2', async (args) => {
    const usage = expect.stringContaining('bicep <account> <database> <container>');
    expect(await run(args, {})).toMatchObject({ exitCode: 2, out: '', err: usage });
  });

  test.each([
    [['bicep', 'Cell', 'twinlog', 'events'], '"Cell" is no name of an account'],
    [['terraform', 'ab', 'twinlog', 'events'], '"ab" is no name of an account'],
    [['terraform', 'cell', 'twin/log', 'events'], '"twin/log" is no name of a database or container'],
    [['bicep', 'cell', 'twinlog', ''], '"" is no name of a database or container'],
    [['create', 'twinlog', 'events ', '--endpoint', 'http://127.0.0.1:1'], '"events " is no name of'],
    [['create', 'a#b', 'events', '--endpoint', 'http://127.0.0.1:1'], '"a#b" is no name of'],
  ])(
    'says in one line which name of %j is none, before anything is printed or created',
    async (args, sentence) => {
      const { exitCode, out, err } = await run(args, { COSMOS_KEY: 'a-key' });
      expect([exitCode, out, err.trimEnd().split('\n')]).toEqual([
        2,
        '',
        [expect.stringContaining(sentence)],
      ]);
    },
  );

  test('creates the container where it is pointed, from a shell of its own', async () => {
    const cli = new URL('./cli.ts', import.meta.url).pathname;
    const args = [
      '--conditions=twinlog-source',
      cli,
      'create',
      'by',
      'command',
      '--endpoint',
      emulator.endpoint,
    ];
    const env = { ...process.env, COSMOS_KEY: emulator.key };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    expect(stdout).toBe('The container "command" is there, in the database "by".\n');
    expect((await client.database('by').container('command').read()).resource?.id).toBe('command');
  });

  test.each([
    [['terraform', 'cell', 'twinlog', 'events'], 'stdout', 0],
    [['destroy'], 'stderr', 2],
  ] as const)('ends as ever where nobody reads its output: %j, %s', async (args, unread, code) => {
    const cli = new URL('./cli.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--conditions=twinlog-source', cli, ...args]);
    const said = child.stderr.toArray().catch(() => []);
    child[unread].destroy();
    expect([(await once(child, 'close'))[0], (await said).join('')]).toEqual([code, '']);
  });

  test('that fails says why, and exits with 1', async () => {
    const wrong = { COSMOS_KEY: Buffer.from('wrong').toString('base64') };
    const ran = await run(['create', 'by', 'command', '--endpoint', emulator.endpoint], wrong);
    expect(ran).toMatchObject({ exitCode: 1, out: '', err: expect.stringMatching(/authorization/) });
  });
});
