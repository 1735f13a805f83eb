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
