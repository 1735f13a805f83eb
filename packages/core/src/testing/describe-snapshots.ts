import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../log/event.ts';
import { parseVersion } from '../log/version-vector.ts';
import { systemRuntime } from '../runtime.ts';
import { createService } from '../service.ts';
import type { EventStore } from '../store/event-store.ts';
import type { SnapshotStore } from '../store/snapshots.ts';
import { transaction } from '../transaction/transaction.ts';
import { sampleEvent, uniqueName } from './sample-event.ts';

/** A store that keeps snapshots, and how often its database was asked for data. */
export interface SnapshotsUnderTest {
  readonly store: EventStore;
  /** Requests since the start: what fetched data, and what wrote it. Undefined for a store that asks nobody. */
  readonly requests?: () => { readonly reads: number; readonly writes: number };
  readonly stop?: () => Promise<void>;
}

/** Registers the tests that every `SnapshotStore` has to pass, with vitest. */
export function describeSnapshots(name: string, start: () => Promise<SnapshotsUnderTest>): void {
  describe(`${name} keeps snapshots`, () => {
    let underTest: SnapshotsUnderTest;
    let store: EventStore;
    let snapshots: SnapshotStore;
    beforeAll(async () => {
      underTest = await start();
      store = underTest.store;
      if (store.snapshots === undefined) throw new Error('The store has no snapshots.');
      snapshots = store.snapshots;
    });
    afterAll(() => underTest?.stop?.());

    const readsOf = async (act: () => Promise<unknown>): Promise<number | undefined> => {
      const before = underTest.requests?.().reads ?? 0;
      await act();
      return underTest.requests && underTest.requests().reads - before;
    };
    const places = (events: readonly DomainEvent[]) =>
      events.map(({ source, sequence }) => source + sequence).sort();
    const write = async (stream: string, counts: Readonly<Record<string, number>>) => {
      const events = Object.entries(counts).flatMap(([origin, count]) =>
        Array.from({ length: count }, (_, at) =>
          sampleEvent({ stream, origin, sequence: at + 1, seen: 'b-1.1=1' }),
        ),
      );
      for (let at = 0; at < events.length; at += 20)
        await Promise.all(events.slice(at, at + 20).map((event) => store.insert(event)));
      return events;
    };
    const versionOf = (text: string) => (text === 'of no use' ? undefined : parseVersion(text));

    test('a stream of as many events as the limit is read whole in one request, with a snapshot or without', async () => {
      const stream = uniqueName('stream');
      expect(await snapshots.readRecent(stream, 8, versionOf)).toEqual({ events: [] });
      const events = await write(stream, { 'b-1.1': 5, 'c-1.1': 3 });
      const recent = await snapshots.readRecent(stream, 8, versionOf);
      expect([places(recent.events), recent.snapshot]).toEqual([places(events), undefined]);
      expect((await readsOf(() => snapshots.readRecent(stream, 8, versionOf))) ?? 1).toBe(1);
      await snapshots.keep(stream, 'b-1.1=4');
      expect(places((await snapshots.readRecent(stream, 9, versionOf)).events)).toEqual(places(events));
    });

    test('and so is one of events so large that the database ends a page before it', async () => {
      const stream = uniqueName('stream');
      const data = { note: 'x'.repeat(350_000) };
      const events = Array.from({ length: 14 }, (_, at) =>
        sampleEvent({ stream, origin: 'b-1.1', sequence: at + 1, seen: 'b-1.1=1', data }),
      );
      for (const event of events) await store.insert(event);
      const recent = await snapshots.readRecent(stream, 16, versionOf);
      expect([places(recent.events), recent.snapshot]).toEqual([places(events), undefined]);
      expect(places((await snapshots.readRecent(stream, 8, versionOf)).events)).toEqual(places(events));
    });

    test('a longer one is read whole without a snapshot, or with one that is of no use', async () => {
      const stream = uniqueName('stream');
      const events = await write(stream, { 'b-1.1': 30 });
      const recent = await snapshots.readRecent(stream, 8, versionOf);
      expect([places(recent.events), recent.snapshot]).toEqual([places(events), undefined]);
      await snapshots.keep(stream, 'of no use');
      const again = await snapshots.readRecent(stream, 8, versionOf);
      expect([places(again.events), again.snapshot]).toEqual([places(events), undefined]);
    });

    test('a longer one is read from its snapshot on, origins that it does not name included, in a request more for each origin', async () => {
      const stream = uniqueName('stream');
      const counts = { 'b-1.1': 30, 'b-1.11': 12, 'c-1.1': 4 };
      await write(stream, counts);
      const snapshot = 'b-1.1=27,b-1.11=12,c-1.1=3';
      await snapshots.keep(stream, 'b-1.1=1');
      await snapshots.keep(stream, snapshot);
      const recent = await snapshots.readRecent(stream, 8, versionOf);
      expect(recent.snapshot).toBe(snapshot);
      const rest = [
        ...[28, 29, 30].map((sequence) => sampleEvent({ stream, origin: 'b-1.1', sequence })),
        sampleEvent({ stream, origin: 'c-1.1', sequence: 4 }),
      ];
      expect(places(recent.events)).toEqual(places(rest));
      expect((await readsOf(() => snapshots.readRecent(stream, 8, versionOf))) ?? 1).toBeLessThanOrEqual(
        1 + 3,
      );

      const newcomers = ['a-1.1', 'b-1.10', 'b-2.1', 'd-1.1'].map((origin) =>
        sampleEvent({ stream, origin }),
      );
      await Promise.all(newcomers.map((event) => store.insert(event)));
      const expected = places([...rest, ...newcomers]);
      expect(places((await snapshots.readRecent(stream, 8, versionOf)).events)).toEqual(expected);
      expect(places(await snapshots.readBeyond(stream, parseVersion(snapshot)))).toEqual(expected);
      expect(places(await snapshots.readBeyond(stream, new Map()))).toEqual(places(await store.read(stream)));
    });

    test('a snapshot is no event: neither a read of the stream nor a listing or a scan shows it', async () => {
      const stream = uniqueName('stream');
      const origin = `${uniqueName('cell')}.1`;
      const event = sampleEvent({ stream, account: stream, origin });
      await store.insert(event);
      await snapshots.keep(stream, 'x'.repeat(60_000));
      expect(await store.read(stream)).toEqual([event]);
      await expect
        .poll(async () => (await store.list({ account: stream, limit: 10 })).items, { timeout: 10_000 })
        .toEqual([stream]);
      const scan = { origin, from: 0, to: 2 ** 45, limit: 10 };
      await expect.poll(async () => (await store.scan(scan)).items.length, { timeout: 10_000 }).toBe(1);
    });

    test('a command on a long stream takes one read request for each origin more than on a short one', async () => {
      const stream = uniqueName('stream');
      const amount = { amount: '1', currency: 'JPY' };
      const start = (cell: string) =>
        createService({
          aggregate: transaction,
          store,
          origin: `${cell}.1`,
          assignment: '1.aws',
          runtime: systemRuntime,
          snapshotEvery: 8,
        });
      const first = start('aws');
      const opens = { type: 'create', account_id: stream, amount: '99', currency: 'JPY' } as const;
      await first.execute({ stream, account: stream, commandId: 'create', command: opens });
      for (let index = 0; index < 30; index++)
        await first.execute({ stream, commandId: `${index}`, command: { type: 'capture', ...amount } });
      await start('azure').execute({ stream, commandId: 'there', command: { type: 'capture', ...amount } });
      const cold = start('aws');
      const command = { type: 'capture', ...amount } as const;
      const reads = await readsOf(async () => {
        const outcome = await cold.execute({ stream, commandId: 'cold', command });
        expect(outcome).toMatchObject({ kind: 'appended', state: { captured: 32n } });
      });
      expect(reads ?? 1).toBeLessThanOrEqual(1 + 2);
    });

    test('50 clients that write to one stream at once are all served, or told that it is busy and served when they ask again', async () => {
      const stream = uniqueName('stream');
      const services = Array.from({ length: 5 }, () =>
        createService({
          aggregate: transaction,
          store,
          origin: 'aws.1',
          assignment: '1.aws',
          runtime: systemRuntime,
        }),
      );
      const opens = { type: 'create', account_id: stream, amount: '1000', currency: 'JPY' } as const;
      await services[0]?.execute({ stream, account: stream, commandId: 'create', command: opens });
      let waiting = Array.from({ length: 50 }, (_, client) => client);
      for (let round = 0; waiting.length > 0; round++) {
        expect(round, `${waiting.length} of 50 clients still wait`).toBeLessThan(10);
        const outcomes = await Promise.all(
          waiting.map((client) =>
            services[client % 5]?.execute({
              stream,
              commandId: `client-${client}`,
              command: { type: 'capture', amount: '1', currency: 'JPY' },
            }),
          ),
        );
        const busy = waiting.filter((_, at) => outcomes[at]?.kind === 'busy');
        const served = outcomes.filter((outcome) => outcome?.kind === 'appended').length;
        expect(served + busy.length).toBe(waiting.length);
        expect(served, 'clients served in a round').toBeGreaterThan(0);
        waiting = busy;
      }
      expect(await store.read(stream)).toHaveLength(51);
      const read = await services[0]?.read(stream);
      expect(read).toMatchObject({ kind: 'read', fold: { state: { captured: 50n }, conflicts: [] } });
    });
  });
}
