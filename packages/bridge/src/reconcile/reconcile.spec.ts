import { createMemoryStore, type DomainEvent, type EventStore, eventTime } from '@twinlog/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  always,
  anyHistory,
  contentOf,
  impostorOf,
  origins,
  steadyHistory,
  storeOf,
} from './logs.fixture.ts';
import { localPeer, type Peer } from './peer.ts';
import { reconcile } from './reconcile.ts';

const pull = (store: EventStore, from: EventStore | Peer, rest: { leafKeys?: number } = {}) =>
  reconcile({ store, peer: 'digests' in from ? from : localPeer(from), origins, ...always, ...rest });

/** A peer that does as little for each request as it may. */
const slightPeer = (store: EventStore): Peer => {
  const peer = localPeer(store, { maxKeys: 2, maxBytes: 1 });
  return { ...peer, keys: (query) => peer.keys({ ...query, limit: Math.min(query.limit, 2) }) };
};

describe('reconcile', () => {
  test('two stores with any parts of a history hold the same, all of it, once each has pulled from the other', async () => {
    const held = fc.constantFrom('ours', 'theirs', 'both', 'neither');
    await fc.assert(
      fc.asyncProperty(
        anyHistory.chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.array(held, { minLength: events.length, maxLength: events.length }),
          ),
        ),
        fc.constantFrom(localPeer, slightPeer),
        fc.constantFrom(1, 3, 100),
        async ([events, holders], peerOf, leafKeys) => {
          const heldBy = (cell: string) =>
            events.filter((_, index) => [cell, 'both'].includes(holders[index] ?? 'neither'));
          const [ours, theirs] = [await storeOf(heldBy('ours')), await storeOf(heldBy('theirs'))];
          const pulled = await pull(ours, peerOf(theirs), { leafKeys });
          const pulledThere = await pull(theirs, peerOf(ours), { leafKeys });
          const all = await contentOf(
            await storeOf(events.filter((_, index) => holders[index] !== 'neither')),
            events,
          );
          expect(await contentOf(ours, events)).toEqual(all);
          expect(await contentOf(theirs, events)).toEqual(all);
          const only = (cell: string) => holders.filter((holder) => holder === cell).length;
          expect(pulled).toMatchObject({
            pulled: only('theirs'),
            duplicates: 0,
            divergences: [],
            rejected: [],
          });
          expect(pulledThere).toMatchObject({ pulled: only('ours'), duplicates: 0 });
          expect(await pull(ours, peerOf(theirs), { leafKeys })).toMatchObject({ pulled: 0, duplicates: 0 });
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a run that ends whenever it is asked to, and goes on from there, comes to the same', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (events) => {
        const [ours, theirs] = [createMemoryStore(), await storeOf(events)];
        let rest: readonly string[] = origins;
        let from: number = always.from;
        let pulled = 0;
        for (let runs = 0; rest.length > 0; runs++) {
          expect(runs).toBeLessThan(1_000);
          const whole = { store: ours, peer: localPeer(theirs), leafKeys: 1, isTimeUp: () => true };
          const done = await reconcile({ ...whole, origins: rest.slice(0, 1), from, to: always.to });
          pulled += done.pulled;
          from = done.unfinished?.from ?? always.from;
          if (!done.unfinished) rest = rest.slice(1);
        }
        expect(pulled).toBe(events.length);
        expect(await contentOf(ours, events)).toEqual(await contentOf(theirs, events));
      }),
      { numRuns: 60 },
    );
  });

  test('says where it ended of several origins', async () => {
    const [ours, theirs] = [createMemoryStore(), await storeOf(steadyHistory(30, 'azure-eastus.1'))];
    const asked = { store: ours, peer: localPeer(theirs), origins, ...always };
    expect(await reconcile({ ...asked, isTimeUp: () => true })).toMatchObject({
      pulled: 0,
      unfinished: { origin: 'aws-us-east-1.1', from: always.to },
    });
    expect(await reconcile({ ...asked, isTimeUp: () => false })).not.toHaveProperty('unfinished');
  });

  test('a stream that never arrived, which no gap can show, is found', async () => {
    const events = steadyHistory(900);
    const lost = events[450]?.partitionkey;
    const ours = await storeOf(events.filter(({ partitionkey }) => partitionkey !== lost));
    const theirs = await storeOf(events);
    const pulled: DomainEvent[] = [];
    const result = await reconcile({
      store: ours,
      peer: localPeer(theirs),
      origins,
      ...always,
      onPulled: (event) => pulled.push(event),
    });
    expect(result).toMatchObject({ pulled: 3, duplicates: 0 });
    expect(pulled.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      events.filter(({ partitionkey }) => partitionkey === lost),
    );
  });

  test('a cell restored from a backup gets its own later events back, of every incarnation (R1, R17)', async () => {
    const own = [...steadyHistory(300, 'aws-us-east-1.1'), ...steadyHistory(300, 'aws-us-east-1.2')];
    const restored = await storeOf(steadyHistory(300, 'aws-us-east-1.1').slice(0, 200));
    expect(await pull(restored, await storeOf(own))).toMatchObject({ pulled: 400 });
    expect(await contentOf(restored, own)).toEqual(await contentOf(await storeOf(own), own));
  });

  test('an empty cell is filled without comparing range after range', async () => {
    const events = steadyHistory(2_500);
    const empty = createMemoryStore();
    const result = await pull(empty, localPeer(await storeOf(events), { maxKeys: 1_000 }));
    expect(result).toMatchObject({ pulled: 2_500, duplicates: 0, comparedRanges: 1 });
    expect(await contentOf(empty, events)).toEqual(await contentOf(await storeOf(events), events));
  });

  test('equal logs are told by one digest for each origin that has events', async () => {
    const events = steadyHistory(2_500);
    const result = await pull(await storeOf(events), await storeOf(events));
    expect(result).toEqual({ pulled: 0, duplicates: 0, divergences: [], rejected: [], comparedRanges: 1 });
  });

  test('the same place with other content is reported by both sides, and overwritten by neither (R5)', async () => {
    const events = steadyHistory(300);
    const [original] = events.slice(150);
    if (!original) throw new Error('300 events were asked for');
    const impostor = impostorOf(original);
    const lacking = events.at(-1);
    const ours = await storeOf(events.filter((event) => event !== lacking));
    const theirs = await storeOf(events.map((event) => (event === original ? impostor : event)));
    const first = await pull(ours, theirs);
    expect(first.divergences).toEqual([{ ours: original, theirs: impostor }]);
    expect(first.pulled).toBe(1);
    expect((await pull(theirs, ours)).divergences).toEqual([{ ours: impostor, theirs: original }]);
    expect(await ours.read(original.partitionkey)).toContainEqual(original);
    expect(await theirs.read(original.partitionkey)).toContainEqual(impostor);
    expect(await pull(ours, theirs)).toMatchObject({ pulled: 0, divergences: [{ ours: original }] });
  });

  test('a page of keys that is empty and not the last one hides nothing', async () => {
    const theirs = localPeer(await storeOf(steadyHistory(10)));
    const peer: Peer = {
      ...theirs,
      keys: async ({ after, ...query }) =>
        after === undefined ? { items: [], next: 'start' } : theirs.keys(query),
    };
    expect(await pull(createMemoryStore(), peer)).toMatchObject({ pulled: 10 });
  });

  test('the first millisecond of a range is compared and the last is not', async () => {
    const events = steadyHistory(100);
    const theirs = await storeOf(events);
    const timeAt = (index: number) => eventTime(events[index]?.id ?? '');
    for (const [from, to] of [
      [0, 100],
      [10, 11],
      [10, 10],
      [20, 99],
    ] as const) {
      const ours = createMemoryStore();
      const end = to === 100 ? always.to : timeAt(to);
      const range = { from: timeAt(from), to: end };
      const result = await reconcile({ store: ours, peer: localPeer(theirs), origins, ...range });
      expect(result.pulled).toBe(to - from);
      expect(await contentOf(ours, events)).toEqual(
        await contentOf(await storeOf(events.slice(from, to)), events),
      );
    }
  });

  test('a time that no event id can tell is refused with what to give', async () => {
    const store = createMemoryStore();
    for (const range of [
      { from: -1, to: 5 },
      { from: 0, to: Number.POSITIVE_INFINITY },
      { from: 0.5, to: 5 },
    ]) {
      const attempt = reconcile({ store, peer: localPeer(store), origins, ...range });
      await expect(attempt).rejects.toThrow(/whole milliseconds since 1970/);
    }
  });

  test('more events within a millisecond than a page holds are compared all the same', async () => {
    const events = steadyHistory(2_300).map((event) => {
      const id = `01KJ2ZSP00${event.id.slice(10)}`;
      return { ...event, id, time: new Date(eventTime(id)).toISOString() };
    });
    const ours = await storeOf(events.filter((_, index) => index % 100 !== 7));
    const peer = localPeer(await storeOf(events), { maxKeys: 50 });
    expect(await pull(ours, peer)).toMatchObject({ pulled: 23, duplicates: 0 });
    expect(await contentOf(ours, events)).toHaveLength(2_300);
  });
});
