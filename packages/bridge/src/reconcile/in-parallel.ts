/**
 * Acts on every item, so many at a time. Once one fails no other is begun, those under way are waited for, and
 * the first fault is thrown: nothing goes on behind the caller's back.
 */
export async function inParallel<Item>(
  items: Iterable<Item>,
  atATime: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const faults: unknown[] = [];
  let isEmpty = false;
  const worker = async (): Promise<void> => {
    while (faults.length === 0) {
      const next = queue.next();
      if (next.done) {
        isEmpty = true;
        return;
      }
      try {
        await act(next.value);
      } catch (fault) {
        faults.push(fault);
      }
    }
  };
  const workers: Promise<void>[] = [];
  while (workers.length < atATime && !isEmpty) workers.push(worker());
  await Promise.all(workers);
  if (faults.length > 0) throw faults[0];
}

/** How many groups may fail, with nothing done in between, before what all of them need may be away. */
const faultsToDoubt = 8;

/** What came of acting on items of which some failed. */
export interface Tried {
  /** What was thrown, the first of it first, and of which group. */
  readonly faults: readonly { readonly group: unknown; readonly fault: unknown }[];
  /** Whether items were left out whose groups had not failed: what all of them need is away. */
  readonly gaveUp: boolean;
}

/**
 * Acts on every item, so many at a time, though some fail: the rest of a failed item's group is left out, and nothing
 * else. Where one group after another fails, and nothing is done in between, it goes on from the other end; and only
 * where it is the same there is no other begun. Those under way are waited for.
 * @param groupOf what items have in common that may be at fault: an item is a group of its own unless told.
 */
export async function tryInParallel<Item>(
  items: Iterable<Item>,
  atATime: number,
  act: (item: Item) => Promise<void>,
  groupOf: (item: Item) => unknown = (item) => item,
): Promise<Tried> {
  const failed = new Set<unknown>();
  const faults: { group: unknown; fault: unknown }[] = [];
  let left: Iterable<Item> = items;
  for (let fruitless = 0; fruitless < 2; ) {
    const leftOut: Item[] = [];
    let failedSinceDone = 0;
    let done = 0;
    await inParallel(left, atATime, async (item) => {
      const group = groupOf(item);
      if (failed.has(group)) return;
      if (failedSinceDone >= faultsToDoubt) {
        leftOut.push(item);
        return;
      }
      try {
        await act(item);
        failedSinceDone = 0;
        done += 1;
      } catch (fault) {
        faults.push({ group, fault });
        if (!failed.has(group)) failedSinceDone += 1;
        failed.add(group);
      }
    });
    if (leftOut.length === 0) return { faults, gaveUp: false };
    left = leftOut.reverse();
    fruitless = done > 0 ? 0 : fruitless + 1;
  }
  return { faults, gaveUp: true };
}
