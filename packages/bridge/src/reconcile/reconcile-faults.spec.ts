import { createMemoryStore, type EventStore, eventTime, StoreUnavailableError } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { always, contentOf, origins, steadyHistory, steadyStart, storeOf } from './logs.fixture.ts';
import { localPeer, type Peer } from './peer.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from './peer-error.ts';
import { type ReconcileProgress, reconcile } from './reconcile.ts';

const pull = (store: EventStore, from: EventStore | Peer, rest: { leafKeys?: number } = {}) =>
  reconcile({ store, peer: 'digests' in from ? from : localPeer(from), origins, ...always, ...rest });

/** A peer that answers so often and then is gone. */
const peerAnswering = (times: number, peer: Peer): Peer => {
  let left = times;
  const orGone =
    <Query, Answer>(method: (query: Query) => Promise<Answer>) =>
    async (query: Query): Promise<Answer> => {
      left -= 1;
      if (left < 0) throw new PeerUnavailableError('No answer from the peer.');
      return method(query);
    };
  return {
    digests: orGone(peer.digests),
    keys: orGone(peer.keys),
    events: orGone(peer.events),
    read: orGone(peer.read),
  };
};

describe('reconcile under faults and traffic', () => {
  test('events that arrive while it runs are no errors, and the next run finds nothing left', async () => {
    const events = steadyHistory(1_200);
    const early = events.filter((_, index) => index % 4 !== 0);
    const late = events.filter((_, index) => index % 4 === 0);
    const ours = await storeOf(early.filter((_, index) => index % 10 !== 0));
    const theirs = await storeOf(early);
    /** With every call, replication brings some of the late events, to either cell or both. */
    const arrive = async () => {
      for (const [index, event] of late.splice(0, 3).entries()) {
        if (index !== 0) await ours.insert(event);
        if (index !== 1) await theirs.insert(event);
      }
    };
    const busyPeer = (store: EventStore): Peer => {
      const peer = localPeer(store);
      const after =
        <Query, Answer>(method: (query: Query) => Promise<Answer>) =>
        async (query: Query): Promise<Answer> => {
          const answer = await method(query);
          await arrive();
          return answer;
        };
      return { ...peer, digests: after(peer.digests), keys: after(peer.keys), events: after(peer.events) };
    };
    const during = await pull(ours, busyPeer(theirs), { leafKeys: 20 });
    expect(during).toMatchObject({ divergences: [], rejected: [] });
    expect(during.pulled).toBeGreaterThanOrEqual(90);
    for (const event of late) await theirs.insert(event);
    await pull(ours, theirs);
    await pull(theirs, ours);
    const all = await contentOf(await storeOf(events), events);
    expect(await contentOf(ours, events)).toEqual(all);
    expect(await contentOf(theirs, events)).toEqual(all);
    expect(await pull(ours, theirs)).toMatchObject({ pulled: 0, duplicates: 0 });
  });

  test('an event that its index does not show yet is met as a duplicate', async () => {
    const events = steadyHistory(30);
    const held = await storeOf(events);
    const ours: EventStore = {
      ...held,
      scan: async (query) => {
        const page = await held.scan(query);
        return { ...page, items: page.items.slice(0, -1) };
      },
    };
    expect(await pull(ours, await storeOf(events))).toMatchObject({ pulled: 0, duplicates: 1 });
  });

  test('a peer lost midway is told as such, what was pulled stays, and running again finishes', async () => {
    const events = steadyHistory(1_000);
    const theirs = await storeOf(events);
    const ours = await storeOf(events.filter((_, index) => index % 50 !== 0));
    const held = async () => (await contentOf(ours, events)).length;
    const faults: unknown[] = [];
    const sizes: number[] = [];
    for (let run = 0; run < 20 && (await held()) < events.length; run++) {
      const range = { from: steadyStart, to: steadyStart + 1_000 };
      const peer = peerAnswering(12, localPeer(theirs));
      await reconcile({ store: ours, peer, origins, ...range, leafKeys: 10 }).catch((fault) =>
        faults.push(fault),
      );
      sizes.push(await held());
    }
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(sizes.at(-1)).toBe(1_000);
    for (const fault of faults) {
      expect(fault).toBeInstanceOf(PeerUnavailableError);
      expect(fault).toMatchObject({ code: 'peer_unavailable' });
    }
  });

  test('progress is told in order of time, and a run goes on from where the one before was told to be', async () => {
    const events = steadyHistory(3_000);
    const theirs = await storeOf(events);
    for (const held of [[], events.filter((_, index) => index % 97 !== 0)]) {
      const ours = await storeOf(held);
      const told: ReconcileProgress[] = [];
      const run = (from: number, peer: Peer) =>
        reconcile({
          store: ours,
          peer,
          origins: [...origins.slice(0, 1)],
          from,
          to: steadyStart + 3_000,
          onProgress: (progress) => told.push(progress),
        });
      await expect(run(0, peerAnswering(15, localPeer(theirs)))).rejects.toThrow(PeerUnavailableError);
      const upTo = told.at(-1)?.upTo ?? 0;
      expect(new Set(told.map((progress) => progress.upTo)).size).toBe(told.length);
      expect(upTo).toBeGreaterThan(eventTime(events[100]?.id ?? ''));
      expect(upTo).toBeLessThan(eventTime(events.at(-1)?.id ?? ''));
      await run(upTo, localPeer(theirs));
      expect(await contentOf(ours, events)).toEqual(await contentOf(theirs, events));
      const times = told.map((progress) => progress.upTo);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.at(-1)).toBe(steadyStart + 3_000);
    }
  });

  test('one stream that is throttled holds up none of its neighbours, and is told', async () => {
    const events = steadyHistory(2_000);
    const [hot] = events;
    const others = events.filter(({ partitionkey }) => partitionkey !== hot?.partitionkey);
    const held = createMemoryStore();
    const ours: EventStore = {
      ...held,
      insert: async (event) => {
        if (event.partitionkey === hot?.partitionkey)
          throw new StoreUnavailableError('The partition is throttled.');
        return held.insert(event);
      },
    };
    const { pulled, rejected } = await pull(ours, await storeOf(events));
    const stream = hot?.partitionkey;
    expect(rejected).toEqual([{ stream, code: 'unavailable', detail: 'The partition is throttled.' }]);
    expect(pulled).toBe(others.length);
    expect(await contentOf(held, events)).toEqual(await contentOf(await storeOf(others), events));
    expect(others.length).toBeGreaterThan(1_000);
  });

  test.each([8, 20])('nor do %i of them, though nothing else is missing in the end', async (count) => {
    const events = steadyHistory(6_000);
    const hot = new Set([...new Set(events.map(({ partitionkey }) => partitionkey))].slice(0, count));
    const others = events.filter(({ partitionkey }) => !hot.has(partitionkey));
    const held = createMemoryStore();
    const ours: EventStore = {
      ...held,
      insert: async (event) => {
        if (hot.has(event.partitionkey)) throw new StoreUnavailableError('The partition is throttled.');
        return held.insert(event);
      },
    };
    for (const pulled of [others.length, 0]) {
      const done = await pull(ours, await storeOf(events));
      expect([done.pulled, done.rejected.length]).toEqual([pulled, hot.size]);
    }
  });

  test('a store that gives no answer at all is told, and is not asked for each event', async () => {
    const events = steadyHistory(2_000);
    let asked = 0;
    const away = new StoreUnavailableError('The table is away.');
    const ours: EventStore = {
      ...createMemoryStore(),
      insert: async () => {
        asked += 1;
        throw away;
      },
    };
    await expect(pull(ours, await storeOf(events))).rejects.toBe(away);
    expect(asked).toBeLessThan(500);
  });

  test('nor does it go through the whole log where little of it is missing, here and there', async () => {
    const events = steadyHistory(3_000);
    const held = await storeOf(events.filter((_, index) => index % 15 !== 7));
    let asked = 0;
    const away = new StoreUnavailableError('The table takes no writes.');
    const ours: EventStore = {
      ...held,
      insert: async () => {
        asked += 1;
        throw away;
      },
    };
    await expect(pull(ours, await storeOf(events))).rejects.toBe(away);
    expect(asked).toBeLessThanOrEqual(64 + 32);
  });

  test('what cannot be taken is reported, and holds up nothing else', async () => {
    const events = steadyHistory(9);
    const theirs = localPeer(await storeOf(events));
    const [one, two, three, four, five] = events;
    const peer: Peer = {
      ...theirs,
      events: async (keys) =>
        (await theirs.events(keys)).map((event) => {
          if (event === one) return { ...events[0], subject: 'nobody' };
          if (event === two) return events[8];
          if (event === four) return five;
          return event === three ? null : event;
        }),
    };
    const ours = createMemoryStore();
    const result = await pull(ours, peer);
    expect(result).toMatchObject({ pulled: 5, duplicates: 0 });
    expect(result.rejected.map(({ code, stream }) => [code, stream]).sort()).toEqual([
      ['invalid_event', one?.partitionkey],
      ['missing', three?.partitionkey],
      ['other_event', two?.partitionkey],
      ['other_event', four?.partitionkey],
    ]);
    expect(result.rejected.map(({ detail }) => detail).join()).toMatch(/subject is not account/);
    expect(await pull(ours, theirs)).toMatchObject({ pulled: 4, rejected: [] });
  });

  test('a peer that answers nothing, or more than was asked, is told as misconfigured instead of asked for ever', async () => {
    const theirs = localPeer(await storeOf(steadyHistory(3)));
    for (const digests of [[], [null, null]]) {
      const attempt = pull(createMemoryStore(), { ...theirs, digests: async () => digests });
      await expect(attempt).rejects.toThrow(PeerMisconfiguredError);
    }
  });
});
