import { stampOf } from '@twinlog/core';
import type { PullReport } from '../../operations/cell-operations.ts';
import type { Invocation } from '../command.ts';
import { type OperatedCell, statuses } from '../matrix.ts';
import { createProgress, print } from '../terminal.ts';
import { changeAt, judged, newestAssignment } from './change.ts';
import { aheadMs, knownOrigins } from './origins.ts';
import { added, alarms, nothingPulled, pullOrigins } from './pull.ts';

/** How often a cell pulls at most before it is resumed: traffic goes on at the others, so there may always be more. */
const maxCatchUps = 5;

/**
 * Has a cell decide again: once it has pulled all that the others hold, until a pull brings nothing new, or after five;
 * or by force at once, for others that cannot be asked.
 */
export async function resume(invocation: Invocation, cell: OperatedCell): Promise<number> {
  const { options, terminal } = invocation;
  const change = { kind: 'resume', cell: cell.name } as const;
  const own = await cell.operations.status();
  const newest = await newestAssignment(invocation.cells, own.assignment);
  judged(newest, change);
  if (options.dryRun) {
    print(terminal, { dry_run: true, cell: cell.name, drained: newest.drained.has(cell.name) }, [
      options.force
        ? `${cell.name} would decide again at once, and pull nothing before.`
        : `${cell.name} would pull what the others hold and it lacks, and then decide again.`,
    ]);
    return 0;
  }
  const report = options.force ? nothingPulled : await catchUp(invocation, cell);
  if (report.rejected.some(isLeft)) {
    print(terminal, { ...report, cell: cell.name, resumed: false }, [
      ...alarms(report),
      `${cell.name} does not decide again, for it does not hold what the others hold. Try again once its store takes it; or have it decide all the same, with --force.`,
    ]);
    return 1;
  }
  const after = await changeAt(cell, invocation.cells, change);
  const found = alarms(report);
  print(terminal, { ...report, cell: cell.name, stamp: stampOf(after.assignment) }, [
    options.force
      ? `${cell.name} decides again. What it lacks of the others was not pulled; do that with: repair`
      : `${cell.name} holds what the others held (${report.pulled} events pulled), and decides again.`,
    ...found,
  ]);
  return found.length > 0 ? 1 : 0;
}

/** Of a stream to whose writes the cell's store gave no answer. */
const isLeft = ({ code }: PullReport['rejected'][number]): boolean => code === 'unavailable';

/** Has a cell that is to decide again pull all that the others hold, until a pull brings nothing more. */
async function catchUp({ cells, terminal, now }: Invocation, cell: OperatedCell): Promise<PullReport> {
  const progress = createProgress(terminal);
  const origins = knownOrigins(await statuses(cells));
  let report = nothingPulled;
  let from = 0;
  for (let turn = 1; turn <= maxCatchUps; turn += 1) {
    const began = now();
    const before = report.pulled;
    // What was left to a later turn is none of its faults, if this one takes it.
    report = { ...report, rejected: report.rejected.filter((one) => !isLeft(one)) };
    for (const peer of cells) {
      if (peer === cell) continue;
      const range = { origins, from, to: began + aheadMs };
      report = added(report, await pullOrigins(cell, peer, range, progress.tell));
    }
    if (report.pulled === before) break;
    // The next turn has only what came meanwhile to look for, by clocks that differ, and what was left.
    if (!report.rejected.some(isLeft)) from = Math.max(from, began - aheadMs);
  }
  progress.end();
  return report;
}
