import { type DomainEvent, originOf, sequenceOf } from '../../log/event.ts';
import type { EventKey, Page } from '../../store/event-store.ts';

/** What an index may lag behind the log: where a service reads it eventually, a test looks again until then. */
export const indexLag = { timeout: 10_000, interval: 50 };

export function keyOf(event: DomainEvent): EventKey {
  return {
    stream: event.partitionkey,
    origin: originOf(event),
    sequence: sequenceOf(event),
    id: event.id,
  };
}

/** Where the next page starts: the `next` of the page before, once there is one. */
export interface After {
  readonly after?: string;
}

/** Every page, following `next` until there is none. */
export async function allPages<Item>(
  page: (after: After) => Promise<Page<Item>>,
): Promise<readonly (readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  for (let after: After = {}; ; ) {
    const { items, next } = await page(after);
    pages.push(items);
    if (next === undefined) return pages;
    after = { after: next };
  }
}

export function inPages<Item>(items: readonly Item[], limit: number): readonly (readonly Item[])[] {
  const pages: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += limit) pages.push(items.slice(at, at + limit));
  return pages;
}

/** At most 50 at a time. */
export async function inBatches<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
): Promise<void> {
  for (const batch of inPages(items, 50)) await Promise.all(batch.map(act));
}

/** The items in an order that looks like none and is the same in every run. */
export function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item, index) => ({ item, place: (index * 2_654_435_761) % 4_294_967_296 }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
