import { type ChangeFeedIteratorOptions, ChangeFeedStartFrom, type Container } from '@azure/cosmos';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openContainer } from './client.ts';
import { type CosmosEmulator, startCosmos } from './cosmos-emulator.ts';

let cosmos: CosmosEmulator;
let container: Container;
let clock = Date.UTC(2026, 0, 1);
let opened = 0;

beforeAll(async () => {
  cosmos = await startCosmos({ partitions: 3, now: () => clock });
});
afterAll(() => cosmos.stop());
beforeEach(async () => {
  opened += 1;
  container = await openContainer(cosmos, { id: `feed-${opened}` });
});

const keys = ['a', 'b', 'c', 'd', 'e', 'f'];

async function write(names: readonly string[], pks: readonly string[] = keys): Promise<void> {
  for (const id of names) for (const pk of pks) await container.items.upsert({ id, pk });
}

/** Reads until nothing is new; answers `pk/id` in order, and the last continuation. */
async function drain(options: ChangeFeedIteratorOptions) {
  const iterator = container.items.getChangeFeedIterator<{ pk: string; id: string }>(options);
  const changes: string[] = [];
  const pages: number[] = [];
  for (;;) {
    const page = await iterator.readNext();
    if (page.statusCode === 304) return { changes, pages, continuation: page.continuationToken };
    pages.push(page.result.length);
    changes.push(...page.result.map((item) => `${item.pk}/${item.id}`));
  }
}

const everything = (names: readonly string[]) =>
  names.flatMap((id) => keys.map((pk) => `${pk}/${id}`)).sort();

test('from the beginning, the container’s feed has every item, in order within a partition key', async () => {
  await write(['1', '2', '3']);
  const { changes } = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
  expect([...changes].sort()).toEqual(everything(['1', '2', '3']));
  for (const pk of keys)
    expect(changes.filter((change) => change.startsWith(pk))).toEqual([`${pk}/1`, `${pk}/2`, `${pk}/3`]);
});

test('pages keep to maxItemCount', async () => {
  await write(['1', '2', '3']);
  const { changes, pages } = await drain({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
    maxItemCount: 2,
  });
  expect(Math.max(...pages)).toBe(2);
  expect(changes).toHaveLength(18);
});

test('a continuation goes on where the last reader stopped', async () => {
  await write(['1']);
  const first = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
  await write(['2']);
  const second = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Continuation(first.continuation) });
  expect([...second.changes].sort()).toEqual(everything(['2']));
});

test('from now, only later changes are seen', async () => {
  await write(['1']);
  const { changes, continuation } = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Now() });
  expect(changes).toEqual([]);
  await write(['2'], ['a']);
  const later = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuation) });
  expect(later.changes).toEqual(['a/2']);
});

test('from a time, only what was written after it is seen', async () => {
  await write(['1']);
  const time = new Date(clock + 5_000);
  clock += 10_000;
  await write(['2']);
  const { changes } = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Time(time) });
  expect([...changes].sort()).toEqual(everything(['2']));
});

test('one partition key has a feed of its own', async () => {
  await write(['1', '2']);
  const { changes, continuation } = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning('b') });
  expect(changes).toEqual(['b/1', 'b/2']);
  await write(['3']);
  const later = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuation) });
  expect(later.changes).toEqual(['b/3']);
});

test('a reader of a partition key that has no items yet sees the first one', async () => {
  await write(['1']);
  const { changes, continuation } = await drain({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning('new'),
  });
  expect(changes).toEqual([]);
  await write(['1'], ['new']);
  const later = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuation) });
  expect(later.changes).toEqual(['new/1']);
});

test('the feed ranges together have everything once', async () => {
  await write(['1', '2']);
  const changes: string[] = [];
  for (const range of await container.getFeedRanges()) {
    changes.push(...(await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning(range) })).changes);
  }
  expect(changes.sort()).toEqual(everything(['1', '2']));
});

test('only the newest version of an item is in the feed, at its newest place; a deleted one is not', async () => {
  await write(['1', '2', '3'], ['a']);
  await container.items.upsert({ id: '1', pk: 'a', changed: true });
  await container.item('2', 'a').delete();
  const { changes } = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
  expect(changes).toEqual(['a/3', 'a/1']);
});

test('documents carry system properties and their log sequence number', async () => {
  await write(['1'], ['a']);
  const { result } = await container.items
    .getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning('a') })
    .readNext();
  expect(result[0]).toMatchObject({
    id: '1',
    _lsn: 1,
    _etag: expect.any(String),
    _ts: Math.floor(clock / 1000),
  });
});

test('a transaction is never torn apart by the page size', async () => {
  const operations = ['1', '2', '3'].map((id) => ({
    operationType: 'Create' as const,
    resourceBody: { id, pk: 'a' },
  }));
  await container.items.batch(operations, 'a');
  const { pages } = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning('a'), maxItemCount: 1 });
  expect(pages).toEqual([3]);
});

test('many replacements of few items leave a short feed that is still right', async () => {
  for (let round = 0; round < 300; round++)
    await container.items.upsert({ id: `${round % 3}`, pk: 'a', round });
  const { changes } = await drain({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning('a') });
  expect(changes).toEqual(['a/0', 'a/1', 'a/2']);
});
