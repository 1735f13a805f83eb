import { type AssignmentChange, cellOf, stampOf } from '@twinlog/core';
import type { Command, Invocation } from '../command.ts';
import { cellNamed, type OperatedCell, statuses } from '../matrix.ts';
import { createProgress, print } from '../terminal.ts';
import { aheadMs, knownOrigins } from './origins.ts';
import { added, alarms, nothingPulled, pullAll } from './pull.ts';

/** How long a cell's processes may go by an older assignment, and a decision may be under way, in ms. */
const memoryMs = 3_000;

/**
 * Has a cell decide nothing from now on, and the others pull all that it decided: it can then be stopped or taken over
 * without anything being left behind. With `--resume` it decides again.
 */
export const drain: Command = async (invocation) => {
  const { cells, args, options, terminal } = invocation;
  const cell = cellNamed(cells, args[0]);
  const kind: AssignmentChange['kind'] = options.resume ? 'resume' : 'drain';
  const status = await cell.operations.status();
  const isDrained = status.assignment.drained.has(cell.name);
  if (options.dryRun) {
    const plan = options.resume
      ? `${cell.name} would decide again.`
      : `${cell.name} would decide nothing from then on, and answer 503; the others would pull all that it decided.`;
    print(terminal, { dry_run: true, cell: cell.name, drained: isDrained }, [plan]);
    return 0;
  }
  const isDone = isDrained && kind === 'drain';
  const after = isDone
    ? status
    : await cell.operations.assign({ kind, cell: cell.name }, stampOf(status.assignment));
  if (options.resume) {
    print(terminal, { cell: cell.name, stamp: stampOf(after.assignment) }, [`${cell.name} decides again.`]);
    return 0;
  }
  const report = await pullFrom(invocation, cell);
  const found = alarms(report);
  print(terminal, { ...report, cell: cell.name, stamp: stampOf(after.assignment) }, [
    `${cell.name} decides nothing, and the others hold all that it decided (${report.pulled} events pulled).`,
    `Have another cell decide its transactions with: takeover ${cell.name} CELL`,
    ...found,
  ]);
  return found.length > 0 ? 1 : 0;
};

/** Has all the others pull what a cell that decides nothing any more has decided, once its processes know of it. */
export async function pullFrom(
  { cells, options, terminal, now, sleep }: Invocation,
  cell: OperatedCell,
): Promise<typeof nothingPulled> {
  const progress = createProgress(terminal);
  progress.tell(`Waiting until every process of ${cell.name} knows …`);
  await sleep(memoryMs);
  const origins = knownOrigins(await statuses(cells)).filter((origin) => cellOf(origin) === cell.name);
  let report = nothingPulled;
  for (const other of cells) {
    if (other === cell) continue;
    for (const origin of origins) {
      const range = { peer: cell.name, origin, from: options.from ?? 0, to: now() + aheadMs };
      const tell = (upTo: number) =>
        progress.tell(`${other.name} ← ${cell.name}: ${origin} up to ${new Date(upTo).toISOString()}`);
      report = added(report, await pullAll(other, range, tell));
    }
  }
  progress.end();
  return report;
}
