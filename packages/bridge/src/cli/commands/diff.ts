import { differences } from '../../reconcile/differences.ts';
import type { Command } from '../command.ts';
import { pairsOf, statuses } from '../matrix.ts';
import { createProgress, print, table } from '../terminal.ts';
import { aheadMs, knownOrigins } from './origins.ts';

/** What the cells do not all hold, over the whole log or a part of it: 1 if there is any. */
export const diff: Command = async ({ cells, options, terminal, now }) => {
  const origins = knownOrigins(await statuses(cells));
  const { from = 0, to = now() + aheadMs, limit } = options;
  const progress = createProgress(terminal);
  const shown: object[] = [];
  const rows: string[][] = [];
  let missing = 0;
  for (const [first, second] of pairsOf(cells)) {
    const compared = { first: first.log, second: second.log, origins, from, to };
    for await (const { key, missingIn } of differences({
      ...compared,
      onProgress: ({ origin, upTo }) =>
        progress.tell(`${first.name} and ${second.name}: ${origin} up to ${dayOf(Math.min(upTo, now()))}`),
    })) {
      missing += 1;
      if (shown.length >= limit) continue;
      const lacking = missingIn === 'first' ? first.name : second.name;
      shown.push({ missing_in: lacking, ...key });
      rows.push([`missing in ${lacking}`, key.stream, `${key.origin} ${key.sequence}`, key.id]);
    }
  }
  progress.end();
  const more = missing > shown.length ? [`… and ${missing - shown.length} more. See more with --limit.`] : [];
  const summary = missing === 0 ? ['The cells hold the same.'] : [`${missing} missing. Mend it with: repair`];
  print(terminal, { missing, shown }, [...table(rows), ...more, ...summary]);
  return missing === 0 ? 0 : 1;
};

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 16);
}
