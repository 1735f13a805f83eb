import { randomFillSync } from 'node:crypto';

/** What core needs of the world, injected so that a simulator can own all of it. */
export interface Runtime {
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
  /** Uniform in [0, 1). Ids are made of it, so outside of tests it must be cryptographically strong. */
  readonly random: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Strong random numbers, drawn 1,024 at a time: one system call a number is what makes an id slow. */
function bufferedRandom(): () => number {
  const pool = new Uint32Array(1024);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    const value = pool[next] ?? 0;
    next += 1;
    return value / 0x1_0000_0000;
  };
}

/** The real clock, strong randomness and real timers. */
export const systemRuntime: Runtime = {
  now: Date.now,
  random: bufferedRandom(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
