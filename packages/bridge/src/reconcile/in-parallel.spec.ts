import { describe, expect, test } from 'vitest';
import { inParallel, tryInParallel } from './in-parallel.ts';

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

describe('though some fail', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('acts on every item but the rest of a failed group, and tells all faults, the first of them first', async () => {
    const acted: string[] = [];
    const { faults, gaveUp } = await tryInParallel(
      ['a1', 'b1', 'a2', 'c1', 'b2', 'a3', 'c2'],
      2,
      async (item) => {
        acted.push(item);
        await turn();
        if (item.startsWith('a') || item === 'c1') throw item;
      },
      (item) => item[0],
    );
    expect([faults, gaveUp]).toEqual([
      [
        { group: 'a', fault: 'a1' },
        { group: 'c', fault: 'c1' },
      ],
      false,
    ]);
    expect(acted).toEqual(['a1', 'b1', 'c1', 'b2']);
  });

  test('begins no other once group after group has failed at both ends and none was done in between', async () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const acting = (isDone: (item: number) => boolean) => {
      const acted: number[] = [];
      const trying = tryInParallel(items, 1, async (item) => {
        acted.push(item);
        if (!isDone(item)) throw item;
      });
      return trying.then(({ faults, gaveUp }) => ({
        acted,
        thrown: faults.map(({ fault }) => fault),
        gaveUp,
      }));
    };
    const tried = [...items.slice(0, 8), ...items.slice(-8).reverse()];
    expect(await acting(() => false)).toEqual({ acted: tried, thrown: tried, gaveUp: true });
    expect(await acting((item) => item % 8 === 7)).toMatchObject({ acted: items, gaveUp: false });
  });

  test.each([8, 31, 40, 90])(
    'does all that can be done behind as many as %i that fail, be they slow or quick about it',
    async (bad) => {
      const items = Array.from({ length: 200 }, (_, index) => index);
      const turns = async (count: number) => {
        for (let left = count; left > 0; left--) await turn();
      };
      for (const [untilFailed, untilDone] of [
        [0, 0],
        [0, 5],
        [5, 5],
        [20, 5],
      ] as const) {
        const done: number[] = [];
        await tryInParallel(items, 32, async (item) => {
          await turns(item < bad ? untilFailed : untilDone);
          if (item < bad) throw item;
          done.push(item);
        });
        expect(done.sort((a, b) => a - b)).toEqual(items.slice(bad));
      }
    },
  );
});
