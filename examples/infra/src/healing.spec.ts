import { type Divergence, localPeer, type Peer } from '@twinlog/bridge';
import {
  createMemoryStore,
  createService,
  type DomainEvent,
  type EventStore,
  firstEventIdAt,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
import { expect, test } from 'vitest';
import type { Gate } from './gate.ts';
import { createHealing } from './healing.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const runtime = systemRuntime;
const gate: Gate = {
  judge: async () => ({ ok: true }),
  hasRecovered: async () => true,
  recover: async () => ({ isComplete: true, pulled: 0, left: [] }),
  origins: () => ['aws.1', 'azure.1'],
};

/** Decided at AWS, evenly over a day. */
async function dayOfEvents(store: EventStore, count: number): Promise<readonly DomainEvent[]> {
  let now = start;
  const at = { ...runtime, now: () => now };
  const service = createService({
    ...{ aggregate: transaction, store, origin: 'aws.1', assignment: '1.aws', runtime: at },
  });
  const events: DomainEvent[] = [];
  for (let index = 0; index < count; index += 1) {
    now = start + Math.floor((index / count) * 24 * hour);
    const account = `account-${index}`;
    const stream = transactionId(account, 'create', runtime.random);
    const command = { type: 'create', account_id: account, amount: '1.00', currency: 'USD' } as const;
    const outcome = await service.execute({ stream, account, commandId: 'create', command });
    if ('event' in outcome) events.push(outcome.event);
  }
  return events;
}

test('a log too large for the time of one run is healed by several, though each is another process', async () => {
  const [ours, theirs] = [createMemoryStore(), createMemoryStore()];
  const events = await dayOfEvents(theirs, 2_000);
  const missing = events.filter((_, index) => index % 500 === 250);
  for (const event of events) if (!missing.includes(event)) await ours.insert(event);

  let now = start + 25 * hour;
  // Each request takes ten seconds, and looks through 100 keys: a run gets through somewhat more than its 24 requests.
  const peer = localPeer(theirs, { maxKeys: 100 });
  const slow: Peer = {
    ...peer,
    digests: async (query) => {
      now += 10_000;
      return peer.digests(query);
    },
  };
  const held = async () => {
    const read = await Promise.all(missing.map(({ partitionkey }) => ours.read(partitionkey)));
    return read.flat().length;
  };
  let runs = 0;
  for (; (await held()) < missing.length && runs < 60; runs += 1) {
    const began = now;
    const peers = new Map([['aws', slow]]);
    const at = { ...runtime, now: () => now };
    await createHealing({ store: ours, peers, gate, runtime: at, listener: {} }).reconcile();
    expect(now - began).toBeLessThan(300_000);
    now = began + 300_000;
  }
  expect([await held(), runs]).toEqual([missing.length, expect.toSatisfy((count) => count > 1)]);
}, 60_000);

test('an old event is found in its week, though the newest hours alone are too much for one run, and more comes in', async () => {
  const [ours, theirs] = [createMemoryStore(), createMemoryStore()];
  const minute = 60_000;
  const eventAt = (at: number) =>
    sampleEvent({ stream: `txn_${at}`, origin: 'aws.1', sequence: 1, at: firstEventIdAt(at), seen: '' });
  // 30 days of an event every hour, then a day and more of one every minute.
  const begins = start + 30 * 24 * hour;
  for (let at = start; at < begins + 26 * hour; at += at < begins ? hour : minute) {
    await theirs.insert(eventAt(at));
    await ours.insert(eventAt(at));
  }
  let now = begins + 26 * hour;
  // What the round comes to in the next two hours, by the fraction of the week that is over by then.
  const week = 7 * 24 * hour;
  const missing = [20, 50, 80, 110].map((inMinutes) => {
    const fraction = ((now + inMinutes * minute) % week) / week;
    const event = eventAt(start + Math.floor(fraction * 30 * 24 * hour) + 1);
    return event;
  });
  for (const event of missing) await theirs.insert(event);

  // Each request takes ten seconds, and looks through 5 keys: the newest hours alone are 300 requests.
  const peer = localPeer(theirs, { maxKeys: 5 });
  const slow: Peer = {
    ...peer,
    digests: async (query) => {
      now += 10_000;
      return peer.digests(query);
    },
  };
  for (let run = 0; run < 30; run += 1) {
    const began = now;
    const at = { ...runtime, now: () => now };
    await createHealing({
      ...{ store: ours, peers: new Map([['aws', slow]]), gate, runtime: at, listener: {} },
    }).reconcile();
    expect(now - began).toBeLessThan(300_000);
    now = began + 5 * minute;
    await theirs.insert(eventAt(now - minute));
  }
  const held = await Promise.all(missing.map(({ partitionkey }) => ours.read(partitionkey)));
  expect(held.flat()).toEqual(missing);
}, 60_000);

test('what two cells hold differently at one place is told of, whatever comes upon it', async () => {
  const [ours, theirs] = [createMemoryStore(), createMemoryStore()];
  const [event, other] = await dayOfEvents(theirs, 2);
  if (!event || !other) throw new Error('two events were asked for');
  const differing = { ...event, data: { ...event.data, amount: '9.00' } };
  // Of another id as well: what reconcile compares is keys.
  const renamed = { ...other, id: other.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
  await ours.insert(differing);
  await ours.insert(renamed);
  const told: Divergence[] = [];
  const healing = createHealing({
    ...{ store: ours, peers: new Map([['aws', localPeer(theirs)]]), gate },
    runtime: { ...runtime, now: () => start + 25 * hour },
    listener: { onDivergence: async (divergence) => void told.push(divergence) },
  });
  await healing.repair(event.partitionkey);
  await healing.recoverStream(event.partitionkey);
  expect(await healing.reconcile()).toMatchObject({ divergences: 1 });
  expect(told).toEqual([
    { ours: differing, theirs: event },
    { ours: differing, theirs: event },
    { ours: renamed, theirs: other },
  ]);
});
