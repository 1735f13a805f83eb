import type { Command } from '../command.ts';
import { directionsOf, statuses } from '../matrix.ts';
import { createProgress, print } from '../terminal.ts';
import { refuse } from '../usage-error.ts';
import { diff } from './diff.ts';
import { knownOrigins, rangeOf } from './origins.ts';
import { added, alarms, nothingPulled, pullOrigins } from './pull.ts';
import { readStreams, streamNamed } from './streams.ts';

/** Has every cell pull what it lacks from every other: of one stream, or of the whole log or a part of it. */
export const repair: Command = async (invocation) => {
  const { cells, args, options, terminal, now } = invocation;
  const stream = streamNamed(args[0]);
  const { from, to, limit } = options;
  if (stream !== undefined) refuse('repair of one stream', { from, to, limit });
  if (!options.dryRun) refuse('repair without --dry-run, which lists,', { limit });
  const progress = createProgress(terminal);
  let report = nothingPulled;
  if (stream === undefined) {
    if (options.dryRun) return diff(invocation);
    const range = rangeOf(options, now());
    const origins = knownOrigins(await statuses(cells));
    for (const [cell, peer] of directionsOf(cells))
      report = added(report, await pullOrigins(cell, peer, { origins, ...range }, progress.tell));
  } else {
    await statuses(cells);
    if (options.dryRun) {
      const { lacking, divergent } = await readStreams(cells, stream);
      const pullable = [...lacking].map(
        ([name, ids]) => [name, ids.filter((id) => !divergent.has(id))] as const,
      );
      const lines = [
        ...pullable.map(([name, ids]) => `${name} lacks ${ids.length} of it.`),
        ...(divergent.size > 0 ? [`DIVERGENCE: no repair mends that. See: show ${stream}`] : []),
      ];
      const told = { dry_run: true, lacking: Object.fromEntries(pullable), divergent: [...divergent] };
      print(terminal, told, lines);
      return divergent.size > 0 || pullable.some(([, ids]) => ids.length > 0) ? 1 : 0;
    }
    for (const [cell, peer] of directionsOf(cells))
      report = added(report, await cell.operations.repair({ peer: peer.name, stream }));
  }
  progress.end();
  const found = alarms(report);
  print(terminal, report, [`${report.pulled} events pulled.`, ...found]);
  return found.length > 0 ? 1 : 0;
};
