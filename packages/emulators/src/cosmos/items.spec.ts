import type { Container } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openContainer } from './client.ts';
import { type CosmosEmulator, startCosmos } from './cosmos-emulator.ts';
import type { CosmosRequestRecord } from './fault.ts';

let cosmos: CosmosEmulator;
let container: Container;
const noon = Date.UTC(2026, 0, 1, 12);

beforeAll(async () => {
  cosmos = await startCosmos({ now: () => noon + 250, partitions: 3 });
  container = await openContainer(cosmos, { id: 'items' });
});
afterAll(() => cosmos.stop());

describe('creating an item', () => {
  test('answers 201 with the item and its system properties', async () => {
    const { statusCode, resource, etag, requestCharge, headers, activityId } = await container.items.create({
      id: 'a',
      pk: 'created',
      amount: '1.50',
    });
    expect(statusCode).toBe(201);
    expect(resource).toMatchObject({ id: 'a', pk: 'created', amount: '1.50', _ts: noon / 1000, _etag: etag });
    expect(resource?._rid).toMatch(/==$/);
    expect(resource?._self).toContain('/docs/');
    expect(requestCharge).toBeGreaterThan(1);
    expect(activityId).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['x-ms-session-token']).toMatch(/^[012]:-1#\d+$/);
    expect(headers.date).toBe(new Date(noon).toUTCString());
  });

  test('answers 409 for an id that the logical partition has, and takes it in another one', async () => {
    await container.items.create({ id: 'twice', pk: 'one' });
    await expect(container.items.create({ id: 'twice', pk: 'one' })).rejects.toMatchObject({ code: 409 });
    expect((await container.items.create({ id: 'twice', pk: 'two' })).statusCode).toBe(201);
  });

  test('lets exactly one of a hundred concurrent creates of one id win', async () => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, writer) =>
        container.items.create({ id: 'raced', pk: 'race', writer }).then(
          ({ statusCode }) => statusCode,
          (error: { code: number }) => error.code,
        ),
      ),
    );
    expect(results.filter((status) => status === 201)).toHaveLength(1);
    expect(results.filter((status) => status === 409)).toHaveLength(99);
  });

  test('takes an item of exactly 2 MB and answers 413 for one byte more', async () => {
    const limit = 2 * 1024 * 1024;
    const empty = Buffer.byteLength(JSON.stringify({ id: 'big', pk: 'big', text: '' }));
    const item = (bytes: number) => ({ id: 'big', pk: 'big', text: 'x'.repeat(bytes - empty) });
    await expect(container.items.create(item(limit + 1))).rejects.toMatchObject({ code: 413 });
    expect((await container.items.create(item(limit))).statusCode).toBe(201);
  });

  test('takes an id of 1,023 bytes and answers 400 for a longer one', async () => {
    expect((await container.items.create({ id: `${'é'.repeat(511)}x`, pk: 'ids' })).statusCode).toBe(201);
    await expect(container.items.create({ id: 'é'.repeat(512), pk: 'ids' })).rejects.toMatchObject({
      code: 400,
    });
  });

  test.each(['a/b', 'a\\b', 'a#b', 'a?b'])('answers 400 for the id %s', async (id) => {
    // The SDK itself refuses some of these in items.create; a batch lets them through to the server.
    const create = container.items.batch(
      [{ operationType: 'Create', resourceBody: { id, pk: 'ids' } }],
      'ids',
    );
    await expect(create).rejects.toMatchObject({ cause: { code: 400 } });
  });

  test('answers 404 with substatus 1003 where the container is missing', async () => {
    const missing = container.database.container('missing');
    await missing.database.container('items').getPartitionKeyDefinition();
    await expect(missing.item('a', 'a').delete()).rejects.toMatchObject({ code: 404, substatus: 1003 });
  });
});

describe('reading an item', () => {
  test('answers 200 with the item, and 404 where the id or the partition key is another', async () => {
    await container.items.create({ id: 'read', pk: 'r' });
    expect((await container.item('read', 'r').read()).resource).toMatchObject({ id: 'read', pk: 'r' });
    expect((await container.item('other', 'r').read()).statusCode).toBe(404);
    expect((await container.item('read', 'other').read()).statusCode).toBe(404);
  });

  test('answers 304 where If-None-Match names the current etag', async () => {
    const { etag } = await container.items.create({ id: 'cached', pk: 'r' });
    const read = (condition: string) =>
      container.item('cached', 'r').read({ accessCondition: { type: 'IfNoneMatch', condition } });
    expect((await read(etag)).statusCode).toBe(304);
    expect((await read('"stale"')).statusCode).toBe(200);
  });

  test('finds items whose partition key is null, a number, a boolean or missing', async () => {
    const keys = [null, 42, true] as const;
    for (const pk of keys) {
      await container.items.create({ id: 'typed', pk });
      expect((await container.item('typed', pk).read()).resource).toMatchObject({ id: 'typed', pk });
    }
    await container.items.create({ id: 'typed' });
    const { resource } = await container.item('typed', undefined).read();
    expect(resource).not.toHaveProperty('pk');
    expect(resource).toMatchObject({ id: 'typed' });
  });
});

describe('changing an item', () => {
  test('replaces it under its current etag and answers 412 under a stale one', async () => {
    const { etag } = await container.items.create({ id: 'guarded', pk: 'c', n: 1 });
    const replace = (n: number) =>
      container
        .item('guarded', 'c')
        .replace({ id: 'guarded', pk: 'c', n }, { accessCondition: { type: 'IfMatch', condition: etag } });
    expect((await replace(2)).statusCode).toBe(200);
    await expect(replace(3)).rejects.toMatchObject({ code: 412 });
    expect((await container.item('guarded', 'c').read()).resource).toMatchObject({ n: 2 });
  });

  test('keeps _rid and gives a new etag on replace', async () => {
    const { resource: before } = await container.items.create({ id: 'kept', pk: 'c' });
    const { resource: after } = await container.item('kept', 'c').replace({ id: 'kept', pk: 'c' });
    expect(after?._rid).toBe(before?._rid);
    expect(after?._etag).not.toBe(before?._etag);
  });

  test('answers 404 to a replace or delete of what is not there', async () => {
    const item = container.item('nothing', 'c');
    await expect(item.replace({ id: 'nothing', pk: 'c' })).rejects.toMatchObject({ code: 404 });
    await expect(item.delete()).rejects.toMatchObject({ code: 404 });
  });

  test('answers 400 with substatus 1001 where the partition key differs from the one in the item', async () => {
    await container.items.create({ id: 'moved', pk: 'c' });
    const replace = container.item('moved', 'c').replace({ id: 'moved', pk: 'other' });
    await expect(replace).rejects.toMatchObject({ code: 400, substatus: 1001 });
  });

  test('upserts: 201 for a new item, 200 for one that is there', async () => {
    expect((await container.items.upsert({ id: 'u', pk: 'c', n: 1 })).statusCode).toBe(201);
    expect((await container.items.upsert({ id: 'u', pk: 'c', n: 2 })).statusCode).toBe(200);
    expect((await container.item('u', 'c').read()).resource).toMatchObject({ n: 2 });
  });

  test('deletes with 204, and the id is free again', async () => {
    await container.items.create({ id: 'gone', pk: 'c' });
    expect((await container.item('gone', 'c').delete()).statusCode).toBe(204);
    expect((await container.item('gone', 'c').read()).statusCode).toBe(404);
    expect((await container.items.create({ id: 'gone', pk: 'c' })).statusCode).toBe(201);
  });
});

test('requests are counted by kind, and the hook is told status and sizes', async () => {
  const before = { ...cosmos.requests };
  const records: CosmosRequestRecord[] = [];
  cosmos.onRequest = (record) => records.push(record);
  await container.items.create({ id: 'counted', pk: 'n' });
  await container.item('counted', 'n').read();
  cosmos.onRequest = undefined;
  expect(cosmos.requests.create).toBe(before.create + 1);
  expect(cosmos.requests.read).toBe(before.read + 1);
  expect(records).toMatchObject([
    { kind: 'create', status: 201, requestBytes: Buffer.byteLength('{"id":"counted","pk":"n"}') },
    { kind: 'read', status: 200, requestBytes: 0 },
  ]);
  expect(records[1]?.responseBytes).toBeGreaterThan(50);
});
