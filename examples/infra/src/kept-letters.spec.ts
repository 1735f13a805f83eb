import { createIntake, createMemoryDeadLetters, localPeer, repairStream } from '@twinlog/bridge';
import { createMemoryStore, EventTooLargeError, StoreUnavailableError } from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
import { expect, test } from 'vitest';
import { keptLetters } from './kept-letters.ts';

const event = sampleEvent({ stream: 'txn_1', origin: 'azure-eastus.1', sequence: 1 });
const differing = { ...event, data: { amount: '99.00', currency: 'USD' } };

test('what healing cannot take is a dead letter, whole and with the reason, and one however often it is met', async () => {
  const deadLetters = createMemoryDeadLetters();
  const held = createMemoryStore();
  await held.insert(event);
  const store = {
    ...held,
    insert: async (other: typeof event) => {
      if (other.partitionkey !== 'txn_2') return held.insert(other);
      throw new EventTooLargeError(500_000, 409_600);
    },
  };
  const large = sampleEvent({ stream: 'txn_2', origin: 'azure-eastus.1', sequence: 1 });
  const peer = {
    ...localPeer(held),
    read: async (stream: string) => (stream === 'txn_1' ? [differing, { half: 'an event' }] : [large]),
  };
  const listener = keptLetters({ deadLetters, now: () => 0, say: () => {} });
  for (const stream of ['txn_1', 'txn_2', 'txn_1', 'txn_2'])
    await repairStream({ store, peer, stream, ...listener });
  const letters = [...deadLetters.letters.values()].map(({ direction, code, content }) => [
    direction,
    code,
    'json' in content && JSON.parse(content.json),
  ]);
  expect(letters.sort()).toEqual([
    ['in', 'divergence', differing],
    ['in', 'invalid_event', { half: 'an event' }],
    ['in', 'too_large', large],
  ]);
});

test('is the same dead letter as the one that the receiver kept, in whatever order either had its members', async () => {
  const deadLetters = createMemoryDeadLetters();
  const store = createMemoryStore();
  await store.insert(event);
  const shuffled = Object.fromEntries(Object.entries(differing).reverse());
  const options = { store, deadLetters, cell: 'aws-us-east-1', peers: ['azure-eastus'], now: () => 0 };
  await createIntake(options).takeEvents([shuffled]);
  const peer = { ...localPeer(store), read: async () => [differing] };
  const listener = keptLetters({ deadLetters, now: () => 0, say: () => {} });
  await repairStream({ store, peer, stream: 'txn_1', ...listener });
  expect(deadLetters.letters.size).toBe(1);
});

test('without a place to be kept, it is told of all the same, and holds up nothing', async () => {
  const store = createMemoryStore();
  await store.insert(event);
  const deadLetters = { put: () => Promise.reject(new StoreUnavailableError('away')) };
  const said: string[] = [];
  const listener = keptLetters({ deadLetters, now: () => 0, say: (line) => said.push(line) });
  const peer = { ...localPeer(store), read: async () => [differing] };
  expect(await repairStream({ store, peer, stream: 'txn_1', ...listener })).toMatchObject({
    divergences: [{ ours: event, theirs: differing }],
  });
  expect(said).toEqual([expect.stringMatching(/^divergence in txn_1: .+StoreUnavailableError\.$/)]);
});
