import { type Assignment, type AssignmentChange, stampOf } from '@twinlog/core';
import { PeerUnavailableError } from '../../reconcile/peer-error.ts';
import type { Command, Invocation } from '../command.ts';
import { cellNamed, type OperatedCell, statusOf } from '../matrix.ts';
import { print } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { judged } from './change.ts';

/** Makes a cell one of those that decide (R14): a new one, or one that had left, under its next incarnation. */
export const join: Command = async (invocation) => {
  const cell = cellNamed(invocation.cells, invocation.args[0]);
  await cell.operations.status();
  const change = { kind: 'join', cell: cell.name } as const;
  return assigned(
    invocation,
    change,
    `${cell.name} is one of the cells, and home to its share of the transactions`,
  );
};

/** Takes a cell out for good: its origin ends. Without `--force` only one that is drained, so that nothing it decides is lost. */
export const leave: Command = async (invocation) => {
  const cell = cellNamed(invocation.cells, invocation.args[0]);
  const status = await statusOf(cell);
  if (!invocation.options.force && !status?.assignment.drained.has(cell.name)) {
    const danger = status
      ? `${cell.name} still decides. Drain it first: drain ${cell.name}.`
      : `${cell.name} cannot be reached, and may still decide.`;
    throw new UsageError(`${danger} To have it leave all the same, and lose what it decides, add --force.`);
  }
  const change = { kind: 'leave', cell: cell.name } as const;
  return assigned(invocation, change, `${cell.name} is none of the cells, and its origin has ended`);
};

/** Changes who decides after create: every cell at once, or each transaction's home. */
export const policy: Command = async (invocation) => {
  const [wanted] = invocation.args;
  if (wanted !== 'any-cell' && wanted !== 'home-cell')
    throw new UsageError('policy takes any-cell or home-cell.');
  return assigned(invocation, { kind: 'policy', policy: wanted }, `The policy is ${wanted}`);
};

/** Has the change made where its subject is not: at a cell that answers and is one of those in force. */
async function assigned(
  { cells, options, terminal }: Invocation,
  change: Extract<AssignmentChange, { readonly kind: 'join' | 'leave' | 'policy' }>,
  done: string,
): Promise<number> {
  const subject = change.kind === 'policy' ? undefined : change.cell;
  const asked = cells.filter(({ name }) => name !== subject);
  if (asked.length === 0) throw new UsageError('This is done at another cell. Configure one, too.');
  const { cell, assignment: current } = await inForce(asked);
  const before = stampOf(current);
  judged(current, change);
  if (options.dryRun) {
    print(terminal, { dry_run: true, ...change, at: cell.name, in_force: before }, [
      `By a change made at ${cell.name}, where ${before} is in force: ${done}.`,
    ]);
    return 0;
  }
  const { assignment } = await cell.operations.assign(change, before);
  const stamp = stampOf(assignment);
  print(terminal, { ...change, at: cell.name, stamp }, [`${done}, by the assignment ${stamp}.`]);
  return 0;
}

async function inForce(
  cells: readonly OperatedCell[],
): Promise<{ readonly cell: OperatedCell; readonly assignment: Assignment }> {
  for (const cell of cells) {
    const assignment = (await statusOf(cell))?.assignment;
    if (assignment?.cells.has(cell.name)) return { cell, assignment };
  }
  const asked = cells.map(({ name }) => name).join(', ');
  throw new PeerUnavailableError(`No cell in force answers to make the change at. Asked: ${asked}.`);
}
