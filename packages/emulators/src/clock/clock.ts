/** Takes a waiting callback back; harmless once it has run. */
export type Cancel = () => void;

/** Time as a stand-in sees it, so that a day of retries fits into a test. */
export interface Clock {
  /** Milliseconds since 1970, UTC, on this clock. */
  readonly now: () => number;
  /** Runs `callback` once, `ms` milliseconds of this clock from now. */
  readonly after: (ms: number, callback: () => void) => Cancel;
}

/** The longest wait that setTimeout takes; beyond it Node fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock and timers. */
export const realClock: Clock = {
  now: Date.now,
  after: (ms, callback) => {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer =
        left > LONGEST_TIMER_MS
          ? setTimeout(() => arm(left - LONGEST_TIMER_MS), LONGEST_TIMER_MS)
          : setTimeout(callback, Math.max(0, left));
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};

/**
 * A clock that runs `factor` times as fast as `base`, starting from the base's present time: with a factor
 * of 60, a minute of schedule passes in a real second.
 */
export function scaledClock(factor: number, base: Clock = realClock): Clock {
  if (!(factor > 0 && Number.isFinite(factor))) {
    throw new RangeError(`A clock's factor is a number above 0, not ${factor}.`);
  }
  const origin = base.now();
  return {
    now: () => origin + (base.now() - origin) * factor,
    after: (ms, callback) => base.after(ms / factor, callback),
  };
}

/** A clock that stands still until it is told to go on. For tests. */
export interface ManualClock extends Clock {
  /** Moves on by `ms`, running what falls due on the way, in the order in which it falls due. */
  readonly advance: (ms: number) => void;
  /** Resolves once a callback waits that is due in exactly `ms` from now; at once if one does already. */
  readonly awaitTimer: (ms: number) => Promise<void>;
  /** In how many milliseconds each waiting callback is due, the soonest first. */
  readonly dueIn: () => readonly number[];
}

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

/** @param start the first time that the clock shows, in milliseconds since 1970 */
export function manualClock(start = 0): ManualClock {
  let time = start;
  const waiting = new Set<Waiting>();
  const watchers = new Set<{ readonly at: number; readonly resolve: () => void }>();

  /** Among callbacks due at one time, the one that was set first. */
  const soonest = (until: number): Waiting | undefined => {
    let first: Waiting | undefined;
    for (const entry of waiting) {
      if (entry.at <= until && (first === undefined || entry.at < first.at)) first = entry;
    }
    return first;
  };

  return {
    now: () => time,
    after: (ms, callback) => {
      const entry: Waiting = { at: time + Math.max(0, ms), callback };
      waiting.add(entry);
      for (const watcher of watchers) {
        if (watcher.at !== entry.at) continue;
        watchers.delete(watcher);
        watcher.resolve();
      }
      return () => {
        waiting.delete(entry);
      };
    },
    advance: (ms) => {
      const until = time + ms;
      for (let entry = soonest(until); entry !== undefined; entry = soonest(until)) {
        waiting.delete(entry);
        time = entry.at;
        entry.callback();
      }
      time = until;
    },
    awaitTimer: (ms) =>
      new Promise((resolve) => {
        const at = time + ms;
        if ([...waiting].some((entry) => entry.at === at)) resolve();
        else watchers.add({ at, resolve });
      }),
    dueIn: () => [...waiting].map((entry) => entry.at - time).sort((a, b) => a - b),
  };
}
