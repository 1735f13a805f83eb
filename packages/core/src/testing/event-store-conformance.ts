import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { accountOf, type DomainEvent, opensStream, originOf, sequenceOf } from '../log/event.ts';
import { firstEventIdAt } from '../log/event-id.ts';
import { type EventKey, type EventStore, ingest, type Page } from '../store/event-store.ts';
import { anyEvent } from './arbitraries.ts';
import { sampleEvent, uniqueName } from './sample-event.ts';

/** A store for one suite. It may hold other events already: the suite makes up names that none has. */
export interface StoreUnderTest {
  readonly store: EventStore;
  readonly stop?: () => Promise<void>;
}

/** What an index may lag behind the log: where a service reads it eventually, a test looks again until then. */
const indexLag = { timeout: 10_000, interval: 50 };

/**
 * Registers the tests that every `EventStore` has to pass, with vitest.
 * @param start called once.
 */
export function describeEventStore(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the promises of an event store`, () => {
    let underTest: StoreUnderTest;
    let store: EventStore;
    beforeAll(async () => {
      underTest = await start();
      store = underTest.store;
    });
    afterAll(() => underTest?.stop?.());

    insertion(() => store);
    reading(() => store);
    listing(() => store);
    scanning(() => store);
  });
}

function insertion(store: () => EventStore): void {
  test('an event is inserted once, and whoever comes later is handed the one in its place', async () => {
    const stream = uniqueName('stream');
    const first = sampleEvent({ stream, data: { amount: '1.00' } });
    const other = sampleEvent({ stream, data: { amount: '2.00' } });
    expect(await store().insert(first)).toEqual({ inserted: true });
    expect(await store().insert(other)).toEqual({ inserted: false, existing: first });
    expect(await store().insert(first)).toEqual({ inserted: false, existing: first });
    expect(await store().read(stream)).toEqual([first]);
  });

  test('of 20 writers for one place exactly one wins and every loser is handed the winner, 50 times', async () => {
    const stream = uniqueName('stream');
    for (let sequence = 1; sequence <= 50; sequence++) {
      const rivals = Array.from({ length: 20 }, (_, writer) =>
        sampleEvent({ stream, sequence, seen: 'a.1=1', data: { writer } }),
      );
      const outcomes = await Promise.all(rivals.map((rival) => store().insert(rival)));
      const winners = rivals.filter((_, index) => outcomes[index]?.inserted);
      expect(winners).toHaveLength(1);
      const handedBack = outcomes.flatMap((outcome) => (outcome.inserted ? [] : [outcome.existing]));
      expect(handedBack).toEqual(Array(19).fill(winners[0]));
    }
    expect(await store().read(stream)).toHaveLength(50);
  });

  test('any event comes back as it was, attributes that nobody knows included', async () => {
    await fc.assert(
      fc.asyncProperty(anyEvent, async (event) => {
        const insertion = await store().insert(event);
        fc.pre(insertion.inserted);
        const held = await store().read(event.partitionkey);
        expect(held.filter(({ id }) => id === event.id)).toEqual([event]);
        expect(await store().insert(event)).toEqual({ inserted: false, existing: event });
      }),
      { numRuns: 60 },
    );
  });

  test('ingest stores in any order, knows a duplicate whatever the order of its members, and a divergence', async () => {
    const stream = uniqueName('stream');
    const second = sampleEvent({ stream, sequence: 2, seen: 'aws-us-east-1.1=1' });
    const first = sampleEvent({ stream });
    const reversed = { ...first, data: Object.fromEntries(Object.entries(first.data).reverse()) };
    const divergent = { ...first, data: { ...first.data, amount: '99.00' } };
    expect(await ingest(store(), second)).toEqual({ kind: 'stored' });
    expect(await ingest(store(), first)).toEqual({ kind: 'stored' });
    expect(await ingest(store(), reversed)).toEqual({ kind: 'duplicate' });
    expect(await ingest(store(), divergent)).toEqual({ kind: 'divergence', existing: first });
    expect(byPlace(await store().read(stream))).toEqual([first, second]);
  });
}

function reading(store: () => EventStore): void {
  test('a stream that nobody wrote is empty', async () => {
    expect(await store().read(uniqueName('stream'))).toEqual([]);
  });

  test('a read sees every write acknowledged before it', async () => {
    const stream = uniqueName('stream');
    for (let sequence = 1; sequence <= 30; sequence++) {
      await store().insert(sampleEvent({ stream, sequence, seen: 'a.1=1' }));
      expect(await store().read(stream)).toHaveLength(sequence);
    }
  });

  test('a stream of more than a megabyte and three origins is read whole, each event once', async () => {
    const stream = uniqueName('stream');
    const data = { note: 'x'.repeat(10_000) };
    const events = ['a-1.1', 'b-1.1', 'b-1.2'].flatMap((origin) =>
      Array.from({ length: 50 }, (_, index) =>
        sampleEvent({ stream, origin, sequence: index + 1, seen: 'a-1.1=1', data }),
      ),
    );
    await inBatches(events, (event) => store().insert(event));
    expect(byPlace(await store().read(stream))).toEqual(events);
  });

  test('streams and accounts with unusual ids are kept apart', async () => {
    const tail = uniqueName('');
    const unusual = [
      'a#b',
      'a:b',
      'a/b',
      'a\\b',
      'a?b',
      'a%23b',
      'a b',
      'é',
      'e\u0301',
      'A',
      'a',
      ' a',
      '𝄞',
      '"',
      "'",
    ];
    const names = [...unusual, '__proto__', 'constructor', '中'.repeat(90)].map((name) => name + tail);
    const events = names.map((name) => sampleEvent({ stream: name, account: name }));
    await inBatches(events, (event) => store().insert(event));
    for (const [index, name] of names.entries()) {
      expect(await store().read(name)).toEqual([events[index]]);
      await vi.waitFor(
        async () => expect(await store().list({ account: name, limit: 10 })).toEqual({ items: [name] }),
        indexLag,
      );
    }
  });
}

function listing(store: () => EventStore): void {
  test('an account that nobody opened a stream for has none', async () => {
    expect(await store().list({ account: uniqueName('account'), limit: 10 })).toEqual({ items: [] });
  });

  test("an account's streams are listed in order of id, each once, in pages of exactly the limit", async () => {
    const account = uniqueName('account');
    const streams = Array.from({ length: 7 }, (_, index) => `${account}-${index}`);
    // Opened in two cells, as a create retried on the other cloud is; and with a later event.
    const events = streams
      .toReversed()
      .flatMap((stream) => [
        sampleEvent({ stream, account, origin: 'aws-us-east-1.1' }),
        sampleEvent({ stream, account, origin: 'azure-eastus.1' }),
        sampleEvent({ stream, account, sequence: 2, seen: 'aws-us-east-1.1=1' }),
      ]);
    await inBatches(events, (event) => store().insert(event));
    for (const limit of [1, 2, 3, 6, 7, 8, 1_000]) {
      await vi.waitFor(async () => {
        const pages = await allPages((after) => store().list({ account, limit, ...after }));
        expect(pages).toEqual(inPages(streams, limit));
      }, indexLag);
    }
  });

  test('a stream is listed by its opening alone, whichever event of it comes first', async () => {
    const account = uniqueName('account');
    const later = sampleEvent({ stream: account, account, sequence: 2, seen: 'aws-us-east-1.1=1' });
    await store().insert(later);
    expect(await store().list({ account, limit: 10 })).toEqual({ items: [] });
    const opening = sampleEvent({ stream: account, account });
    expect([opensStream(opening), accountOf(opening)]).toEqual([true, account]);
    await store().insert(opening);
    await vi.waitFor(
      async () => expect(await store().list({ account, limit: 10 })).toEqual({ items: [account] }),
      indexLag,
    );
  });
}

function scanning(store: () => EventStore): void {
  const midnight = Date.UTC(2026, 2, 1);
  const hour = 3_600_000;

  test("one origin's events are scanned by id across streams and days, in pages of exactly the limit", async () => {
    const cell = uniqueName('cell');
    const origin = `${cell}.1`;
    const events = Array.from({ length: 23 }, (_, index) =>
      sampleEvent({ stream: uniqueName(cell), origin, at: midnight + (index - 11) * hour * 5 }),
    );
    const others = [`${cell}.2`, `${cell}.11`].map((other) =>
      sampleEvent({ stream: cell, origin: other, at: midnight }),
    );
    await inBatches([...events.toReversed(), ...others], (event) => store().insert(event));
    const keys = events.map(keyOf);
    for (const limit of [1, 5, 22, 23, 24, 1_000]) {
      await vi.waitFor(async () => {
        const scan = { origin, from: 0, to: midnight * 2, limit };
        expect(await allPages((after) => store().scan({ ...scan, ...after }))).toEqual(inPages(keys, limit));
      }, indexLag);
    }
  });

  test('a scan takes the first millisecond in and leaves the last one out', async () => {
    const origin = `${uniqueName('cell')}.1`;
    const at = (time: number, randomness: string) =>
      sampleEvent({
        stream: uniqueName('stream'),
        origin,
        at: firstEventIdAt(time).slice(0, 10) + randomness.repeat(16),
      });
    const [before, first, last, after] = [
      at(midnight - 1, 'Z'),
      at(midnight, '0'),
      at(midnight + 9, 'Z'),
      at(midnight + 10, '0'),
    ];
    await inBatches([before, first, last, after], (event) => store().insert(event));
    const scan = (from: number, to: number) => store().scan({ origin, from, to, limit: 10 });
    await vi.waitFor(async () => {
      expect(await scan(midnight - 1, midnight + 11)).toEqual({
        items: [before, first, last, after].map(keyOf),
      });
    }, indexLag);
    expect(await scan(midnight, midnight + 10)).toEqual({ items: [first, last].map(keyOf) });
    expect(await scan(midnight + 10, midnight + 10)).toEqual({ items: [] });
    expect(await scan(midnight + 10, midnight)).toEqual({ items: [] });
    expect(await scan(midnight + 11, midnight + hour)).toEqual({ items: [] });
  });
}

function keyOf(event: DomainEvent): EventKey {
  return {
    stream: event.partitionkey,
    origin: originOf(event),
    sequence: sequenceOf(event),
    id: event.id,
  };
}

function byPlace(events: readonly DomainEvent[]): readonly DomainEvent[] {
  const place = (event: DomainEvent) => event.source + event.sequence;
  return events.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** Every page, following `next` until there is none. */
async function allPages<Item>(
  page: (after: { readonly after?: string }) => Promise<Page<Item>>,
): Promise<readonly (readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  for (let after: { readonly after?: string } = {}; ; ) {
    const { items, next } = await page(after);
    pages.push(items);
    if (next === undefined) return pages;
    after = { after: next };
  }
}

function inPages<Item>(items: readonly Item[], limit: number): readonly (readonly Item[])[] {
  const pages: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += limit) pages.push(items.slice(at, at + limit));
  return pages;
}

/** At most 20 at a time, as a service would. */
async function inBatches<Item>(items: readonly Item[], act: (item: Item) => Promise<unknown>): Promise<void> {
  for (const batch of inPages(items, 20)) await Promise.all(batch.map(act));
}
