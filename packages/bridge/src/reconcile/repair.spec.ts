import {
  createMemoryStore,
  EventRefusedError,
  type EventStore,
  EventTooLargeError,
  StoreUnavailableError,
  TwinlogError,
} from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { contentOf, impostorOf, steadyHistory, storeOf } from './logs.fixture.ts';
import { localPeer } from './peer.ts';
import { repairStream } from './repair.ts';

const events = [...steadyHistory(6, 'aws-us-east-1.1'), ...steadyHistory(6, 'azure-eastus.1')];
const stream = events[0]?.partitionkey ?? '';
const ofStream = events.filter(({ partitionkey }) => partitionkey === stream);

/** A store that tells what was written. */
const watched = (store: EventStore) => {
  const written: string[] = [];
  const insert: EventStore['insert'] = async (event) => {
    written.push(event.id);
    return store.insert(event);
  };
  return { store: { ...store, insert }, written };
};

describe('repair of a stream', () => {
  test('brings in what is missing of every origin, writes nothing else, and leaves other streams alone', async () => {
    const missing = ofStream.filter((_, index) => index % 2 === 0);
    const { store, written } = watched(await storeOf(ofStream.filter((_, index) => index % 2 !== 0)));
    const pulled: string[] = [];
    const result = await repairStream({
      store,
      peer: localPeer(await storeOf(events)),
      stream,
      onPulled: ({ id }) => pulled.push(id),
    });
    expect(result).toEqual({ pulled: 3, duplicates: 3, divergences: [], rejected: [] });
    expect(written.toSorted()).toEqual(missing.map(({ id }) => id).toSorted());
    expect(pulled.toSorted()).toEqual(written.toSorted());
    expect(await contentOf(store, events)).toEqual(await contentOf(await storeOf(ofStream), events));
  });

  test('a stream that nobody knows, or that both hold, stays as it is', async () => {
    const peer = localPeer(await storeOf(events));
    const { store, written } = watched(await storeOf(ofStream));
    expect(await repairStream({ store, peer, stream: 'unknown' })).toMatchObject({
      pulled: 0,
      duplicates: 0,
    });
    expect(await repairStream({ store, peer, stream })).toMatchObject({ pulled: 0, duplicates: 6 });
    expect(written).toEqual([]);
  });

  test('reports what differs in content, be it by its id or not, and overwrites nothing (R5)', async () => {
    const [first, second, ...rest] = ofStream;
    if (!first || !second) throw new Error('a stream of six was asked for');
    const changed = { ...second, data: { amount: '99.99' } };
    const theirs = await storeOf([impostorOf(first), changed, ...rest]);
    const store = await storeOf(ofStream);
    const { divergences } = await repairStream({ store, peer: localPeer(theirs), stream });
    expect(divergences.map(({ ours }) => ours)).toEqual(expect.arrayContaining([first, second]));
    expect(divergences.map(({ theirs }) => theirs)).toContainEqual(changed);
    expect(divergences).toHaveLength(2);
    expect(await contentOf(store, events)).toEqual(await contentOf(await storeOf(ofStream), events));
  });

  test('an event of another stream, and what is no event, are reported and not stored', async () => {
    const peer = {
      ...localPeer(createMemoryStore()),
      read: async () => [events.at(-1), { hello: 'there' }, ...ofStream],
    };
    const store = createMemoryStore();
    const { pulled, rejected } = await repairStream({ store, peer, stream });
    expect(pulled).toBe(6);
    expect(rejected.map(({ code }) => code).sort()).toEqual(['invalid_event', 'other_event']);
    expect(await store.read(events.at(-1)?.partitionkey ?? '')).toEqual([]);
  });

  test('what the store fails on is reported, told of whole, and holds up nothing else', async () => {
    const inner = createMemoryStore();
    const store: EventStore = {
      ...inner,
      insert: async (event) => {
        if (event === ofStream[1]) throw new RangeError('a secret');
        if (event === ofStream[3]) throw new EventRefusedError('Nesting too deep.');
        if (event === ofStream[2]) throw new EventTooLargeError(500_000, 409_600);
        return inner.insert(event);
      },
    };
    const peer = { ...localPeer(inner), read: async () => [{ hello: 'there' }, ...ofStream] };
    const told: (readonly [string, unknown])[] = [];
    const { pulled, rejected } = await repairStream({
      ...{ store, peer, stream },
      onRejected: async ({ code }, value) => void told.push([code, value]),
    });
    expect(pulled).toBe(3);
    expect(told.sort()).toEqual([
      ['event_too_large', ofStream[2]],
      ['invalid_event', { hello: 'there' }],
      ['unstorable', ofStream[1]],
      ['unstorable', ofStream[3]],
    ]);
    expect(rejected).toHaveLength(4);
    expect(JSON.stringify(rejected)).not.toContain('secret');
  });

  test('a store that is set up wrong is told, and no event is blamed for it', async () => {
    const wrong = new TwinlogError('store_misconfigured', 'The role may not write.');
    const store = { ...createMemoryStore(), insert: () => Promise.reject(wrong) };
    const peer = localPeer(await storeOf(ofStream));
    await expect(repairStream({ store, peer, stream })).rejects.toThrow(wrong);
  });

  test('a store that fails midway is told, what was stored stays, and another repair finishes', async () => {
    const inner = createMemoryStore();
    let writes = 0;
    const store: EventStore = {
      ...inner,
      insert: async (event) => {
        writes += 1;
        if (writes === 3) throw new StoreUnavailableError('The table is throttled.');
        return inner.insert(event);
      },
    };
    const peer = localPeer(await storeOf(events));
    await expect(repairStream({ store, peer, stream })).rejects.toThrow(StoreUnavailableError);
    const before = (await inner.read(stream)).length;
    expect(before).toBeGreaterThan(0);
    expect(await repairStream({ store, peer, stream })).toMatchObject({ pulled: 6 - before });
    expect(await contentOf(store, events)).toEqual(await contentOf(await storeOf(ofStream), events));
  });
});
