import { createMemoryStore, type EventKey, type EventStore } from '@twinlog/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, splitRange } from './digest.ts';
import { always, anyHistory, origins, steadyHistory, storeOf } from './logs.fixture.ts';

const digest = (store: EventStore, range = always) => digestOf(store, 'aws-us-east-1.1', range);

/** A store whose scan hands over just these keys, in this order. */
const scanOf = (items: readonly EventKey[]): EventStore => ({
  ...createMemoryStore(),
  scan: async () => ({ items }),
});

describe('a digest', () => {
  test('is the same for the same events in whatever order they came, and another without any one of them', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (events) => {
        const all = await digest(await storeOf(events));
        expect(await digest(await storeOf(events.toReversed()))).toEqual(all);
        for (const lost of events.filter(({ source }) => source.endsWith('aws-us-east-1.1'))) {
          const without = await digest(await storeOf(events.filter((event) => event !== lost)));
          expect(without?.hash).not.toBe(all?.hash);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('tells apart keys that differ in any one member', async () => {
    const key = { stream: 'a', origin: 'b.1', sequence: 1, id: '01KJ2ZSP000000000000000000' };
    const others = [
      key,
      { ...key, stream: 'ab' },
      { ...key, origin: 'b.11' },
      { ...key, sequence: 2 },
      { ...key, id: '01KJ2ZSP000000000000000001' },
    ];
    const hashes = await Promise.all(others.map(async (other) => (await digest(scanOf([other])))?.hash));
    expect(new Set(hashes).size).toBe(5);
  });

  test('does not let a key that was met twice cancel itself out', async () => {
    const key = { stream: 'a', origin: 'b.1', sequence: 1, id: '01KJ2ZSP000000000000000000' };
    const once = await digest(scanOf([key]));
    const twice = await digest(scanOf([key, key]));
    const never = await digest(scanOf([]));
    expect(new Set([once?.hash, twice?.hash, never?.hash]).size).toBe(3);
  });

  test('of an origin has nothing of another origin in it', async () => {
    const own = steadyHistory(10, origins[0]);
    const both = await storeOf([...own, ...steadyHistory(10, origins[2])]);
    expect(await digest(both)).toEqual(await digest(await storeOf(own)));
  });

  test('is given up above the bound, and only there', async () => {
    const store = await storeOf(steadyHistory(10));
    expect(await digestOf(store, 'aws-us-east-1.1', always, 9)).toBe(null);
    expect(await digestOf(store, 'aws-us-east-1.1', always, 10)).toMatchObject({ count: 10 });
  });
});

describe('the parts of a range', () => {
  test('follow each other without gap or overlap, none empty, at most as many as asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 47 }),
        fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 2 ** 47 - 1 })),
        (from, width) => {
          const parts = splitRange({ from, to: from + width }, 16);
          expect(parts).toHaveLength(Math.min(16, width));
          expect(parts[0]?.from).toBe(from);
          expect(parts.at(-1)?.to).toBe(from + width);
          for (const [index, part] of parts.entries()) {
            expect(part.to).toBeGreaterThan(part.from);
            if (index > 0) expect(part.from).toBe(parts[index - 1]?.to);
          }
        },
      ),
    );
  });
});
