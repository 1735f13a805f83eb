import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { eventTime, firstEventIdAt } from '../../log/event-id.ts';
import type { EventKey, Page } from '../../store/event-store.ts';
import { sampleEvent, uniqueName } from '../sample-event.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import { expectRefused } from './listing.ts';
import { type After, allPages, inBatches, indexLag, inPages, keyOf } from './pages.ts';

const midnight = Date.UTC(2026, 2, 1);
const hour = 3_600_000;
/** The first millisecond that an event cannot have: RFC 3339 ends with the year 9999. */
const endOfTime = Date.UTC(10_000, 0, 1);

const idAt = (time: number, randomness: string) =>
  firstEventIdAt(time).slice(0, 10) + randomness.padStart(16, '0');

export function scanning(underTest: () => StoreUnderTest): void {
  const store = () => underTest().store;

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
        const scan = { origin, from: 0, to: endOfTime, limit };
        expect(await allPages((after) => store().scan({ ...scan, ...after }))).toEqual(inPages(keys, limit));
      }, indexLag);
    }
  });

  test('a scan takes the first millisecond in and leaves the last one out', async () => {
    const origin = `${uniqueName('cell')}.1`;
    const at = (time: number, randomness: string) =>
      sampleEvent({ stream: uniqueName('stream'), origin, at: idAt(time, randomness.repeat(16)) });
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

  test('the first and the last millisecond there are belong to a scan of all of time', async () => {
    const origin = `${uniqueName('cell')}.1`;
    const events = [idAt(0, '0'), idAt(endOfTime - 1, 'Z'.repeat(16))].map((at) =>
      sampleEvent({ stream: uniqueName('stream'), origin, at }),
    );
    await inBatches(events, (event) => store().insert(event));
    await vi.waitFor(async () => {
      const scan = { origin, from: 0, to: endOfTime, limit: 10 };
      expect(await store().scan(scan)).toEqual({ items: events.map(keyOf) });
    }, indexLag);
  });

  test('whatever is asked for is what is held: any range, any page, many events in one millisecond', async () => {
    const origin = `${uniqueName('cell')}.1`;
    const events = Array.from({ length: 60 }, (_, index) => {
      const at = idAt(midnight + Math.floor(index / 12), String(index));
      return sampleEvent({ stream: uniqueName('stream'), origin, at });
    });
    await inBatches(events, (event) => store().insert(event));
    await vi.waitFor(async () => {
      const scan = { origin, from: midnight, to: endOfTime, limit: 1_000 };
      expect((await store().scan(scan)).items).toHaveLength(events.length);
    }, indexLag);
    const moment = fc.integer({ min: midnight - 2, max: midnight + 7 });
    await fc.assert(
      fc.asyncProperty(moment, moment, fc.integer({ min: 5, max: 80 }), async (from, to, limit) => {
        const pages = await allPages((after) => store().scan({ origin, from, to, limit, ...after }));
        const wanted = events.filter(({ id }) => eventTime(id) >= from && eventTime(id) < to).map(keyOf);
        expect(pages).toEqual(wanted.length === 0 ? [[]] : inPages(wanted, limit));
      }),
      { numRuns: 20 },
    );
  });

  test('while events come in all over the range, pages skip and repeat none that was there before', async () => {
    const origin = `${uniqueName('cell')}.1`;
    const put = async (ms: number) => {
      const event = sampleEvent({ stream: uniqueName('stream'), origin, at: idAt(midnight + ms, '5') });
      await store().insert(event);
      return event.id;
    };
    const before = await Promise.all(Array.from({ length: 30 }, (_, index) => put(index * 100)));
    const scan = { origin, from: midnight, to: midnight + hour, limit: 1_000 };
    await vi.waitFor(async () => {
      expect((await store().scan(scan)).items).toHaveLength(before.length);
    }, indexLag);
    const seen: string[] = [];
    let rounds = 0;
    for (let after: After | undefined = {}; after !== undefined; rounds += 1) {
      const places = [1, 970, 1_510, 2_030, 2_890].map((at) => at + rounds);
      const scanning: Promise<Page<EventKey>> = store().scan({ ...scan, limit: 7, ...after });
      const [page] = await Promise.all([scanning, ...places.map(put)]);
      seen.push(...page.items.map(({ id }) => id));
      after = page.next === undefined ? undefined : { after: page.next };
    }
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toEqual(expect.arrayContaining(before));
  });

  test('a cursor of a scan serves its own range alone, and is refused once altered', async () => {
    const origin = `${uniqueName('cell')}.1`;
    const events = [1, 2, 3].map((ms) =>
      sampleEvent({ stream: uniqueName('stream'), origin, at: midnight + ms }),
    );
    await inBatches(events, (event) => store().insert(event));
    const scan = { origin, from: midnight, to: midnight + hour, limit: 2 };
    const next = await vi.waitFor(async () => {
      const page = await store().scan(scan);
      expect(page).toEqual({ items: events.slice(0, 2).map(keyOf), next: expect.any(String) });
      return page.next ?? '';
    }, indexLag);
    expect(next).not.toContain(events[1]?.id);
    expect(await store().scan({ ...scan, after: next })).toEqual({ items: events.slice(2).map(keyOf) });
    await expectRefused(next, (after) => store().scan({ ...scan, after }));
    for (const other of [{ origin: `${origin}1` }, { from: 0 }, { to: midnight + 2 }]) {
      const elsewhere = store().scan({ ...scan, ...other, after: next });
      await expect(elsewhere).rejects.toMatchObject({ code: 'invalid_cursor' });
    }
  });
}
