import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createItemLocks } from './item-locks.ts';

test('work on one item runs one after the other, in the order it was asked for', async () => {
  const locks = createItemLocks();
  const log: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    log.push(`${name} begins`);
    await turn();
    log.push(`${name} ends`);
  };
  await Promise.all([
    locks.run(['a'], work('1')),
    locks.run(['a', 'b'], work('2')),
    locks.run(['b'], work('3')),
  ]);
  expect(log).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']);
});

test('work on different items runs side by side', async () => {
  const locks = createItemLocks();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const waiting = locks.run(['a'], () => gate);
  await locks.run(['b'], async () => open());
  await waiting;
});

test('batches that name the same items in opposite order do not wait for each other for ever', async () => {
  const locks = createItemLocks();
  const batches = [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'a', 'b'],
  ];
  const done = await Promise.all(batches.map((names, n) => locks.run(names, async () => n)));
  expect(done).toEqual([0, 1, 2]);
});

test('work that throws lets the next in', async () => {
  const locks = createItemLocks();
  const broken = locks.run(['a'], () => Promise.reject(new Error('broken')));
  const next = locks.run(['a'], async () => 'next');
  await expect(broken).rejects.toThrow('broken');
  expect(await next).toBe('next');
});
