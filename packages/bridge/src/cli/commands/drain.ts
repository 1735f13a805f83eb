import { cellOf, stampOf } from '@twinlog/core';
import { PeerUnavailableError } from '../../reconcile/peer-error.ts';
import type { Command, Invocation } from '../command.ts';
import { cellNamed, type OperatedCell, statuses } from '../matrix.ts';
import { createProgress, print } from '../terminal.ts';
import { aheadMs, knownOrigins, rangeOf } from './origins.ts';
import { added, alarms, nothingPulled, pullOrigins } from './pull.ts';

/** How long a cell's processes may go by an older assignment, and a decision may be under way, in ms. */
const memoryMs = 3_000;

/**
 * Has a cell decide nothing from now on, and the others pull all that it decided: it can then be stopped or taken over
 * without anything being left behind. With `--resume` it pulls all that the others hold, and decides again once a pull
 * brings nothing new, or after five; with `--force` at once, for others that cannot be asked.
 */
export const drain: Command = async (invocation) => {
  const { cells, args, options, terminal, now } = invocation;
  const cell = cellNamed(cells, args[0]);
  // Refused before anything is done, and not once the cell is drained.
  rangeOf(options, now());
  if (options.resume) return resume(invocation, cell);
  const { assignment } = await cell.operations.status();
  const isDrained = assignment.drained.has(cell.name);
  if (options.dryRun) {
    print(terminal, { dry_run: true, cell: cell.name, drained: isDrained }, [
      `${cell.name} would decide nothing from then on, and answer 503; the others would pull all that it decided.`,
    ]);
    return 0;
  }
  const change = { kind: 'drain', cell: cell.name } as const;
  const after = isDrained
    ? assignment
    : (await cell.operations.assign(change, stampOf(assignment))).assignment;
  const report = await pullFrom(invocation, cell).catch((error: unknown) => {
    if (!(error instanceof PeerUnavailableError)) throw error;
    throw new PeerUnavailableError(
      `${cell.name} decides nothing any more, but not all that it decided was pulled: ${error.message}`,
      { cause: error },
    );
  });
  const found = alarms(report);
  print(terminal, { ...report, cell: cell.name, stamp: stampOf(after) }, [
    `${cell.name} decides nothing, and the others hold all that it decided (${report.pulled} events pulled).`,
    `Have another cell decide its transactions with: takeover ${cell.name} CELL`,
    ...found,
  ]);
  return found.length > 0 ? 1 : 0;
};

/** Has a cell decide again: once it holds what the others held, or by force at once. */
async function resume(invocation: Invocation, cell: OperatedCell): Promise<number> {
  const { options, terminal } = invocation;
  if (options.dryRun) {
    const { drained } = (await cell.operations.status()).assignment;
    print(terminal, { dry_run: true, cell: cell.name, drained: drained.has(cell.name) }, [
      `${cell.name} would pull what the others hold and it lacks, and then decide again.`,
    ]);
    return 0;
  }
  const report = options.force ? nothingPulled : await catchUp(invocation, cell);
  // What was pulled may hold a newer assignment, so it is asked for now.
  const { assignment } = await cell.operations.status();
  const after = await cell.operations.assign({ kind: 'resume', cell: cell.name }, stampOf(assignment));
  const found = alarms(report);
  print(terminal, { ...report, cell: cell.name, stamp: stampOf(after.assignment) }, [
    options.force
      ? `${cell.name} decides again. What it lacks of the others was not pulled; do that with: repair`
      : `${cell.name} holds what the others held (${report.pulled} events pulled), and decides again.`,
    ...found,
  ]);
  return found.length > 0 ? 1 : 0;
}

/** How often a cell pulls at most before it is resumed: traffic goes on at the others, so there may always be more. */
const maxCatchUps = 5;

/** Has a cell that is to decide again pull all that the others hold, until a pull brings nothing more. */
async function catchUp(
  { cells, options, terminal, now }: Invocation,
  cell: OperatedCell,
): Promise<typeof nothingPulled> {
  const progress = createProgress(terminal);
  const origins = knownOrigins(await statuses(cells));
  let report = nothingPulled;
  let from = options.from ?? 0;
  for (let turn = 1; turn <= maxCatchUps; turn += 1) {
    const began = now();
    const before = report.pulled;
    for (const peer of cells) {
      if (peer === cell) continue;
      const range = { origins, from, to: began + aheadMs };
      report = added(report, await pullOrigins(cell, peer, range, progress.tell));
    }
    if (report.pulled === before) break;
    // The next turn has only what came meanwhile to look for, by clocks that differ.
    from = Math.max(from, began - aheadMs);
  }
  progress.end();
  return report;
}

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
    const range = { origins, ...rangeOf(options, now()) };
    report = added(report, await pullOrigins(other, cell, range, progress.tell));
  }
  progress.end();
  return report;
}
