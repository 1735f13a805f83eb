import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from './errors.ts';
import {
  account,
  cancel,
  capture,
  create,
  createCell,
  createVirtualRuntime,
  epoch,
  handMade,
  type Script,
  scripts,
  stream,
  viewOf,
  yen,
} from './log/histories.fixture.ts';
import { formatVersion, type VersionVector } from './log/version-vector.ts';
import { settleConflicts } from './policy/settlement.ts';
import { createService } from './service.ts';
import { type EventStore, ingest } from './store/event-store.ts';
import { createMemoryStore } from './store/memory.ts';
import { withMemorySnapshots } from './store/memory-snapshots.ts';
import { transaction } from './transaction/transaction.ts';

/** How often a look at a stream was answered from a snapshot, and how often all events had to be read. */
interface Tally {
  partial: number;
  whole: number;
  kept: number;
}

/** The store with snapshots, and with every way of reading it counted. */
function tallied(tally: Tally, store: EventStore = createMemoryStore()): EventStore {
  const kept = withMemorySnapshots(store);
  const { snapshots } = kept;
  if (snapshots === undefined) throw new Error('It keeps snapshots.');
  return {
    ...kept,
    read: (name) => {
      tally.whole += 1;
      return kept.read(name);
    },
    snapshots: {
      readRecent: async (...asked) => {
        const recent = await snapshots.readRecent(...asked);
        if (recent.snapshot !== undefined) tally.partial += 1;
        return recent;
      },
      readBeyond: (...asked) => {
        tally.partial += 1;
        return snapshots.readBeyond(...asked);
      },
      keep: (...asked) => {
        tally.kept += 1;
        return snapshots.keep(...asked);
      },
    },
  };
}

/** Outcomes as text, so that two can be told apart by anything that a client could see. */
function asText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    return part instanceof Map ? [...part].sort() : part;
  });
}

/** A stream that all three cells know. */
const opened: Script = [
  { kind: 'command', cell: 0, key: 0, command: create(12) },
  { kind: 'exchange', from: 0, to: 1, subset: 0xffff },
  { kind: 'exchange', from: 0, to: 2, subset: 0xffff },
];

const origins = ['aws.1', 'azure.1', 'other.2'];

/** Plays a script in three cells of which some commands meet a process that has just started; what every command was answered. */
async function answersOf(
  script: Script,
  dice: readonly number[],
  storeOf: () => EventStore,
): Promise<string[]> {
  const told: string[] = [];
  const cells = origins.map((origin, index) => {
    const runtime = createVirtualRuntime(index + 1);
    const store = storeOf();
    const inForce = { stamp: '1.aws', ended: new Set<string>() };
    const start = () =>
      createService({
        aggregate: transaction,
        store,
        origin,
        runtime,
        assignment: () => inForce,
        waitForTokenMs: 20,
        snapshotEvery: 2,
      });
    return { store, runtime, inForce, start, service: start(), seen: [] as VersionVector[] };
  });
  for (const [index, step] of script.entries()) {
    const roll = dice[index] ?? 0;
    if (step.kind === 'wait') cells[step.cell]?.runtime.advance(step.ms);
    else if (step.kind === 'exchange') {
      const held = (await cells[step.from]?.store.read(stream)) ?? [];
      const to = cells[step.to];
      for (const [at, event] of held.entries())
        if (to && (step.subset >> (at % 16)) & 1) await ingest(to.store, event);
    } else {
      const cell = cells[step.cell];
      if (cell === undefined) throw new Error('There are three cells.');
      if (roll % 3 > 0) cell.service = cell.start();
      if (roll % 29 === 0) {
        const n = Number.parseInt(cell.inForce.stamp, 10) + 1;
        cell.inForce.stamp = `${n}.${origins[step.cell]?.split('.')[0]}${roll % 2 ? '.home-cell' : ''}`;
      }
      if (roll % 13 === 0) {
        const compensate = async () => {};
        const options = { decider: cell.service, now: () => 2 ** 45, compensate, settleAfterMs: 0 };
        told.push(asText(await settleConflicts(stream, options)));
      }
      const { command, key } = step;
      const opens = command.type === 'create';
      const commandId = opens ? 'key-create' : key === 0 ? undefined : `key-${key}-${roll % 2}`;
      const known = cell.seen[roll % (cell.seen.length + 1)];
      const outcome = await cell.service.execute({
        stream,
        command,
        ...(commandId !== undefined && { commandId }),
        ...(opens && { account }),
        ...(roll % 7 === 0 && known && { ifMatch: formatVersion(known) }),
        ...(roll % 5 === 0 && known && { atLeast: known }),
      });
      if ('version' in outcome) cells[roll % 2 ? step.cell : 0]?.seen.push(outcome.version);
      told.push(asText(outcome));
    }
  }
  for (const { store, service } of cells) {
    const read = await service.read(stream);
    told.push(read.kind === 'read' ? asText(viewOf(read.fold)) : read.kind);
    told.push(asText((await store.read(stream)).toSorted((a, b) => (a.id < b.id ? -1 : 1))));
  }
  return told;
}

describe('deciding through a snapshot', () => {
  it('gives the very same outcomes as without, whatever three cells do', async () => {
    const tally: Tally = { partial: 0, whole: 0, kept: 0 };
    const property = fc.asyncProperty(
      scripts,
      fc.array(fc.nat({ max: 0xffff }), { minLength: 30, maxLength: 30 }),
      async (steps, dice) => {
        const script = [...opened, ...steps];
        const expected = await answersOf(script, dice, createMemoryStore);
        expect(await answersOf(script, dice, () => tallied(tally))).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 150 });
    for (const [what, times] of Object.entries(tally)) expect(times, what).toBeGreaterThan(100);
  });
});

/** A stream of one create and so many captures, decided by one cell, with what was read since. */
async function longStream(captures: number, every = 8) {
  const tally: Tally = { partial: 0, whole: 0, kept: 0 };
  const store = tallied(tally);
  const runtime = createVirtualRuntime(1);
  const start = (more: Partial<Parameters<typeof createCell>[0]> = {}) =>
    createCell({ origin: 'aws.1', store, runtime, snapshotEvery: every, ...more }).service;
  const service = start();
  await service.execute({ stream, account, commandId: 'create', command: create(10_000) });
  for (let index = 0; index < captures; index++)
    await service.execute({ stream, commandId: `capture-${index}`, command: capture(1) });
  const events = await store.read(stream);
  Object.assign(tally, { partial: 0, whole: 0, kept: 0 });
  return { tally, store, runtime, start, events };
}

describe('a new process', () => {
  it('decides a new command on a long stream without reading what lies before its snapshot', async () => {
    const { tally, start } = await longStream(40);
    const outcome = await start().execute({ stream, commandId: 'new', command: capture(1) });
    expect(outcome).toMatchObject({ kind: 'appended', state: { captured: 41n } });
    expect(tally).toMatchObject({ partial: 1, whole: 0 });
  });

  it('reads all of it for a command whose id may have been claimed, and gives the first answer', async () => {
    const { tally, start } = await longStream(40);
    const again = await start().execute({ stream, commandId: 'capture-2', command: capture(1) });
    expect(again).toMatchObject({ kind: 'alreadyAppended', state: { captured: 3n } });
    expect(tally).toMatchObject({ partial: 1, whole: 1 });
    const other = await start().execute({ stream, commandId: 'capture-2', command: capture(2) });
    expect(other).toMatchObject({ kind: 'refused', code: 'idempotency_key_reused' });
  });

  it('reads all of it once another cell has decided a command again that the snapshot holds: it is one effect', async () => {
    const { tally, store, start, runtime } = await longStream(40);
    const twin = handMade(
      { origin: 'azure.1', sequence: 1, at: runtime.now() - epoch + 60_000, seen: 'aws.1=1' },
      { type: 'captured.v1', data: yen(1), key: 'capture-2', command: capture(1) },
    );
    await ingest(store, twin);
    const outcome = await start().execute({ stream, commandId: 'new', command: capture(1) });
    expect(outcome).toMatchObject({ kind: 'appended', state: { captured: 41n } });
    expect(tally).toMatchObject({ partial: 1, whole: 1 });
  });

  it('reads all of it once an event has come that sorts before the snapshot, and then puts a new one down', async () => {
    const { tally, store, start, events } = await longStream(40);
    const late = handMade(
      { origin: 'azure.1', sequence: 1, at: 1, seen: 'aws.1=1' },
      { type: 'captured.v1', data: yen(9_990), key: 'late' },
    );
    expect(late.id < (events.at(-1)?.id ?? '')).toBe(true);
    await ingest(store, late);
    const outcome = await start().execute({ stream, commandId: 'new', command: capture(1) });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'capture_exceeds_amount' });
    expect(tally).toMatchObject({ partial: 1, whole: 1, kept: 1 });
    await start().execute({ stream, commandId: 'newer', command: capture(1) });
    expect(tally).toMatchObject({ partial: 2, whole: 1, kept: 1 });
  });

  it('takes a snapshot of other code for none, and one that is no snapshot as well', async () => {
    const { tally, store, start } = await longStream(40);
    const { snapshot } = transaction;
    if (snapshot === undefined) throw new Error('It has snapshots.');
    const newer = start({ aggregate: { ...transaction, snapshot: { ...snapshot, revision: 2 } } });
    expect((await newer.execute({ stream, commandId: 'new', command: capture(1) })).kind).toBe('appended');
    expect(tally).toMatchObject({ partial: 0, kept: 1 });
    for (const text of ['', '{', '{}', '[]', 'null']) {
      await store.snapshots?.keep(stream, text);
      const outcome = await start().execute({ stream, commandId: `after ${text}`, command: capture(1) });
      expect(outcome.kind).toBe('appended');
    }
  });

  it('keeps none of a stream that has as many events as it may, and one of the first that has more', async () => {
    expect((await longStream(7)).events).toHaveLength(8);
    const { tally, start } = await longStream(7);
    await start().execute({ stream, commandId: 'new', command: capture(1) });
    expect(tally).toEqual({ partial: 0, whole: 0, kept: 1 });
  });

  it('decides on no partial fold while a token or an If-Match asks for more', async () => {
    const { tally, start, store } = await longStream(40);
    const ifMatch = 'aws.1=3';
    expect((await start().execute({ stream, command: cancel, ifMatch })).kind).toBe('preconditionFailed');
    expect((await start().execute({ stream, command: capture(1), ifMatch: 'aws.1=41' })).kind).toBe(
      'appended',
    );
    const atLeast = new Map([['azure.1', 1]]);
    expect((await start().execute({ stream, command: cancel, atLeast })).kind).toBe('behind');
    expect(tally.whole).toBeGreaterThan(2);
    expect(await store.read(stream)).toHaveLength(42);
  });

  it('answers as well where a snapshot can be neither read nor kept', async () => {
    const { store, runtime } = await longStream(40);
    const failed: unknown[] = [];
    const fault = new StoreUnavailableError('It is down.');
    const snapshots = store.snapshots && { ...store.snapshots, keep: () => Promise.reject(fault) };
    const { service } = createCell({
      origin: 'aws.1',
      runtime,
      store: { ...store, ...(snapshots && { snapshots }) },
      snapshotEvery: 8,
      onSnapshotFailed: (_, error) => failed.push(error),
    });
    for (let index = 0; index < 20; index++)
      expect((await service.execute({ stream, command: capture(1) })).kind).toBe('appended');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(4);
    expect(failed[0]).toBe(fault);
  });
});

describe('a process that knows a long stream', () => {
  it('reads only what has come since, its own and what other writers have written', async () => {
    const { tally, start } = await longStream(40);
    const [here, there] = [start(), start()];
    for (let index = 0; index < 6; index++) {
      await here.execute({ stream, commandId: `here-${index}`, command: capture(1) });
      await there.execute({ stream, commandId: `there-${index}`, command: capture(1) });
    }
    const last = await here.execute({ stream, commandId: 'last', command: capture(1) });
    expect(last).toMatchObject({ kind: 'appended', state: { captured: 53n } });
    expect(tally).toMatchObject({ partial: 13, whole: 0 });
  });

  it('decides right where many of its commands are under way at once', async () => {
    const { start, store } = await longStream(40);
    const service = start();
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        service.execute({ stream, commandId: `at-once-${index}`, command: capture(1) }),
      ),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('appended'));
    expect(await store.read(stream)).toHaveLength(46);
    const read = await service.read(stream);
    expect(read).toMatchObject({ kind: 'read', fold: { state: { captured: 45n } } });
  });
});
