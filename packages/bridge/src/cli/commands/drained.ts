import type { Assignment } from '@twinlog/core';
import type { PullReport } from '../../operations/cell-operations.ts';
import { PeerUnavailableError } from '../../reconcile/peer-error.ts';
import type { Invocation } from '../command.ts';
import { type OperatedCell, statuses, statusOf } from '../matrix.ts';
import { createProgress } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { pullDecided } from './pull.ts';

/** How long a cell's processes may go by an older assignment, and a decision may be under way, in ms. */
const memoryMs = 3_000;

/**
 * The other cells, which are to hold what a cell decided: all that the assignment names, unless by force; then those
 * that answer, and `away` the rest.
 * @throws UsageError where one is not configured; PeerUnavailableError where one does not answer.
 */
export async function othersOf(
  { cells, options }: Invocation,
  cell: OperatedCell,
  assignment: Assignment,
): Promise<{ readonly others: readonly OperatedCell[]; readonly away: readonly string[] }> {
  const unknown = [...assignment.cells.keys()].filter((name) => !cells.some((known) => known.name === name));
  const others = cells.filter((other) => other !== cell);
  const anyway = `To do it all the same, without what cannot be asked, add --force.`;
  if (!options.force) {
    if (unknown.length > 0)
      throw new UsageError(
        `${unknown.join(', ')} is in force too, and is to hold what ${cell.name} decided. Configure it. ${anyway}`,
      );
    await statuses(cells).catch((error: unknown) => {
      if (!(error instanceof PeerUnavailableError)) throw error;
      throw new PeerUnavailableError(`Nothing was done: ${error.message} ${anyway}`, { cause: error });
    });
    return { others, away: [] };
  }
  const found = await Promise.all(others.map(async (other) => ({ other, status: await statusOf(other) })));
  return {
    others: found.flatMap(({ other, status }) => (status ? [other] : [])),
    away: [...found.flatMap(({ other, status }) => (status ? [] : [other.name])), ...unknown],
  };
}

/** Has others pull what a cell that decides nothing any more has decided, once all its processes know of that. */
export async function pullOnceDrained(
  invocation: Invocation,
  cell: OperatedCell,
  others: readonly OperatedCell[],
): Promise<PullReport> {
  const progress = createProgress(invocation.terminal);
  progress.tell(`Waiting until every process of ${cell.name} knows …`);
  await invocation.sleep(memoryMs);
  progress.end();
  return pullDecided(invocation, cell, others);
}
