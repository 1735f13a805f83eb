/** Runs work on items one after the other per item, and side by side for different items. */
export interface ItemLocks {
  /** Waits for every named item, runs the work alone on them, and lets the next in. */
  run<T>(items: readonly string[], work: () => Promise<T>): Promise<T>;
}

export function createItemLocks(): ItemLocks {
  const tails = new Map<string, Promise<void>>();
  return {
    async run(items, work) {
      // All places in the queues are taken in one step, so two batches can never wait for one another.
      const { promise: done, resolve: release } = Promise.withResolvers<void>();
      const names = [...new Set(items)];
      const ahead = names.map((name) => tails.get(name));
      const mine = Promise.all(ahead).then(() => done);
      for (const name of names) tails.set(name, mine);
      await Promise.all(ahead);
      try {
        return await work();
      } finally {
        release();
        for (const name of names) if (tails.get(name) === mine) tails.delete(name);
      }
    },
  };
}
