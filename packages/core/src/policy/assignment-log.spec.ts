import { describe, expect, it } from 'vitest';
import { createVirtualRuntime } from '../log/histories.fixture.ts';
import { ingest } from '../store/event-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { firstAssignment, stampOf, takeOver } from './assignment.ts';
import { assignmentStream, createAssignmentLog } from './assignment-log.ts';

const first = firstAssignment('home-cell', ['aws', 'azure']);

function cell(name: string) {
  const store = createMemoryStore();
  return {
    store,
    log: createAssignmentLog({ store, origin: `${name}.1`, runtime: createVirtualRuntime(7), first }),
  };
}

async function exchange(...cells: readonly ReturnType<typeof cell>[]) {
  for (const from of cells) {
    for (const event of await from.store.read(assignmentStream)) {
      for (const to of cells) await ingest(to.store, event);
    }
  }
}

describe('the log of assignments (R14)', () => {
  it('has the configured one in force before any other', async () => {
    const { log, store } = cell('aws');
    expect(log.current()).toBe(first);
    expect(await log.refresh()).toBe(first);
    expect(await store.read(assignmentStream)).toEqual([]);
  });

  it('puts a newer one in force here at once, and elsewhere once it is replicated and seen', async () => {
    const [aws, azure] = [cell('aws'), cell('azure')];
    const next = takeOver(first, 'aws', 'azure');
    await azure.log.assign(next);
    expect(azure.log.current()).toEqual(next);
    await exchange(aws, azure);
    expect(aws.log.current()).toBe(first);
    expect(await aws.log.refresh()).toEqual(next);
  });

  it('comes to the same one everywhere where two cells assigned at once', async () => {
    const [aws, azure] = [cell('aws'), cell('azure')];
    await azure.log.assign(takeOver(first, 'aws', 'azure'));
    await aws.log.assign(takeOver(first, 'azure', 'aws'));
    await exchange(aws, azure);
    expect(stampOf(await aws.log.refresh())).toBe('2.azure.home-cell');
    expect(stampOf(await azure.log.refresh())).toBe('2.azure.home-cell');
  });

  it('refuses one that is not newer, and says what is in force', async () => {
    const { log } = cell('aws');
    await log.assign(takeOver(first, 'azure', 'aws'));
    await expect(log.assign(first)).rejects.toMatchObject({
      code: 'assignment_outdated',
      message: expect.stringContaining('2.aws.home-cell'),
    });
    await log.assign(takeOver(log.current(), 'aws', 'azure'));
    expect(stampOf(log.current())).toBe('3.azure.home-cell');
  });

  it('says so where the assignment could not be written', async () => {
    const store = { ...createMemoryStore(), clockSkew: () => 60_000 };
    const log = createAssignmentLog({ store, origin: 'aws.1', runtime: createVirtualRuntime(7), first });
    await expect(log.assign(takeOver(first, 'azure', 'aws'))).rejects.toMatchObject({
      code: 'assignment_not_written',
    });
    expect(log.current()).toBe(first);
  });
});
