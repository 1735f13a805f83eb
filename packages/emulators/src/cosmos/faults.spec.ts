import type { Container } from '@azure/cosmos';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openContainer } from './client.ts';
import { type CosmosEmulator, startCosmos } from './cosmos-emulator.ts';
import type { CosmosFault, CosmosOperation } from './fault.ts';

let cosmos: CosmosEmulator;
let container: Container;

beforeAll(async () => {
  cosmos = await startCosmos();
  container = await openContainer(cosmos, { id: 'faulty' });
});
afterEach(() => {
  cosmos.fault = undefined;
});
afterAll(() => cosmos.stop());

/** Injects a fault into the next requests about an item, and notes what the hook was told. */
function inject(fault: CosmosFault, times = 1): CosmosOperation[] {
  const seen: CosmosOperation[] = [];
  cosmos.fault = (operation) => {
    if (operation.kind === 'metadata' || seen.length >= times) return undefined;
    seen.push(operation);
    return fault;
  };
  return seen;
}

test('the SDK waits out a throttled request by itself', async () => {
  const seen = inject({ kind: 'throttle', retryAfterMs: 1 }, 3);
  const { statusCode } = await container.items.create({ id: 'throttled', pk: 'p' });
  expect(statusCode).toBe(201);
  expect(seen).toHaveLength(3);
  expect(seen[0]).toEqual({
    kind: 'create',
    database: 'stand-in',
    container: 'faulty',
    partitionKey: 'p',
    id: 'throttled',
  });
});

test('a throttle that does not end reaches the caller as 429, substatus 3200', async () => {
  inject({ kind: 'throttle', retryAfterMs: 1 }, Number.POSITIVE_INFINITY);
  const create = container.items.create({ id: 'starved', pk: 'p' });
  await expect(create).rejects.toMatchObject({ code: 429, substatus: 3200, retryAfterInMs: 1 });
});

test.each([{ status: 449 }, { status: 410, substatus: 1002 }, { status: 503 }])(
  'an injected answer $status reaches the caller of a create, and nothing is written',
  async (answer) => {
    inject({ kind: 'answer', ...answer });
    const create = container.items.create({ id: `answered-${answer.status}`, pk: 'p' });
    const { status: code, ...rest } = answer;
    await expect(create).rejects.toMatchObject({ code, ...rest });
    expect((await container.item(`answered-${answer.status}`, 'p').read()).statusCode).toBe(404);
  },
);

test('a connection reset before the write leaves nothing', async () => {
  inject({ kind: 'resetBefore' });
  await expect(container.items.create({ id: 'before', pk: 'p' })).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  expect((await container.item('before', 'p').read()).statusCode).toBe(404);
});

test('a connection reset after the write loses the answer, not the item', async () => {
  inject({ kind: 'resetAfter' });
  await expect(container.items.create({ id: 'after', pk: 'p' })).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  expect((await container.item('after', 'p').read()).statusCode).toBe(200);
  await expect(container.items.create({ id: 'after', pk: 'p' })).rejects.toMatchObject({ code: 409 });
});

test('a delayed request takes effect after the ones that came later', async () => {
  const arrived = Promise.withResolvers<void>();
  cosmos.fault = () => {
    arrived.resolve();
    cosmos.fault = undefined;
    return { kind: 'delay', ms: 50 };
  };
  const delayed = container.items.create({ id: 'late', pk: 'p', by: 'the delayed' });
  await arrived.promise;
  expect((await container.items.create({ id: 'late', pk: 'p', by: 'the other' })).statusCode).toBe(201);
  await expect(delayed).rejects.toMatchObject({ code: 409 });
});

test('an outage cuts requests off, and the data is there when it ends, on the same port', async () => {
  await container.items.create({ id: 'kept', pk: 'p' });
  await cosmos.cut();
  await expect(container.items.create({ id: 'lost', pk: 'p' })).rejects.toMatchObject({
    // Reset where the SDK still holds a connection from before.
    code: expect.stringMatching(/^ECONN(REFUSED|RESET)$/),
  });
  await cosmos.restore();
  expect((await container.item('kept', 'p').read()).statusCode).toBe(200);
  expect((await container.item('lost', 'p').read()).statusCode).toBe(404);
});

test('a request that is waiting when the outage comes is cut and never takes effect', async () => {
  const arrived = Promise.withResolvers<void>();
  cosmos.fault = () => {
    arrived.resolve();
    return { kind: 'delay', ms: 30 };
  };
  const finished = Promise.withResolvers<void>();
  cosmos.onRequest = () => finished.resolve();
  const create = container.items.create({ id: 'waiting', pk: 'p' });
  const outcome = expect(create).rejects.toMatchObject({ code: 'ECONNRESET' });
  await arrived.promise;
  await cosmos.cut();
  await outcome;
  await finished.promise;
  cosmos.onRequest = undefined;
  cosmos.fault = undefined;
  await cosmos.restore();
  expect((await container.item('waiting', 'p').read()).statusCode).toBe(404);
});
