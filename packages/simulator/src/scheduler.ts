/** Virtual time. Nothing in it waits: time jumps to the next task once nothing else can run. */
export interface Scheduler {
  /** Milliseconds since 1970, whole or not. */
  readonly now: () => number;
  /** Runs a task after so many milliseconds; tasks of one moment run in the order they were asked for. */
  readonly after: (ms: number, run: () => void) => void;
  /** As `after`, for what mostly turns out not to be needed. @returns what takes the task back. */
  readonly timeout: (ms: number, run: () => void) => () => void;
  readonly sleep: (ms: number) => Promise<void>;
  /**
   * Runs tasks until there are none, or the next is due after `until`, or `isOver` says so.
   * @returns whether no task is left.
   */
  readonly run: (isOver: () => boolean, until?: number) => Promise<boolean>;
}

interface Task {
  readonly at: number;
  readonly order: number;
  /** Undefined once the task was taken back. */
  run: (() => void) | undefined;
}

/** Where simulated time starts: 2026-01-01. */
export const epoch: number = Date.UTC(2026, 0, 1);

/**
 * Resolves once no promise can get on any more. Node runs `nextTick` callbacks only when the queue of microtasks is
 * empty, so one asked for from inside a microtask runs exactly then: for a tenth of what a turn of the event loop
 * by `setImmediate` takes, and as deterministic.
 */
const quiet = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

export function createScheduler(start: number = epoch): Scheduler {
  let now = start;
  let order = 0;
  const heap: Task[] = [];

  const isBefore = (a: Task, b: Task) => (a.at === b.at ? a.order < b.order : a.at < b.at);

  function push(task: Task): void {
    let at = heap.length;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(task, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = task;
  }

  function pop(): void {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }

  function add(ms: number, run: () => void): Task {
    order += 1;
    const task: Task = { at: now + Math.max(0, ms), order, run };
    push(task);
    return task;
  }

  const after = (ms: number, run: () => void) => void add(ms, run);

  return {
    now: () => now,
    after,
    timeout: (ms, run) => {
      const task = add(ms, run);
      return () => {
        task.run = undefined;
      };
    },
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    run: async (isOver, until = Number.POSITIVE_INFINITY) => {
      for (;;) {
        await quiet();
        while (heap[0] !== undefined && heap[0].run === undefined) pop();
        const task = heap[0];
        if (task === undefined) return true;
        if (isOver() || task.at > until) return false;
        pop();
        now = task.at;
        task.run?.();
      }
    },
  };
}
