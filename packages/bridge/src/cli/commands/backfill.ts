import type { Command } from '../command.ts';
import { cellNamed, statuses } from '../matrix.ts';
import { createProgress, print } from '../terminal.ts';
import { refuse, UsageError } from '../usage-error.ts';
import { lackingIn } from './diff.ts';
import { knownOrigins, rangeOf } from './origins.ts';
import { added, alarms, nothingPulled, pullAll } from './pull.ts';

/**
 * Fills a cell that is new, or was restored from a backup, from the others, while traffic goes on. A restored one
 * decides nothing before that is done (R1); how far it came is kept there, so that this can be broken off.
 */
export const backfill: Command = async (invocation) => {
  const { cells, args, options, terminal, now } = invocation;
  const cell = cellNamed(cells, args[0]);
  const peers = options.cell === undefined ? cells : [cellNamed(cells, options.cell)];
  const others = peers.filter((other) => other !== cell);
  if (others.length === 0 && options.cell !== undefined)
    throw new UsageError(`${cell.name} cannot be filled from itself.`);
  if (!options.dryRun) refuse('backfill without --dry-run, which lists,', { limit: options.limit });
  if (options.dryRun) return lackingIn(invocation, cell, others);
  const range = rangeOf(options, now());
  // Before anything is done: whether these are the cells that they are taken for.
  await statuses([cell, ...others]);
  const progress = createProgress(terminal);
  let recovered = 0;
  for (let isComplete = false; !isComplete; ) {
    const done = await cell.operations.recover();
    recovered += done.pulled;
    isComplete = done.isComplete;
    const [left] = done.left;
    if (left)
      progress.tell(`${cell.name} ← ${left.peer}: ${left.origin}, ${done.left.length} left of its recovery`);
  }
  const origins = knownOrigins(await statuses([cell, ...others]));
  let report = nothingPulled;
  for (const [at, peer] of others.entries()) {
    for (const [number, origin] of origins.entries()) {
      const place = at * origins.length + number + 1;
      const what = `${cell.name} ← ${peer.name}: ${origin} (${place} of ${others.length * origins.length})`;
      const pulled = await pullAll(cell, { peer: peer.name, origin, ...range }, what, progress.tell);
      report = added(report, pulled);
    }
  }
  progress.end();
  const found = alarms(report);
  const pulled = recovered + report.pulled;
  print(terminal, { ...report, pulled, cell: cell.name }, [
    `${cell.name} holds what ${others.map(({ name }) => name).join(' and ')} held: ${pulled} events pulled.`,
    ...found,
  ]);
  return found.length > 0 ? 1 : 0;
};
