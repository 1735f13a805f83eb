import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DomainEvent, timeOf } from '../../log/event.ts';
import { ingest } from '../../store/event-store.ts';
import { anyEvent } from '../arbitraries.ts';
import { sampleEvent, uniqueName } from '../sample-event.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import { shuffled } from './pages.ts';

export function insertion(underTest: () => StoreUnderTest): void {
  const store = () => underTest().store;

  test('an event is inserted once, and whoever comes later is handed the one in its place', async () => {
    const stream = uniqueName('stream');
    const first = sampleEvent({ stream, data: { amount: '1.00' } });
    const other = sampleEvent({ stream, data: { amount: '2.00' } });
    expect(await store().insert(first)).toEqual({ inserted: true });
    expect(await store().insert(other)).toEqual({ inserted: false, existing: first });
    expect(await store().insert(first)).toEqual({ inserted: false, existing: first });
    expect(await store().read(stream)).toEqual([first]);
  });

  test.each([
    [2, 30],
    [10, 10],
    [50, 5],
  ])(
    'of %i writers for one place exactly one wins and every loser is handed its event, %i times',
    async (writers, times) => {
      const stream = uniqueName('stream');
      const { store: one, another = one } = underTest();
      for (let sequence = 1; sequence <= times; sequence++) {
        const rivals = Array.from({ length: writers }, (_, writer) =>
          sampleEvent({ stream, sequence, seen: 'a.1=1', data: { writer } }),
        );
        const outcomes = await Promise.all(
          rivals.map((rival, writer) => (writer % 2 ? another : one).insert(rival)),
        );
        const winners = rivals.filter((_, index) => outcomes[index]?.inserted);
        expect(winners).toHaveLength(1);
        const handedBack = outcomes.flatMap((outcome) => (outcome.inserted ? [] : [outcome.existing]));
        expect(handedBack).toEqual(Array(writers - 1).fill(winners[0]));
      }
      expect(await store().read(stream)).toHaveLength(times);
    },
  );

  test('any event comes back as it was, attributes that nobody knows included', async () => {
    await fc.assert(
      fc.asyncProperty(anyEvent, async (event) => {
        const outcome = await store().insert(event);
        fc.pre(outcome.inserted);
        const held = await store().read(event.partitionkey);
        expect(held.filter(({ id }) => id === event.id)).toEqual([event]);
        expect(await store().insert(event)).toEqual({ inserted: false, existing: event });
      }),
      { numRuns: 50 },
    );
  });

  test('300 events are ingested in any order, all at once, and then all of them again', async () => {
    const stream = uniqueName('stream');
    const events = ['a-1.1', 'b-1.1', 'b-1.2'].flatMap((origin) =>
      Array.from({ length: 100 }, (_, index) =>
        sampleEvent({ stream, origin, sequence: index + 1, seen: index === 0 ? '' : `${origin}=${index}` }),
      ),
    );
    const takeAll = (batch: readonly DomainEvent[]) =>
      Promise.all(batch.map(async (event) => (await ingest(store(), event)).kind));
    expect(await takeAll(shuffled(events))).toEqual(Array(300).fill('stored'));
    expect(await takeAll(shuffled(events.toReversed()))).toEqual(Array(300).fill('duplicate'));
    expect(await store().read(stream)).toEqual(events);
  });

  test('a duplicate is known by its content, whatever the order of its members', async () => {
    const data = { account_id: 'acc_1', lines: [1, { b: 'é', a: null }], amount: '1.00' };
    const event = sampleEvent({ stream: uniqueName('stream'), data });
    await store().insert(event);
    const reversed = { amount: '1.00', lines: [1, { a: null, b: 'é' }], account_id: 'acc_1' };
    const members = Object.entries({ ...event, data: reversed }).reverse();
    expect(members).not.toEqual(Object.entries(event));
    expect(await ingest(store(), { ...event, data: reversed })).toEqual({ kind: 'duplicate' });
  });

  test('a divergence is known by whatever differs, is handed what is there, and overwrites nothing', async () => {
    const id = '01JZ0000000000000000000000';
    const event = sampleEvent({ stream: uniqueName('stream'), at: id });
    await store().insert(event);
    const otherId = '01JZ0000000000000000000001';
    const differing: readonly Partial<DomainEvent & { extension: string }>[] = [
      { data: { ...event.data, amount: '99.00' } },
      { data: { ...event.data, amount: 12.34 } },
      { data: { ...event.data, note: null } },
      { data: {} },
      { id: otherId, time: timeOf(otherId) },
      { type: 'io.twinlog.transaction.created.v2', dataschema: 'urn:twinlog:schema:other' },
      { seen: 'azure-eastus.1=1' },
      { assignment: '2.azure-eastus' },
      { commandid: 'c', fingerprint: 'f' },
      { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      { extension: 'unknown' },
    ];
    for (const difference of differing) {
      expect(await ingest(store(), { ...event, ...difference })).toEqual({
        kind: 'divergence',
        existing: event,
      });
    }
    expect(await store().read(event.partitionkey)).toEqual([event]);
  });
}
