import { type EventStore, StoreUnavailableError, systemRuntime } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { contentOf, steadyHistory, storeOf } from './logs.fixture.ts';
import { localPeer } from './peer.ts';
import { PeerUnavailableError } from './peer-error.ts';
import { createRecovery } from './recovery.ts';

const own = steadyHistory(300, 'aws-us-east-1.1');
const others = steadyHistory(90, 'azure-eastus.1');
const origins = ['aws-us-east-1.1', 'aws-us-east-1.2', 'azure-eastus.1'];
const names = ['azure-eastus', 'aws-eu-west-1'];

async function restored(backup: number) {
  const store: { -readonly [Method in keyof EventStore]: EventStore[Method] } = {
    ...(await storeOf(own.slice(0, backup))),
  };
  const recovery = () =>
    createRecovery({
      store,
      origin: 'aws-us-east-1.2',
      inForce: () => ({ stamp: '1.aws-us-east-1', ended: new Set() }),
      runtime: systemRuntime,
    });
  const peers = new Map(
    await Promise.all(
      names.map(async (name) => [name, localPeer(await storeOf([...own, ...others]))] as const),
    ),
  );
  return { store, recovery, peers };
}

describe('a restored cell (R1)', () => {
  test('is complete once every peer has been asked for every origin, and gets its own events back', async () => {
    const { store, recovery, peers } = await restored(100);
    const cell = recovery();
    expect(await cell.isComplete()).toBe(false);
    expect(await cell.advance({ peers, origins })).toEqual({ isComplete: true, pulled: 290, left: [] });
    expect(await cell.isComplete()).toBe(true);
    expect(await cell.advance({ peers, origins: [...origins, 'azure-eastus.2'] })).toMatchObject({
      isComplete: true,
      pulled: 0,
    });
    const all = [...own, ...others];
    expect(await contentOf(store, all)).toEqual(await contentOf(await storeOf(all), all));
  });

  test('goes on in a new instance where the one before was cut off, and is done but once', async () => {
    const { recovery, peers } = await restored(0);
    let pulled = 0;
    let runs = 0;
    for (let isComplete = false; !isComplete; runs++) {
      expect(runs).toBeLessThan(100);
      let ranges = 0;
      const done = await recovery().advance({ peers, origins, isTimeUp: () => ++ranges > 1 });
      pulled += done.pulled;
      isComplete = done.isComplete;
    }
    expect(runs).toBeGreaterThan(2);
    expect(pulled).toBe(390);
    expect(await recovery().isComplete()).toBe(true);
  });

  test('is not complete while its store gives no answer to one stream', async () => {
    const { store, recovery, peers } = await restored(100);
    const insert = store.insert;
    const throttled = own[200]?.partitionkey;
    let isThrottled = true;
    store.insert = (event) =>
      isThrottled && event.partitionkey === throttled
        ? Promise.reject(new StoreUnavailableError('throttled'))
        : insert(event);
    await expect(recovery().advance({ peers, origins })).rejects.toThrow(StoreUnavailableError);
    expect(await recovery().isComplete()).toBe(false);
    isThrottled = false;
    expect(await recovery().advance({ peers, origins })).toMatchObject({ isComplete: true });
    const all = [...own, ...others];
    expect(await contentOf(store, all)).toEqual(await contentOf(await storeOf(all), all));
  });

  test('is not complete while one peer cannot be reached, and keeps what the others gave', async () => {
    const { recovery, peers } = await restored(100);
    const reachable = peers.get('aws-eu-west-1');
    if (!reachable) throw new Error('there is such a peer');
    const down = () => Promise.reject(new PeerUnavailableError('down'));
    peers.set('aws-eu-west-1', { ...reachable, keys: down });
    await expect(recovery().advance({ peers, origins })).rejects.toThrow(PeerUnavailableError);
    expect(await recovery().isComplete()).toBe(false);
    peers.set('aws-eu-west-1', reachable);
    expect(await recovery().advance({ peers, origins })).toMatchObject({ isComplete: true, pulled: 0 });
  });
});
