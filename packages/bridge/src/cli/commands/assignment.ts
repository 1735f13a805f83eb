import { type Assignment, type AssignmentChange, stampOf } from '@twinlog/core';
import { PeerUnavailableError } from '../../reconcile/peer-error.ts';
import type { Command, Invocation } from '../command.ts';
import { cellNamed, type OperatedCell, statusOf } from '../matrix.ts';
import { print } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { changeAt, judged, newestAssignment, newestOf } from './change.ts';
import { othersOf, pullOnceDrained } from './drained.ts';
import { alarms } from './pull.ts';

/** Makes a cell one of those that decide (R14): a new one, or one that had left, under its next incarnation. */
export const join: Command = async (invocation) => {
  const cell = cellNamed(invocation.cells, invocation.args[0]);
  const { origin } = await cell.operations.status();
  const change = { kind: 'join', cell: cell.name } as const;
  const done = `${cell.name} is one of the cells, and home to its share of the transactions`;
  return assigned(invocation, change, done, ({ cells }) => {
    const incarnation = cells.get(cell.name);
    return `${cell.name}.${incarnation}` === origin
      ? []
      : [
          `It runs as ${origin}, which has ended, and answers 503 until it is deployed with TWINLOG_INCARNATION=${incarnation}.`,
        ];
  });
};

/**
 * Takes a cell out for good: its origin ends. Without `--force` only one that is drained, and once the others hold all
 * that it decided, so that nothing of that is lost.
 */
export const leave: Command = async (invocation) => {
  const { cells, args, options, terminal } = invocation;
  const cell = cellNamed(cells, args[0]);
  const status = await statusOf(cell);
  if (!options.force && (status === undefined || !status.assignment.drained.has(cell.name))) {
    const danger = status
      ? `${cell.name} still decides. Drain it first: drain ${cell.name}.`
      : `${cell.name} cannot be reached, and may still decide.`;
    throw new UsageError(`${danger} To have it leave all the same, and lose what it decides, add --force.`);
  }
  if (status && !options.force) {
    const newest = await newestAssignment(cells, status.assignment);
    const { others } = await othersOf(invocation, cell, newest);
    const found = options.dryRun ? [] : alarms(await pullOnceDrained(invocation, cell, others));
    if (found.length > 0) {
      print(terminal, { kind: 'leave', cell: cell.name, left: false, found }, [
        ...found,
        `${cell.name} did not leave, for the others do not hold all that it decided. To have it leave all the same, add --force.`,
      ]);
      return 1;
    }
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
  furtherOf: (assignment: Assignment) => readonly string[] = () => [],
): Promise<number> {
  const subject = change.kind === 'policy' ? undefined : change.cell;
  const places = cells.filter(({ name }) => name !== subject);
  if (places.length === 0) throw new UsageError('This is done at another cell. Configure one, too.');
  const current = (await newestOf(cells))?.assignment;
  const place = await firstReached(places.filter(({ name }) => current?.cells.has(name)));
  if (current === undefined || place === undefined) {
    const asked = places.map(({ name }) => name).join(', ');
    throw new PeerUnavailableError(
      `No cell in force answers to make the change at. Asked: ${asked}. Try again once one does.`,
    );
  }
  if (options.dryRun) {
    judged(current, change);
    const before = stampOf(current);
    print(terminal, { dry_run: true, ...change, at: place.name, in_force: before }, [
      `By a change made at ${place.name}, where ${before} is in force: ${done}.`,
    ]);
    return 0;
  }
  const { assignment } = await changeAt(place, cells, change);
  const stamp = stampOf(assignment);
  const further = furtherOf(assignment);
  print(terminal, { ...change, at: place.name, stamp, ...(further.length > 0 && { left: further }) }, [
    `${done}, by the assignment ${stamp}.`,
    ...further,
  ]);
  return further.length > 0 ? 1 : 0;
}

async function firstReached(cells: readonly OperatedCell[]): Promise<OperatedCell | undefined> {
  for (const cell of cells) if (await statusOf(cell)) return cell;
  return undefined;
}
