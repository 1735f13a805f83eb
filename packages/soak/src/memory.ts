import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a run took of memory. All in bytes. */
export interface MemoryUse {
  /** The most that the process held, of the samples. */
  readonly peak: number;
  /** The most of the heap that was in use after a collection. */
  readonly peakHeap: number;
  /** By how much the used heap grew an event, after the first quarter of the run: a least-squares line. */
  readonly slope: number;
  /** The slope times the events it was taken over. */
  readonly growth: number;
}

/** Below this growth over the run, in bytes, the heap counts as flat: collections leave that much more or less. */
export const flatBytes: number = 32 * 1_048_576;

/** Samples the heap after a full collection, against how many events were made by then. */
export function createMemoryMeter(): {
  readonly sample: (events: number) => void;
  readonly use: () => MemoryUse;
} {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const samples: { readonly events: number; readonly heap: number; readonly rss: number }[] = [];
  return {
    sample: (events) => {
      if (typeof collect === 'function') collect();
      const { heapUsed, external, rss } = process.memoryUsage();
      samples.push({ events, heap: heapUsed + external, rss });
    },
    use: () => {
      const last = samples.at(-1)?.events ?? 0;
      const settled = samples.filter(({ events }) => events >= last / 4);
      const slope = slopeOf(settled.map(({ events, heap }) => [events, heap]));
      return {
        peak: Math.max(...samples.map(({ rss }) => rss)),
        peakHeap: Math.max(...samples.map(({ heap }) => heap)),
        slope,
        growth: slope * (last - (settled[0]?.events ?? 0)),
      };
    },
  };
}

/** The slope of the line with the least squared distances; 0 for a single point. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
