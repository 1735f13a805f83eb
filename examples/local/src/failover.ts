import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCell, Outage } from './local-cell.ts';

/** When a cell was away, in milliseconds since 1970. */
export interface OutageWindow {
  readonly target: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Takes a cell down, leaves it down for so long, and brings it back.
 * @param durationMs long enough for the router to notice and for every client's cached answer to live out.
 */
export async function failOver(cell: LocalCell, outage: Outage, durationMs: number): Promise<OutageWindow> {
  const from = Date.now();
  await cell.cut(outage);
  await sleep(durationMs);
  const to = Date.now();
  await cell.restore();
  return { target: cell.url, from, to };
}
