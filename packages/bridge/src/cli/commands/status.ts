import { formatAssignment, stampOf } from '@twinlog/core';
import { PeerUnavailableError } from '../../reconcile/peer-error.ts';
import type { Command } from '../command.ts';
import { answerOf } from '../matrix.ts';
import { print, table } from '../terminal.ts';

/** What each cell is, by which assignment it goes, and whether it answers clients: 1 if one does not, 3 if one cannot be reached. */
export const status: Command = async ({ cells, terminal }) => {
  const found = await Promise.all(cells.map(async (cell) => [cell.name, await answerOf(cell)] as const));
  const rows = found.map(([name, one]) =>
    one instanceof PeerUnavailableError
      ? [name, `cannot be reached: ${one.message}`]
      : [
          name,
          one.ready.ok ? 'answers' : (one.ready.reason ?? 'does not answer clients'),
          one.origin,
          stampOf(one.assignment),
        ],
  );
  const described = found.map(([name, one]) => {
    if (one instanceof PeerUnavailableError) return { cell: name, reachable: false, error: one.message };
    const { assignment, clockSkewMs, ...rest } = one;
    const skew = clockSkewMs === undefined ? {} : { clock_skew_ms: clockSkewMs };
    return { ...rest, ...skew, reachable: true, assignment: formatAssignment(assignment) };
  });
  print(terminal, { cells: described }, table(rows));
  if (found.some(([, one]) => one instanceof PeerUnavailableError)) return 3;
  return found.every(([, one]) => 'ready' in one && one.ready.ok) ? 0 : 1;
};
