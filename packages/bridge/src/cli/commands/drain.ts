import { stampOf } from '@twinlog/core';
import { PeerMisconfiguredError, PeerUnavailableError } from '../../reconcile/peer-error.ts';
import type { Command } from '../command.ts';
import { cellNamed, type OperatedCell } from '../matrix.ts';
import { print } from '../terminal.ts';
import { changeAt, judged, newestAssignment } from './change.ts';
import { othersOf, pullOnceDrained } from './drained.ts';
import { alarms, nothingPulled, pullDecided } from './pull.ts';
import { resume } from './resume.ts';

/**
 * Has a cell decide nothing from now on, and the others pull all that it decided: it can then be stopped or taken over
 * without anything being left behind. They pull once before that, while it still decides: whatever is wrong shows before
 * the cell is out of service, and little is left to pull while it is. With `--force` those that cannot be reached are left
 * out. With `--resume` it decides again.
 */
export const drain: Command = async (invocation) => {
  const { cells, args, options, terminal } = invocation;
  const cell = cellNamed(cells, args[0]);
  if (options.resume) return resume(invocation, cell);
  const own = await cell.operations.status();
  const assignment = await newestAssignment(cells, own.assignment);
  const change = { kind: 'drain', cell: cell.name } as const;
  const isDrained = assignment.drained.has(cell.name);
  if (!isDrained) judged(assignment, change);
  const { others, away } = await othersOf(invocation, cell, assignment);
  if (options.dryRun) {
    print(terminal, { dry_run: true, cell: cell.name, drained: isDrained, away }, [
      `${cell.name} would decide nothing from then on, and answer 503; the others would pull all that it decided.`,
      ...leftOut(cell, away),
    ]);
    return 0;
  }
  const before = isDrained ? nothingPulled : await pullDecided(invocation, cell, others);
  const after = isDrained ? assignment : (await changeAt(cell, [cell, ...others], change)).assignment;
  const rest = await pullOnceDrained(invocation, cell, others).catch(unfinished(cell));
  const report = {
    ...rest,
    pulled: before.pulled + rest.pulled,
    duplicates: before.duplicates + rest.duplicates,
  };
  const left = [...alarms(report), ...leftOut(cell, away)];
  const held = left.length === 0 ? ', and the others hold all that it decided' : '';
  print(terminal, { ...report, cell: cell.name, stamp: stampOf(after), away }, [
    `${cell.name} decides nothing${held} (${report.pulled} events pulled).`,
    ...left,
    `Have another cell decide its transactions with: takeover ${cell.name} CELL`,
  ]);
  return left.length > 0 ? 1 : 0;
};

const leftOut = (cell: OperatedCell, away: readonly string[]): readonly string[] =>
  away.map(
    (name) =>
      `${name} was not asked, and may lack what ${cell.name} decided. Once it can be: drain ${cell.name}`,
  );

/** Says with whatever went wrong that the cell is out of service by then. */
const unfinished =
  ({ name }: OperatedCell) =>
  (cause: unknown): never => {
    const sentence = `${name} decides nothing any more, but not all that it decided was pulled: `;
    if (cause instanceof PeerUnavailableError)
      throw new PeerUnavailableError(sentence + cause.message, { cause });
    if (cause instanceof PeerMisconfiguredError)
      throw new PeerMisconfiguredError(sentence + cause.message, { cause });
    throw cause;
  };
