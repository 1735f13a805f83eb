import { createMemoryStore, firstEventIdAt } from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
import { describe, expect, test } from 'vitest';
import { createRipening } from './ripening.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 1);

/** A home's log with one event in each stream, and a clock. */
async function home(
  events: readonly { readonly stream: string; readonly origin: string; readonly at: number }[],
) {
  const store = createMemoryStore();
  const bring = async ({ stream, origin, at }: (typeof events)[number]) => {
    const id = firstEventIdAt(start + at);
    await store.insert(sampleEvent({ stream, origin, sequence: 1, at: id, seen: '' }));
  };
  for (const event of events) await bring(event);
  let time = start;
  const newProcess = () =>
    createRipening({
      store,
      cell: 'aws',
      origins: () => ['aws.1', 'azure.1'],
      settleAfterMs: 15 * minute,
      now: () => time,
    });
  return {
    bring,
    newProcess,
    at: (ms: number) => {
      time = start + ms;
    },
  };
}

describe('what ripens in the log of a home', () => {
  test('are the streams that another cell wrote to, at each of their ages, and once at each', async () => {
    const { newProcess, at } = await home([
      { stream: 'theirs', origin: 'azure.1', at: 0 },
      { stream: 'ours', origin: 'aws.1', at: 0 },
    ]);
    const { look } = newProcess();
    const seen: number[] = [];
    for (let now = 10_000; now <= 20 * hour; now += 30_000) {
      at(now);
      const streams = await look();
      expect(streams.has('ours')).toBe(false);
      if (streams.has('theirs')) seen.push(Math.round(now / minute));
    }
    expect(seen).toEqual([1, 15, 120, 960]);
  });

  test('is found by a process that starts later, unless nobody looked for longer than that', async () => {
    const { newProcess, at } = await home([{ stream: 'theirs', origin: 'azure.1', at: 0 }]);
    at(25 * minute);
    expect([...(await newProcess().look())]).toEqual(['theirs']);
    at(40 * minute);
    expect([...(await newProcess().look())]).toEqual([]);
  });

  test('are those that this cell wrote to before another assignment, too: it may be their home now', async () => {
    const { newProcess, at } = await home([
      { stream: 'before', origin: 'aws.1', at: 0 },
      { stream: 'assignments', origin: 'azure.1', at: 30 * hour },
      { stream: 'after', origin: 'aws.1', at: 30 * hour + minute },
    ]);
    at(30 * hour - 20 * minute);
    const { look } = newProcess();
    const seen = new Map<string, number>();
    for (let now = 30 * hour - 10 * minute; now < 6 * 24 * hour; now += 5 * minute) {
      at(now);
      for (const stream of await look()) seen.set(stream, Math.round(now / hour));
    }
    expect(seen.get('before')).toBe(128);
    expect(seen.has('after')).toBe(false);
  });

  test('are those that came in only after later ones, by a process that had looked before', async () => {
    const { newProcess, at, bring } = await home([{ stream: 'recent', origin: 'azure.1', at: 9 * hour }]);
    at(10 * hour);
    const { look } = newProcess();
    await look();
    await bring({ stream: 'older', origin: 'azure.1', at: 0 });
    const seen = new Set<string>();
    for (let now = 10 * hour; now < 20 * hour; now += 5 * minute) {
      at(now);
      for (const stream of await look()) seen.add(stream);
    }
    expect([...seen].sort()).toEqual(['older', 'recent']);
  });

  test('after a new assignment is all of the last day, of every cell: what was not its concern may be now', async () => {
    const { newProcess, at } = await home([
      { stream: 'ours', origin: 'aws.1', at: 5 * hour },
      { stream: 'older', origin: 'azure.1', at: -30 * hour },
      { stream: 'assignments', origin: 'azure.1', at: 6 * hour - minute },
    ]);
    at(6 * hour);
    const { look } = newProcess();
    expect([...(await look())].sort()).toEqual(['assignments', 'ours']);
    at(6 * hour + minute);
    expect((await look()).has('ours')).toBe(false);
    // The one before may have ended amid what it found.
    at(6 * hour + 50 * minute);
    expect((await newProcess().look()).has('ours')).toBe(true);
    at(7 * hour + 20 * minute);
    expect((await newProcess().look()).has('ours')).toBe(false);
  });
});
