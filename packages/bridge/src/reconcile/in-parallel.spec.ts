import { expect, test } from 'vitest';
import { inParallel } from './in-parallel.ts';

test('acts on every item once, and never on more at a time than told', async () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const done: number[] = [];
  let underWay = 0;
  let most = 0;
  await inParallel(items, 7, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    done.push(item);
  });
  expect(done.toSorted((a, b) => a - b)).toEqual(items);
  expect(most).toBe(7);
});

test('begins no other after a fault, waits for those under way, and throws the first fault', async () => {
  const begun: number[] = [];
  let finished = 0;
  const fault = new Error('the second');
  const acting = inParallel([1, 2, 3, 4, 5, 6], 3, async (item) => {
    begun.push(item);
    if (item === 2) throw fault;
    await new Promise((resolve) => setImmediate(resolve));
    finished += 1;
    if (item === 3) throw new Error('the third');
  });
  await expect(acting).rejects.toBe(fault);
  expect(begun).toEqual([1, 2, 3]);
  expect(finished).toBe(2);
});
