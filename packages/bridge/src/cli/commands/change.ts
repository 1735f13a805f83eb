import {
  type Assignment,
  type AssignmentChange,
  assignmentStream,
  changeAssignment,
  newerOf,
  stampOf,
  TwinlogError,
} from '@twinlog/core';
import type { CellStatus } from '../../operations/cell-operations.ts';
import { OperationRefusedError } from '../../operations/operation-error.ts';
import { type OperatedCell, statusOf } from '../matrix.ts';

/**
 * Judges a change as the cell would that is asked for it, so that a dry run says no where the change would be refused.
 * @throws OperationRefusedError
 */
export function judged(current: Assignment, change: AssignmentChange): void {
  try {
    changeAssignment(current, change, '');
  } catch (error) {
    if (!(error instanceof TwinlogError)) throw error;
    throw new OperationRefusedError(error.code, error.message, { cause: error });
  }
}

/** The newest assignment that any cell that answers goes by, and one of those that do; undefined where none answers. */
export async function newestOf(
  cells: readonly OperatedCell[],
): Promise<{ readonly assignment: Assignment; readonly holder: OperatedCell } | undefined> {
  const found = await Promise.all(cells.map(async (cell) => ({ cell, status: await statusOf(cell) })));
  let newest: { assignment: Assignment; holder: OperatedCell } | undefined;
  for (const { cell, status } of found) {
    if (status === undefined) continue;
    const { assignment } = status;
    if (newest === undefined || newerOf(newest.assignment, assignment) !== newest.assignment)
      newest = { assignment, holder: cell };
  }
  return newest;
}

/** The newest assignment that any cell that answers goes by; the one that is known already where none answers. */
export async function newestAssignment(
  cells: readonly OperatedCell[],
  known: Assignment,
): Promise<Assignment> {
  return (await newestOf(cells))?.assignment ?? known;
}

/**
 * Has a change made at a cell, once that holds the newest assignment that any cell that answers goes by: a change made
 * of an older one would lose to that one later, and whoever made it would have been told that it was done.
 */
export async function changeAt(
  place: OperatedCell,
  cells: readonly OperatedCell[],
  change: AssignmentChange,
): Promise<CellStatus> {
  const { assignment } = await place.operations.status();
  const newest = await newestOf(cells);
  if (newest === undefined || newerOf(assignment, newest.assignment) === assignment)
    return place.operations.assign(change, stampOf(assignment));
  await place.operations.repair({ peer: newest.holder.name, stream: assignmentStream });
  return place.operations.assign(change, stampOf(newest.assignment));
}
