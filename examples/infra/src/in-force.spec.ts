import { changeAssignment, createMemoryStore, type EventStore, stampOf, systemRuntime } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { assignmentInForce, assignmentMemoryMs } from './in-force.ts';

function cell(store: EventStore = createMemoryStore()) {
  let time = Date.UTC(2026, 0, 1);
  let reads = 0;
  const counting: EventStore = {
    ...store,
    read: (stream) => {
      reads += 1;
      return store.read(stream);
    },
  };
  const assignments = assignmentInForce({
    settings: { cell: 'azure', peers: ['aws'], origin: 'azure.1', policy: 'home-cell' },
    store: counting,
    runtime: { ...systemRuntime, now: () => time },
  });
  const pass = (ms: number) => {
    time += ms;
  };
  return { store, assignments, reads: () => reads, pass };
}

describe('the assignment in force in a process', () => {
  test('is read once in so long a time, however many ask for it, and at once', async () => {
    const { assignments, reads, pass } = cell();
    await Promise.all(Array.from({ length: 50 }, assignments.fresh));
    pass(assignmentMemoryMs - 1);
    await assignments.fresh();
    expect(reads()).toBe(1);
    pass(1);
    await assignments.fresh();
    expect(reads()).toBe(2);
  });

  test('is read once more where one has come in, or somebody asks for the newest, while it is being read', async () => {
    const held = createMemoryStore();
    let release = () => {};
    let holdUp = Promise.resolve();
    const slow: EventStore = {
      ...held,
      read: async (stream) => {
        const events = await held.read(stream);
        await holdUp;
        return events;
      },
    };
    const there = cell();
    await there.assignments.refresh();
    const taken = { kind: 'takeover', from: 'aws', to: 'azure' } as const;
    await there.assignments.assign(changeAssignment(there.assignments.current(), taken, 'azure'));
    for (const ask of ['fresh', 'refresh'] as const) {
      const { assignments } = cell(slow);
      holdUp = new Promise((resolve) => {
        release = resolve;
      });
      const before = assignments.fresh();
      for (const event of await there.store.read('assignments')) {
        await held.insert(event);
        if (ask === 'fresh') assignments.note(event);
      }
      const after = assignments[ask]();
      release();
      const versions = [stampOf(await before), stampOf(await after), stampOf(await assignments.fresh())];
      expect(versions.slice(1)).toEqual(['2.azure.home-cell', '2.azure.home-cell']);
    }
  });

  test('is read again as soon as one has come in', async () => {
    const here = cell();
    const there = cell();
    expect(stampOf(await here.assignments.fresh())).toBe('1.aws.home-cell');
    const taken = { kind: 'takeover', from: 'aws', to: 'azure' } as const;
    await there.assignments.assign(changeAssignment(there.assignments.current(), taken, 'azure'));
    for (const event of await there.store.read('assignments')) {
      await here.store.insert(event);
      expect(stampOf(await here.assignments.fresh())).toBe('1.aws.home-cell');
      here.assignments.note(event);
    }
    expect(stampOf(await here.assignments.fresh())).toBe('2.azure.home-cell');
    expect(here.assignments.inForce()).toEqual(expect.objectContaining({ stamp: '2.azure.home-cell' }));
  });
});
