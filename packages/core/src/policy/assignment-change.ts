import { TwinlogError } from '../errors.ts';
import { type Assignment, type Policy, raiseIncarnation, takeOver, takersOf } from './assignment.ts';

/** What an operator can do to the assignment (R14): each is a new version of the whole. */
export type AssignmentChange =
  /** `to` decides what `from` decided. Strictly safe only where `from` was drained before (R15). */
  | { readonly kind: 'takeover'; readonly from: string; readonly to: string }
  /** The cell's incarnation in force has ended, and the next one begins (R1). */
  | { readonly kind: 'raise'; readonly cell: string }
  | { readonly kind: 'policy'; readonly policy: Policy }
  /** The cell decides nothing from now on. */
  | { readonly kind: 'drain'; readonly cell: string }
  /** The cell decides again, its own streams included where another cell had taken them over. */
  | { readonly kind: 'resume'; readonly cell: string }
  | { readonly kind: 'join'; readonly cell: string }
  /** The cell is gone for good; its origin has ended. */
  | { readonly kind: 'leave'; readonly cell: string };

/**
 * The next assignment.
 * @param at the cell at which it is made: the second half of its version.
 * @throws TwinlogError `assignment_refused` where the change makes no sense now, and why.
 */
export function changeAssignment(current: Assignment, change: AssignmentChange, at: string): Assignment {
  const changed = changeOf(current, change);
  return { ...changed, n: current.n + 1, cell: at };
}

function changeOf(current: Assignment, change: AssignmentChange): Assignment {
  const { cells, drained, takenOver } = current;
  const known = (cell: string): string => {
    if (cells.has(cell)) return cell;
    return refused(`There is no cell "${cell}". There are ${[...cells.keys()].join(', ')}.`);
  };
  switch (change.kind) {
    case 'takeover': {
      const [from, to] = [known(change.from), known(change.to)];
      if (from === to) return refused(`${from} cannot take over from itself.`);
      if (drained.has(to)) return refused(`${to} is drained and decides nothing. Resume it first.`);
      const takers = takersOf(current, from);
      if (takers.at(-1) === to) return refused(`${to} has taken over from ${from} already.`);
      // Whoever decides for it now would go on, and nothing would tell of it any more.
      const deciding = takers.find((taker) => taker !== to && !drained.has(taker));
      if (deciding !== undefined)
        return refused(
          `${deciding} has taken over from ${from}. Take over from ${deciding}, or drain ${deciding} first.`,
        );
      // `to` decides its own again by this, which whoever decides that now would not know of either.
      const keeping = takersOf(current, to).at(-1);
      if (keeping !== undefined && keeping !== from && !drained.has(keeping))
        return refused(`${keeping} has taken over from ${to}. Resume ${to}, or drain ${keeping}, first.`);
      return takeOver(current, from, to);
    }
    case 'raise':
      return raiseIncarnation(current, known(change.cell));
    case 'policy':
      if (current.policy === change.policy) return refused(`The policy is ${change.policy} already.`);
      return { ...current, policy: change.policy };
    case 'drain':
      if (drained.has(known(change.cell))) return refused(`${change.cell} is drained already.`);
      return { ...current, drained: new Set(drained).add(change.cell) };
    case 'resume': {
      const cell = known(change.cell);
      if (!drained.has(cell) && !takenOver.has(cell)) return refused(`${cell} decides already.`);
      return { ...current, drained: without(drained, cell), takenOver: withoutKey(takenOver, cell) };
    }
    case 'join':
      if (cells.has(change.cell)) return refused(`${change.cell} is one of the cells already.`);
      return { ...current, cells: new Map(cells).set(change.cell, nextIncarnation(current, change.cell)) };
    case 'leave': {
      const cell = known(change.cell);
      if (cells.size === 1) return refused(`${cell} is the last of the cells.`);
      const [over] = [...takenOver].find(([, taker]) => taker === cell) ?? [];
      if (over !== undefined)
        return refused(`${cell} decides for ${over}. Resume that, or have another cell take it over, first.`);
      const ended = new Set(current.ended).add(`${cell}.${cells.get(cell)}`);
      const rest = { drained: without(drained, cell), takenOver: withoutKey(takenOver, cell) };
      return { ...current, ...rest, cells: withoutKey(cells, cell), ended };
    }
  }
}

/** A cell that comes back goes on behind the incarnations that it had: no origin is ever used twice (R1). */
function nextIncarnation({ ended }: Assignment, cell: string): number {
  let incarnation = 1;
  while (ended.has(`${cell}.${incarnation}`)) incarnation += 1;
  return incarnation;
}

function without(cells: ReadonlySet<string>, cell: string): ReadonlySet<string> {
  return new Set([...cells].filter((name) => name !== cell));
}

function withoutKey<Value>(map: ReadonlyMap<string, Value>, cell: string): ReadonlyMap<string, Value> {
  return new Map([...map].filter(([name]) => name !== cell));
}

function refused(detail: string): never {
  throw new TwinlogError('assignment_refused', detail);
}
