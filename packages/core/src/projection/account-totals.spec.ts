import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../log/event.ts';
import { foldEvents } from '../log/fold.ts';
import {
  account,
  capture,
  create,
  createCell,
  handMade,
  play,
  type Script,
  scripts,
  stream,
} from '../log/histories.fixture.ts';
import { settleConflicts } from '../policy/settlement.ts';
import { ingest } from '../store/event-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { describeAccountTotals } from '../testing/index.ts';
import { transaction } from '../transaction/transaction.ts';
import { createAccountTotals, type Totals } from './account-totals.ts';
import { createMemoryContributions } from './memory-contributions.ts';

describeAccountTotals('The memory store', async () => ({
  store: createMemoryStore(),
  contributions: createMemoryContributions(),
}));

/** Each event under another assignment for each origin, so that decisions supersede one another (R14). */
function reassigned(events: readonly DomainEvent[]): readonly DomainEvent[] {
  const stamps = ['1.aws.home-cell', '2.azure.home-cell', '3.other.home-cell'];
  const origins = [...new Set(events.map(({ source }) => source))];
  return events.map((event) => ({ ...event, assignment: stamps[origins.indexOf(event.source)] ?? '1.aws' }));
}

/** The events with what their home settles of them (R16). */
async function settled(events: readonly DomainEvent[]): Promise<readonly DomainEvent[]> {
  const { service, store } = createCell({ origin: 'home.1' });
  for (const event of events) await ingest(store, event);
  const compensate = async () => {};
  await settleConflicts(stream, { decider: service, now: () => 2 ** 45, compensate, settleAfterMs: 0 });
  return store.read(stream);
}

const kinds = ['as decided', 'superseded', 'settled'] as const;

/** What a script comes to: as it was decided, with its assignments changed, or with its conflicts settled. */
async function told(script: Script, kind: (typeof kinds)[number]): Promise<readonly DomainEvent[]> {
  const { events } = await play(script);
  if (kind === 'superseded') return reassigned(events);
  return kind === 'settled' ? settled(events) : events;
}

/** The same history of another transaction of the account. */
function asTransaction(name: string, events: readonly DomainEvent[]): readonly DomainEvent[] {
  const subject = `account/${account}/transaction/${name}`;
  return events.map((event) => ({ ...event, partitionkey: name, subject }));
}

/** What the account comes to by its folds alone. */
function foldedTotals(histories: readonly (readonly DomainEvent[])[]): ReadonlyMap<string, Totals> {
  const states = histories.flatMap((events) => foldEvents(transaction, events).state ?? []);
  if (states.length === 0) return new Map();
  const sum = (member: keyof Totals) => states.reduce((total, state) => total + state[member], 0n);
  return new Map([
    ['JPY', { authorised: sum('authorised'), captured: sum('captured'), refunded: sum('refunded') }],
  ]);
}

describe('account totals', () => {
  it('are what the folds come to, whichever way the feed tells of the log, and alike in every cell', async () => {
    const property = fc.asyncProperty(
      scripts,
      scripts,
      fc.constantFrom(...kinds),
      fc.infiniteStream(fc.nat({ max: 0xffff })),
      async (script, other, kind, dice) => {
        const roll = (sides: number) => Number(dice.next().value) % sides;
        const events = await told(script, kind);
        const histories = [events, asTransaction('txn_2', (await play(other)).events)];
        const expected = foldedTotals(histories);
        for (let cell = 0; cell < 2; cell++) {
          const store = createMemoryStore();
          const contributions = createMemoryContributions();
          const updaters = [1, 2, 3].map(() => createAccountTotals({ store, contributions }));
          const [totals] = updaters;
          if (totals === undefined) throw new Error('There are updaters.');
          const running: Promise<void>[] = [];
          const arriving = histories.flat().map((event) => ({ event, key: roll(0xffff) }));
          for (const { event } of arriving.sort((a, b) => a.key - b.key)) {
            await ingest(store, event);
            // Told of by the feed at once or late, twice or with others; several updaters are at it together.
            for (let copies = roll(3); copies >= 0; copies--)
              running.push(updaters[roll(3)]?.takeIn([event]) ?? Promise.resolve());
            if (roll(4) === 0) await Promise.all(running);
          }
          await Promise.all(running);
          expect(await totals.of(account)).toEqual(expected);

          const rebuilt = createAccountTotals({ store, contributions: createMemoryContributions() });
          const origins = [...new Set(histories.flat().map(({ source }) => source.slice(19)))];
          await rebuilt.rebuild({ origins, from: 0, to: 2 ** 45 });
          expect(await rebuilt.of(account)).toEqual(expected);
        }
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('are of histories with conflicts, those that a newer assignment made and those that were settled included', async () => {
    const met = { conflicts: 0, superseded: 0, settled: 0 };
    for (const script of fc.sample(scripts, { numRuns: 100, seed: 7 }))
      for (const kind of kinds) {
        const { conflicts } = foldEvents(transaction, await told(script, kind));
        if (conflicts.length > 0) met.conflicts += 1;
        if (conflicts.some(({ code }) => code === 'superseded')) met.superseded += 1;
        if (conflicts.some(({ isSettled }) => isSettled)) met.settled += 1;
      }
    for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(3);
  });

  it('follow a log that was put back to a backup', async () => {
    const cell = createCell();
    const { events } = await play([
      {
        kind: 'command',
        cell: 0,
        key: 0,
        command: { type: 'create', account_id: account, amount: '9', currency: 'JPY' },
      },
      { kind: 'command', cell: 0, key: 1, command: { type: 'capture', amount: '4', currency: 'JPY' } },
    ]);
    for (const event of events) await ingest(cell.store, event);
    const contributions = createMemoryContributions();
    await createAccountTotals({ store: cell.store, contributions }).takeIn(events);
    const backup = createMemoryStore();
    const [opening] = events;
    if (opening === undefined) throw new Error('There is an opening.');
    await ingest(backup, opening);
    const totals = createAccountTotals({ store: backup, contributions });
    await totals.takeIn([opening]);
    expect(await totals.of(account)).toEqual(foldedTotals([[opening]]));
  });

  it('keep what newer code has taken in of events that this code does not understand', async () => {
    const { store } = createCell();
    const { events } = await play([
      {
        kind: 'command',
        cell: 0,
        key: 0,
        command: { type: 'create', account_id: account, amount: '9', currency: 'JPY' },
      },
      { kind: 'command', cell: 0, key: 1, command: { type: 'capture', amount: '4', currency: 'JPY' } },
    ]);
    const newer = events.map((event) => ({
      ...event,
      type: event.type.replace('captured.v1', 'captured.v2'),
    }));
    for (const event of newer) await ingest(store, event);
    const contributions = createMemoryContributions();
    const totals = { authorised: 9n, captured: 4n, refunded: 0n };
    await contributions.keep({ account, stream, version: 'aws.1=2', currency: 'JPY', ...totals }, undefined);
    const older = createAccountTotals({ store, contributions });
    await older.takeIn(newer);
    expect(await older.of(account)).toEqual(new Map([['JPY', totals]]));
  });

  it('are of all that this code understands, where nothing newer has been there', async () => {
    const { store, service } = createCell();
    await service.execute({ stream, account, commandId: 'create', command: create(10) });
    await service.execute({ stream, commandId: 'capture', command: capture(4) });
    const unknown = { type: 'tipped.v1', data: {} };
    await store.insert(handMade({ origin: 'azure.1', sequence: 1, at: 1_000, seen: 'aws.1=2' }, unknown));
    const totals = createAccountTotals({ store, contributions: createMemoryContributions() });
    await totals.takeIn(await store.read(stream));
    expect((await totals.of(account)).get('JPY')).toEqual({ authorised: 10n, captured: 4n, refunded: 0n });
  });

  it('pass over what is no transaction', async () => {
    const { events } = await play([
      {
        kind: 'command',
        cell: 0,
        key: 0,
        command: { type: 'create', account_id: account, amount: '9', currency: 'JPY' },
      },
    ]);
    expect(events).toHaveLength(1);
    const store = { ...createMemoryStore(), read: () => Promise.reject(new Error('Nobody should look.')) };
    const totals = createAccountTotals({ store, contributions: createMemoryContributions() });
    await totals.takeIn(events.map((event) => ({ ...event, type: 'io.twinlog.assignment.assigned.v1' })));
    expect(await totals.of(account)).toEqual(new Map());
  });
});
