import type { PendingEvent } from './log/counted.ts';
import type { VersionVector } from './log/version-vector.ts';
import type { Capped, Unready } from './outcome.ts';

/** What catching up has to know of a view of a stream. */
interface Seen extends Capped {
  readonly fold: { readonly version: VersionVector; readonly pending: readonly PendingEvent[] };
}

export interface CatchUpOptions<View extends Seen> {
  /** The stream as the store holds it now. */
  readonly look: (stream: string) => Promise<View>;
  /** The incarnations that ended. */
  readonly ended: () => ReadonlySet<string>;
  readonly waitMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Takes in what every other cell holds of a stream. Resolves to whether all of them could be asked. */
  readonly recoverStream: ((stream: string) => Promise<boolean>) | undefined;
}

/**
 * R18: reads a stream until it has what the token has seen: again after 10 ms, then after twice as long each time.
 * It counts what it slept, so that a clock that jumps makes nobody wait longer. Of incarnations that ended, nothing
 * more is on its way: the other cells are asked, and what none of them has is lost.
 */
export function createCatchUp<View extends Seen>(
  options: CatchUpOptions<View>,
): (stream: string, first: View, atLeast: VersionVector) => Promise<View | Unready> {
  const { look, ended: endedNow, waitMs, sleep, recoverStream } = options;
  return async (stream, first, atLeast) => {
    const ended = endedNow();
    let view = first;
    const missing = () => [...atLeast].filter(([of, seen]) => (view.fold.version.get(of) ?? 0) < seen);
    let left = waitMs;
    for (let pause = 10; missing().some(([of]) => !ended.has(of)); pause *= 2) {
      if (left <= 0) return { kind: 'behind', version: view.fold.version };
      await sleep(Math.min(pause, left));
      left -= pause;
      view = await look(stream);
    }
    if (missing().length === 0) return view;
    if (!(await recoverStream?.(stream))) return { kind: 'behind', version: view.fold.version };
    view = await look(stream);
    // What is held and not understood yet is not lost: newer code will count it.
    const { pending, version } = view.fold;
    if (pending.some(({ reason }) => reason === 'not_understood'))
      return { kind: 'pending', pending, version };
    const capped = missing().map(([of]) => of);
    return capped.length === 0 ? view : { ...view, capped };
  };
}
