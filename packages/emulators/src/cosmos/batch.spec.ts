import type { Container, OperationInput } from '@azure/cosmos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openContainer } from './client.ts';
import { type CosmosEmulator, startCosmos } from './cosmos-emulator.ts';

let cosmos: CosmosEmulator;
let container: Container;

beforeAll(async () => {
  cosmos = await startCosmos({ partitions: 2 });
  container = await openContainer(cosmos, { id: 'batches' });
});
afterAll(() => cosmos.stop());

const create = (pk: string, id: string): OperationInput => ({
  operationType: 'Create',
  resourceBody: { id, pk },
});

test('a batch runs its operations in order, each seeing the ones before it', async () => {
  const { result, code } = await container.items.batch(
    [
      create('p', 'a'),
      { operationType: 'Upsert', resourceBody: { id: 'b', pk: 'p', n: 1 } },
      { operationType: 'Replace', id: 'a', resourceBody: { id: 'a', pk: 'p', n: 2 } },
      { operationType: 'Read', id: 'a' },
      { operationType: 'Delete', id: 'b' },
    ],
    'p',
  );
  expect(code).toBe(200);
  expect(result?.map(({ statusCode }) => statusCode)).toEqual([201, 201, 200, 200, 204]);
  expect(result?.[3]?.resourceBody).toMatchObject({ id: 'a', n: 2 });
  expect((await container.item('b', 'p').read()).statusCode).toBe(404);
});

test('a batch in which one operation fails has no effect at all: 207, and 424 for the others', async () => {
  await container.items.create({ id: 'there', pk: 'q', n: 1 });
  const { result, code } = await container.items.batch(
    [
      create('q', 'new'),
      { operationType: 'Replace', id: 'there', resourceBody: { id: 'there', pk: 'q', n: 2 } },
      create('q', 'there'),
      create('q', 'never'),
    ],
    'q',
  );
  expect(code).toBe(207);
  expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 424, 409, 424]);
  expect((await container.item('new', 'q').read()).statusCode).toBe(404);
  expect((await container.item('there', 'q').read()).resource).toMatchObject({ n: 1 });
});

test('a batch holds each operation to its etag', async () => {
  const { etag } = await container.items.create({ id: 'e', pk: 'e' });
  const replace = (): OperationInput[] => [
    { operationType: 'Replace', id: 'e', ifMatch: etag, resourceBody: { id: 'e', pk: 'e' } },
  ];
  expect((await container.items.batch(replace(), 'e')).code).toBe(200);
  expect((await container.items.batch(replace(), 'e')).result?.[0]?.statusCode).toBe(412);
});

test('an item of another partition key fails its batch with 400', async () => {
  const { code, result } = await container.items.batch([create('r', 'fits'), create('other', 'strays')], 'r');
  expect(code).toBe(207);
  expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 400]);
  expect((await container.item('fits', 'r').read()).statusCode).toBe(404);
});

test('a batch takes 100 operations, and is refused with 413 above 2 MB', async () => {
  const hundred = Array.from({ length: 100 }, (_, n) => create('h', `item-${n}`));
  expect((await container.items.batch(hundred, 'h')).result).toHaveLength(100);
  const heavy = [0, 1].map((n): OperationInput => {
    return {
      operationType: 'Create',
      resourceBody: { id: `heavy-${n}`, pk: 'h', text: 'x'.repeat(1.1 * 1024 * 1024) },
    };
  });
  await expect(container.items.batch(heavy, 'h')).rejects.toMatchObject({ cause: { code: 413 } });
});

test('bulk operations succeed and fail each for itself, across partitions', async () => {
  await container.items.create({ id: 'taken', pk: 'bulk-1' });
  const results = await container.items.executeBulkOperations([
    { operationType: 'Create', partitionKey: 'bulk-1', resourceBody: { id: 'taken', pk: 'bulk-1' } },
    { operationType: 'Create', partitionKey: 'bulk-2', resourceBody: { id: 'free', pk: 'bulk-2' } },
    { operationType: 'Create', partitionKey: 'bulk-3', resourceBody: { id: 'free', pk: 'bulk-3' } },
  ]);
  expect(results.map(({ response, error }) => response?.statusCode ?? error?.code)).toEqual([409, 201, 201]);
});
