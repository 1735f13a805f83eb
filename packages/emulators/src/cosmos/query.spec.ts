import type { Container, FeedOptions, SqlQuerySpec } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openContainer } from './client.ts';
import { type CosmosEmulator, startCosmos } from './cosmos-emulator.ts';

const emulators: CosmosEmulator[] = [];
const containers: Container[] = [];

beforeAll(async () => {
  for (const partitions of [1, 4]) {
    const cosmos = await startCosmos({ partitions });
    const container = await openContainer(cosmos, { id: 'queried' });
    emulators.push(cosmos);
    containers.push(container);
    for (const pk of ['a', 'b', 'c', 'd', 'e', 'f']) {
      for (const n of [3, 1, 2]) {
        await container.items.create({
          id: `${pk}${n}`,
          pk,
          n,
          kind: n === 2 ? 'even' : 'odd',
          deep: { list: [n, pk] },
        });
      }
    }
  }
});
afterAll(async () => {
  for (const cosmos of emulators) await cosmos.stop();
});

async function run(
  container: Container | undefined,
  query: string | SqlQuerySpec,
  options?: FeedOptions,
): Promise<unknown[]> {
  if (container === undefined) throw new Error('no container');
  return (await container.items.query(query, options).fetchAll()).resources;
}

describe.each([
  ['one physical partition', 0],
  ['four physical partitions', 1],
])('over %s', (_, index) => {
  const all = (query: string | SqlQuerySpec, options?: FeedOptions) => run(containers[index], query, options);
  const within = (query: string | SqlQuerySpec) => all(query, { partitionKey: 'a' });

  test('a query scoped to a partition key sees that partition only', async () => {
    expect(await within('SELECT VALUE c.id FROM c')).toEqual(['a3', 'a1', 'a2']);
    expect(await within('SELECT VALUE COUNT(1) FROM c')).toEqual([3]);
    expect(await within("SELECT * FROM c WHERE c.pk = 'b'")).toEqual([]);
    expect(await all('SELECT * FROM c', { partitionKey: 'nobody' })).toEqual([]);
  });

  test('a query without a partition key sees every item', async () => {
    const ids = await all('SELECT VALUE c.id FROM c');
    expect(ids).toHaveLength(18);
    expect(new Set(ids).size).toBe(18);
    expect(await all('SELECT VALUE COUNT(1) FROM c')).toEqual([18]);
    expect(await all("SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'even'")).toEqual([6]);
  });

  test('ORDER BY, OFFSET LIMIT and TOP hold across partitions', async () => {
    const ordered = await all('SELECT c.id, c.n FROM c WHERE c.n > 1 ORDER BY c.id DESC');
    expect(ordered.slice(0, 3)).toEqual([
      { id: 'f3', n: 3 },
      { id: 'f2', n: 2 },
      { id: 'e3', n: 3 },
    ]);
    expect(ordered).toHaveLength(12);
    expect(await all('SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 4 LIMIT 3')).toEqual(['b2', 'b3', 'c1']);
    expect(await all('SELECT TOP 2 VALUE c.id FROM c ORDER BY c.id')).toEqual(['a1', 'a2']);
    expect(
      await all('SELECT TOP @top * FROM c', {}).catch((error: { code: number }) => [error.code]),
    ).toEqual([400]);
    expect(
      await all({ query: 'SELECT TOP @top * FROM c', parameters: [{ name: '@top', value: 5 }] }),
    ).toHaveLength(5);
  });

  test('pages keep to maxItemCount and lose or repeat nothing', async () => {
    const container = containers[index];
    for (const query of ['SELECT VALUE c.id FROM c', 'SELECT VALUE c.id FROM c ORDER BY c.n DESC']) {
      const iterator = container?.items.query<string>(query, { maxItemCount: 4 });
      const seen: string[] = [];
      while (iterator?.hasMoreResults() === true) {
        const { resources } = await iterator.fetchNext();
        expect(resources?.length ?? 0).toBeLessThanOrEqual(4);
        seen.push(...(resources ?? []));
      }
      expect(seen).toHaveLength(18);
      expect(new Set(seen).size).toBe(18);
    }
  });

  test('a partition-scoped query goes on from a continuation token in a new iterator', async () => {
    const container = containers[index];
    if (container === undefined) throw new Error('no container');
    for (const query of ['SELECT VALUE c.n FROM c', 'SELECT VALUE c.n FROM c ORDER BY c.n']) {
      const first = await container.items.query(query, { partitionKey: 'a', maxItemCount: 2 }).fetchNext();
      expect(first.continuationToken).toBeDefined();
      const options = { partitionKey: 'a', maxItemCount: 2, continuationToken: first.continuationToken };
      const second = await container.items.query(query, options).fetchNext();
      expect([...first.resources, ...second.resources].sort()).toEqual([1, 2, 3]);
      expect(second.continuationToken).toBeUndefined();
    }
  });

  test.each<[string, unknown[]]>([
    ["c.n >= 2 AND c.kind = 'odd'", ['a3']],
    ["c.n < 2 OR c.kind = 'even'", ['a1', 'a2']],
    ['NOT (c.n = 1)', ['a2', 'a3']],
    ['c.n != 1 AND c.n <> 2', ['a3']],
    ['c.n IN (1, 3, "x")', ['a1', 'a3']],
    ['c.n NOT IN (1, 3)', ['a2']],
    ['IS_DEFINED(c.missing)', []],
    ['NOT IS_DEFINED(c.missing) AND c.n <= 1', ['a1']],
    ["STARTSWITH(c.kind, 'ev')", ['a2']],
    ["STARTSWITH(c.kind, 'EV', true)", ['a2']],
    ['c.deep.list[0] > 2', ['a3']],
    ['c["deep"]["list"][0] = 1', ['a1']],
    // A comparison of different types is undefined, and so is its negation.
    ["c.n = '1'", []],
    ["NOT (c.n = '1')", []],
    ['c.missing = null', []],
    ['c.n > -1 AND (c.n < 2 OR c.n > 2)', ['a1', 'a3']],
  ])('WHERE %s', async (condition, expected) => {
    const ids = await within(`SELECT VALUE c.id FROM c WHERE ${condition}`);
    expect(ids.sort()).toEqual(expected);
  });

  test('parameters stand for values, also in IN', async () => {
    const parameters = [
      { name: '@n', value: 1 },
      { name: '@kind', value: "it's odd" },
    ];
    const query = 'SELECT VALUE r.id FROM root r WHERE r.n IN (@n, 2) AND r.kind != @kind';
    expect((await within({ query, parameters })).sort()).toEqual(['a1', 'a2']);
  });

  test('projections take names, paths and AS', async () => {
    expect(await within('SELECT c.id, c.deep.list AS l, c.missing FROM c WHERE c.n = 1')).toEqual([
      { id: 'a1', l: [1, 'a'] },
    ]);
  });
});

test('over several partitions the SDK asks for a plan and then each partition; over one it need not', async () => {
  const requests = [];
  for (const [index, container] of containers.entries()) {
    const before = emulators[index]?.requests.query ?? 0;
    await run(container, 'SELECT VALUE c.id FROM c ORDER BY c.id');
    requests.push((emulators[index]?.requests.query ?? 0) - before);
  }
  expect(requests).toEqual([1, 1 + 4]);
});

test.each([
  ['SELECT DISTINCT c.n FROM c', 'DISTINCT'],
  ['SELECT c.n FROM c GROUP BY c.n', 'GROUP'],
  ['SELECT * FROM c JOIN d IN c.deep', 'JOIN'],
  ["SELECT * FROM c WHERE CONTAINS(c.id, 'a')", 'CONTAINS'],
  ['SELECT VALUE SUM(c.n) FROM c', 'SUM'],
  ['SELECT * FROM c WHERE d.n = 1', "'d'"],
  ['SELECT * FROM c WHERE c.n = ', 'the end of the query'],
  ['SELECT * FROM c WHERE c.n % 2 = 0', '%'],
])('%s is answered 400 naming %s', async (query, named) => {
  const answer = run(containers[0], query, { partitionKey: 'a' });
  await expect(answer).rejects.toMatchObject({ code: 400, message: expect.stringContaining(named) });
});

test('ORDER BY two properties wants a composite index, and works with one', async () => {
  const query = 'SELECT VALUE c.id FROM c ORDER BY c.kind, c.n DESC';
  await expect(run(containers[0], query, { partitionKey: 'a' })).rejects.toMatchObject({ code: 400 });
  const { database } = containers[0] ?? {};
  const made = await database?.containers.create({
    id: 'composite',
    partitionKey: '/pk',
    indexingPolicy: {
      includedPaths: [{ path: '/kind/?' }],
      excludedPaths: [{ path: '/*' }],
      compositeIndexes: [
        [
          { path: '/kind', order: 'ascending' },
          { path: '/n', order: 'descending' },
        ],
      ],
    },
  });
  for (const n of [1, 2, 3])
    await made?.container.items.create({ id: `${n}`, pk: 'a', n, kind: n === 2 ? 'even' : 'odd' });
  expect(await run(made?.container, query, { partitionKey: 'a' })).toEqual(['2', '3', '1']);
  expect(
    await run(made?.container, 'SELECT VALUE c.id FROM c ORDER BY c.kind', { partitionKey: 'a' }),
  ).toHaveLength(3);
  const excluded = run(made?.container, 'SELECT VALUE c.id FROM c ORDER BY c.n', { partitionKey: 'a' });
  await expect(excluded).rejects.toMatchObject({ code: 400 });
});
