import type { Container } from '@azure/cosmos';
import { InvocationContext } from '@azure/functions';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openContainer } from '../cosmos/client.ts';
import { type CosmosEmulator, startCosmos } from '../cosmos/index.ts';
import { startChangeFeedTrigger } from './change-feed-trigger.ts';
import type { ChangeFeedTrigger, ChangeFeedTriggerOptions, DeliveredBatch } from './options.ts';

let cosmos: CosmosEmulator;
let container: Container;
let leases: Container;
let opened = 0;
const triggers: ChangeFeedTrigger[] = [];

beforeAll(async () => {
  cosmos = await startCosmos({ partitions: 2 });
});
afterAll(() => cosmos.stop());
beforeEach(async () => {
  opened += 1;
  container = await openContainer(cosmos, { id: `monitored-${opened}` });
  leases = await openContainer(cosmos, { id: `leases-${opened}`, partitionKey: '/id' });
});
afterEach(async () => {
  for (const trigger of triggers.splice(0)) await trigger.stop({ hard: true });
});

/** Starts a trigger that polls only when poked, and gives what it delivers to whoever asks for it. */
async function start(options: Partial<ChangeFeedTriggerOptions> = {}) {
  const batches: DeliveredBatch[] = [];
  let arrived = Promise.withResolvers<void>();
  const trigger = await startChangeFeedTrigger({
    container,
    leases,
    startFromBeginning: true,
    feedPollDelay: 60_000,
    handler: () => undefined,
    ...options,
    onBatch: (batch) => {
      batches.push(batch);
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
  });
  triggers.push(trigger);
  /** Resolves with all batches so far once so many documents were delivered (again). */
  const until = async (documents: number): Promise<readonly DeliveredBatch[]> => {
    while (batches.flatMap((batch) => batch.documents).length < documents) await arrived.promise;
    return batches;
  };
  return { trigger, batches, until };
}

const write = async (ids: readonly string[], pk = 'a'): Promise<void> => {
  for (const id of ids) await container.items.create({ id, pk });
};
const idsOf = (batches: readonly DeliveredBatch[]): string[] =>
  batches.flatMap((batch) => names(batch.documents));
const names = (documents: readonly unknown[]): string[] =>
  documents.map((document) =>
    typeof document === 'object' && document !== null && 'id' in document ? String(document.id) : '?',
  );

test('the function gets what is new, in order, with system properties and a real InvocationContext', async () => {
  await write(['1', '2', '3']);
  const calls: [unknown[], InvocationContext][] = [];
  const { until } = await start({
    functionName: 'relay',
    handler: (documents, context) => calls.push([documents, context]),
  });
  await until(3);
  const [documents, context] = calls[0] ?? [];
  expect(names(documents ?? [])).toEqual(['1', '2', '3']);
  expect(documents?.[0]).toMatchObject({
    _lsn: expect.any(Number),
    _etag: expect.any(String),
    _ts: expect.any(Number),
  });
  expect(context).toBeInstanceOf(InvocationContext);
  expect(context).toMatchObject({
    functionName: 'relay',
    invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('the function gets dates as the host writes them, and a text that holds one as it is', async () => {
  const at = '2026-11-25T12:00:10.120Z';
  await container.items.create({ id: '1', pk: 'a', at: [at], text: JSON.stringify({ at }) });
  const calls: unknown[][] = [];
  const { until } = await start({ handler: (documents) => calls.push(documents) });
  await until(1);
  expect(calls[0]?.[0]).toMatchObject({ at: ['2026-11-25T12:00:10.12Z'], text: JSON.stringify({ at }) });
});

test('a poke finds at once what was written since the last poll', async () => {
  const { trigger, until } = await start();
  await write(['1']);
  trigger.poke();
  expect(idsOf(await until(1))).toEqual(['1']);
});

test('without a poke, the next poll comes after feedPollDelay', async () => {
  const waits: number[] = [];
  const { until } = await start({
    feedPollDelay: 5000,
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  });
  await write(['1']);
  expect(idsOf(await until(1))).toEqual(['1']);
  expect(new Set(waits)).toEqual(new Set([5000]));
});

test('a call has at most maxItemsPerInvocation documents', async () => {
  await write(['1', '2', '3', '4', '5']);
  const { until } = await start({ maxItemsPerInvocation: 2 });
  expect((await until(5)).map(({ documents }) => documents.length)).toEqual([2, 2, 1]);
});

test('every feed range is followed, each in order', async () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const pk of keys) await write([`${pk}1`, `${pk}2`], pk);
  const { until } = await start({ maxItemsPerInvocation: 3 });
  const batches = await until(12);
  expect(new Set(batches.map(({ feedRange }) => feedRange)).size).toBe(2);
  for (const pk of keys)
    expect(idsOf(batches).filter((id) => id.startsWith(pk))).toEqual([`${pk}1`, `${pk}2`]);
});

test('not from the beginning, only what is written after the start is delivered', async () => {
  await write(['before']);
  const { trigger, until } = await start({ startFromBeginning: false });
  await write(['after']);
  trigger.poke();
  expect(idsOf(await until(1))).toEqual(['after']);
});

test('another trigger goes on where the last one stopped', async () => {
  await write(['1']);
  const first = await start();
  await first.until(1);
  await first.trigger.stop();
  await write(['2']);
  const second = await start();
  expect(idsOf(await second.until(1))).toEqual(['2']);
});

test('triggers with different prefixes share a leases container and each get everything', async () => {
  await write(['1']);
  const [first, second] = [
    await start({ leaseContainerPrefix: 'x-' }),
    await start({ leaseContainerPrefix: 'y-' }),
  ];
  expect(idsOf(await first.until(1))).toEqual(['1']);
  expect(idsOf(await second.until(1))).toEqual(['1']);
});

test('the leases container is made where that is asked for', async () => {
  const made = container.database.container(`made-${opened}`);
  await write(['1']);
  const { until } = await start({ leases: made, createLeaseContainerIfNotExists: true });
  await until(1);
  expect((await made.items.readAll().fetchAll()).resources).toHaveLength(2);
});

test('without a retry policy, the lease advances past a batch whose function threw: it is lost', async () => {
  await write(['1']);
  const { trigger, until } = await start({
    fault: (invocation) => (invocation === 1 ? new Error('an injected fault') : undefined),
  });
  await until(1);
  await write(['2']);
  trigger.poke();
  expect(await until(2)).toMatchObject([
    {
      documents: [{ id: '1' }],
      outcome: 'failed',
      attempts: 1,
      leaseAdvanced: true,
      error: { message: 'an injected fault' },
    },
    { documents: [{ id: '2' }], outcome: 'succeeded', leaseAdvanced: true },
  ]);
  await trigger.stop();
  await write(['3']);
  expect(idsOf(await (await start()).until(1))).toEqual(['3']);
});

test('with fixedDelay, a batch is retried in place until the function succeeds', async () => {
  await write(['1']);
  const retries: unknown[] = [];
  const waits: number[] = [];
  const { until } = await start({
    retry: { strategy: 'fixedDelay', maxRetryCount: -1, delayInterval: { seconds: 7 } },
    wait: async (milliseconds) => void waits.push(milliseconds),
    feedPollDelay: 1,
    fault: (invocation) => (invocation < 4 ? new Error(`fault ${invocation}`) : undefined),
    handler: (_, context) => retries.push(context.retryContext),
  });
  expect(await until(1)).toMatchObject([{ outcome: 'succeeded', attempts: 4, leaseAdvanced: true }]);
  expect(retries).toEqual([{ retryCount: 3, maxRetryCount: -1, exception: { message: 'fault 3' } }]);
  expect(waits.filter((wait) => wait === 7000)).toHaveLength(3);
});

test('with exponentialBackoff, the delays double up to the longest, and the batch is given up in the end', async () => {
  await write(['1']);
  const waits: number[] = [];
  const { until } = await start({
    retry: { strategy: 'exponentialBackoff', maxRetryCount: 4, minimumInterval: 1000, maximumInterval: 5000 },
    random: () => 0.5,
    wait: async (milliseconds) => void waits.push(milliseconds),
    fault: () => new Error('always'),
  });
  expect(await until(1)).toMatchObject([{ outcome: 'failed', attempts: 5, leaseAdvanced: true }]);
  expect(waits.filter((wait) => wait <= 5000)).toEqual([1000, 2000, 4000, 5000]);
});

test('a crash in the middle of an invocation leaves the lease: the batch is delivered again', async () => {
  await write(['1', '2']);
  const called = Promise.withResolvers<void>();
  const first = await start({
    handler: () => {
      called.resolve();
      return new Promise(() => {});
    },
  });
  await called.promise;
  await first.trigger.stop({ hard: true });
  expect(first.batches).toMatchObject([{ outcome: 'abandoned', leaseAdvanced: false }]);
  expect(idsOf(await (await start()).until(2))).toEqual(['1', '2']);
});

test('a soft stop awaits the invocation in flight and advances its lease', async () => {
  await write(['1']);
  const called = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const first = await start({
    handler: () => {
      called.resolve();
      return finish.promise;
    },
  });
  await called.promise;
  const stopped = first.trigger.stop();
  finish.resolve();
  await stopped;
  expect(first.batches).toMatchObject([{ outcome: 'succeeded', leaseAdvanced: true }]);
});

test('a soft stop ends an endless retry without advancing the lease', async () => {
  await write(['1']);
  const failed = Promise.withResolvers<void>();
  const first = await start({
    retry: { strategy: 'fixedDelay', maxRetryCount: -1, delayInterval: 60_000 },
    handler: () => {
      failed.resolve();
      throw new Error('always');
    },
  });
  await failed.promise;
  await first.trigger.stop();
  expect(first.batches).toMatchObject([{ outcome: 'abandoned', leaseAdvanced: false }]);
  expect(idsOf(await (await start()).until(1))).toEqual(['1']);
});

test('a lease that could not be advanced means the batch again', async () => {
  await write(['1']);
  let cuts = 1;
  cosmos.fault = ({ kind, container: name }) =>
    kind === 'replace' && name === leases.id && cuts-- > 0 ? { kind: 'answer', status: 503 } : undefined;
  const errors: unknown[] = [];
  const { until } = await start({ onError: (error) => errors.push(error) });
  const batches = await until(2);
  cosmos.fault = undefined;
  expect(batches).toMatchObject([
    { documents: [{ id: '1' }], outcome: 'succeeded', leaseAdvanced: false },
    { documents: [{ id: '1' }], outcome: 'succeeded', leaseAdvanced: true },
  ]);
  expect(errors).toMatchObject([{ code: 503 }]);
});

test('an outage of the database is survived: polling goes on when it is back', async () => {
  await write(['1']);
  const failed = Promise.withResolvers<void>();
  const { trigger, until } = await start({ onError: () => failed.resolve() });
  await until(1);
  await cosmos.cut();
  trigger.poke();
  await failed.promise;
  await cosmos.restore();
  await write(['2']);
  trigger.poke();
  expect(idsOf(await until(2))).toEqual(['1', '2']);
});

test('a trigger that starts during an outage begins when the database is back', async () => {
  await write(['1']);
  await cosmos.cut();
  const { trigger, until } = await start();
  await cosmos.restore();
  trigger.poke();
  expect(idsOf(await until(1))).toEqual(['1']);
});
