import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from './client.ts';
import type { LocalCell, Outage } from './local-cell.ts';
import type { JournalEntry } from './player.ts';
import type { RawEvent } from './raw-stores.ts';

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

/** Requests that were under way in the cell when it went down. */
export interface CutRequests {
  /** Connections that broke. */
  readonly inFlight: number;
  /** … although what they asked for was written: the client cannot know, and sends it again elsewhere. */
  readonly afterTheWrite: number;
}

/** Finds the requests that the outage cut, and those of them whose event lies in that cell's database. */
export function countCut(
  journal: readonly JournalEntry[],
  events: readonly RawEvent[],
  outage: OutageWindow,
): CutRequests {
  const brokeOff = ({ target, sentAt, result }: Attempt) =>
    target === outage.target &&
    sentAt < outage.to &&
    (result === 'ECONNRESET' || result === 'UND_ERR_SOCKET');
  const cut = journal.filter(({ attempts }) => attempts.some(brokeOff));
  const written = new Set(
    events.flatMap(({ origin, commandId }) => (origin.startsWith('aws-') && commandId ? commandId : [])),
  );
  return { inFlight: cut.length, afterTheWrite: cut.filter(({ key }) => key && written.has(key)).length };
}
