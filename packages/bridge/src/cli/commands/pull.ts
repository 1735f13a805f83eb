import type { PullReport } from '../../operations/cell-operations.ts';
import type { Invocation } from '../command.ts';
import { identified, type OperatedCell } from '../matrix.ts';
import { createProgress, minuteOf } from '../terminal.ts';
import { aheadMs, knownOrigins } from './origins.ts';

/** Asks a cell to pull a range from a peer until all of it is done, a request at a time, telling of `what` how far it is. */
export async function pullAll(
  cell: OperatedCell,
  range: { readonly peer: string; readonly origin: string; readonly from: number; readonly to: number },
  what: string,
  tell: (text: string) => void,
): Promise<PullReport> {
  let total = nothingPulled;
  let { from } = range;
  tell(what);
  for (;;) {
    const done = await cell.operations.reconcile({ ...range, from });
    total = added(total, done);
    if (done.unfinishedFrom === undefined) return total;
    from = done.unfinishedFrom;
    tell(`${what} up to ${minuteOf(from)}`);
  }
}

/** Has a cell pull the range of each of these origins from a peer, telling how far it is. */
export async function pullOrigins(
  cell: OperatedCell,
  peer: OperatedCell,
  range: { readonly origins: readonly string[]; readonly from: number; readonly to: number },
  tell: (text: string) => void,
): Promise<PullReport> {
  const { origins, from, to } = range;
  let report = nothingPulled;
  for (const origin of origins) {
    const what = `${cell.name} ← ${peer.name}: ${origin}`;
    report = added(report, await pullAll(cell, { peer: peer.name, origin, from, to }, what, tell));
  }
  return report;
}

/**
 * Has these cells pull from another one all that it decided, and all that others decided and it holds: its decisions saw
 * that, and count nowhere without it (R3).
 */
export async function pullDecided(
  { terminal, now }: Pick<Invocation, 'terminal' | 'now'>,
  from: OperatedCell,
  others: readonly OperatedCell[],
): Promise<PullReport> {
  const progress = createProgress(terminal);
  const origins = knownOrigins(await identified([from, ...others]));
  let report = nothingPulled;
  for (const other of others) {
    const range = { origins, from: 0, to: now() + aheadMs };
    report = added(report, await pullOrigins(other, from, range, progress.tell));
  }
  progress.end();
  return report;
}

export function added(a: PullReport, b: PullReport): PullReport {
  return {
    pulled: a.pulled + b.pulled,
    duplicates: a.duplicates + b.duplicates,
    divergences: [...a.divergences, ...b.divergences],
    rejected: [...a.rejected, ...b.rejected],
  };
}

export const nothingPulled: PullReport = { pulled: 0, duplicates: 0, divergences: [], rejected: [] };

/** What people have to look at, a line each. */
export function alarms({ divergences, rejected }: PullReport): readonly string[] {
  return [
    ...divergences.map(
      ({ stream, ours, theirs }) =>
        `DIVERGENCE in ${stream}: two cells hold ${ours} and ${theirs} at one place. Nothing was changed; tell the developers.`,
    ),
    ...rejected.map(({ stream, code, detail }) => `not taken in ${stream}: ${code}: ${detail}`),
  ];
}
