import { differences } from '../../reconcile/differences.ts';
import { type Command, defaultLimit } from '../command.ts';
import { pairsOf, statuses } from '../matrix.ts';
import { createProgress, minuteOf, print, table } from '../terminal.ts';
import { knownOrigins, rangeOf } from './origins.ts';

/** What the cells do not all hold, over the whole log or a part of it: 1 if there is any. */
export const diff: Command = async ({ cells, options, terminal, now }) => {
  const range = rangeOf(options, now());
  const origins = knownOrigins(await statuses(cells));
  const { limit = defaultLimit } = options;
  const progress = createProgress(terminal);
  const shown: object[] = [];
  const rows: string[][] = [];
  let missing = 0;
  for (const [first, second] of pairsOf(cells)) {
    const compared = { first: first.log, second: second.log, origins, ...range };
    for await (const { key, missingIn } of differences({
      ...compared,
      onProgress: ({ origin, upTo }) =>
        progress.tell(`${first.name} and ${second.name}: ${origin} up to ${minuteOf(Math.min(upTo, now()))}`),
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
  print(terminal, { ...(options.dryRun && { dry_run: true }), missing, shown }, [
    ...table(rows),
    ...more,
    ...summary,
  ]);
  return missing === 0 ? 0 : 1;
};
