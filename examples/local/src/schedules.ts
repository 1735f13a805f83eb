import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCell } from './local-cell.ts';
import type { Matrix } from './matrix.ts';

/** How often each cell's schedules call it, in ms. */
const sweepEveryMs = 250;
const reconcileEveryMs = 5_000;

export interface ScheduleOptions {
  /** Whether a cell may ask its peer for what it lacks now; always, unless given. */
  readonly reconciles?: (cell: LocalCell) => boolean;
  /** Told of a call that failed; the next one comes all the same. Without it the schedules end with the failure. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Has both cells do what they owe as homes, and make their logs whole, now and then, as their clouds' schedules would,
 * until told to stop.
 */
export function startSchedules(
  { aws, azure }: Pick<Matrix, 'aws' | 'azure'>,
  { reconciles = () => true, onError }: ScheduleOptions = {},
): () => Promise<void> {
  const stopped = new AbortController();
  const repeat = async (everyMs: number, act: () => Promise<unknown>) => {
    while (!stopped.signal.aborted) {
      await (onError ? act().catch(onError) : act());
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  const all = [aws, azure].flatMap((cell) => [
    repeat(sweepEveryMs, cell.sweep),
    repeat(reconcileEveryMs, async () => (reconciles(cell) ? cell.reconcile() : undefined)),
  ]);
  return async () => {
    stopped.abort();
    await Promise.all(all);
  };
}
