import { differences } from '../../reconcile/differences.ts';
import { type Command, defaultLimit, type Invocation } from '../command.ts';
import { type OperatedCell, pairsOf, statuses } from '../matrix.ts';
import { createProgress, minuteOf, print, table } from '../terminal.ts';
import { knownOrigins, rangeOf } from './origins.ts';

/** Some 20 MB of ids. */
const maxMet = 200_000;

/** What the cells do not all hold, over the whole log or a part of it: 1 if there is any. */
export const diff: Command = (invocation) => {
  const { cells } = invocation;
  return list(invocation, cells, pairsOf(cells), cells, 'Mend it with: repair');
};

/** What others hold and a cell lacks: 1 if there is any. */
export function lackingIn(
  invocation: Invocation,
  cell: OperatedCell,
  others: readonly OperatedCell[],
): Promise<number> {
  const pairs = others.map((other) => [cell, other] as const);
  return list(invocation, [cell, ...others], pairs, [cell], 'They would be pulled.');
}

/** @param lacking the cells of which it is told what they lack. */
async function list(
  { options, terminal, now }: Invocation,
  cells: readonly OperatedCell[],
  pairs: readonly (readonly [OperatedCell, OperatedCell])[],
  lacking: readonly OperatedCell[],
  remedy: string,
): Promise<number> {
  const range = rangeOf(options, now());
  const origins = knownOrigins(await statuses(cells));
  const { limit = defaultLimit } = options;
  const progress = createProgress(terminal);
  const shown: object[] = [];
  const rows: string[][] = [];
  /** With three cells, what one lacks is met with each of the others. So much of it is remembered, and counted once. */
  const met = new Set<string>();
  let missing = 0;
  for (const [first, second] of pairs) {
    const compared = { first: first.log, second: second.log, origins, ...range };
    for await (const { key, missingIn } of differences({
      ...compared,
      onProgress: ({ origin, upTo }) =>
        progress.tell(`${first.name} and ${second.name}: ${origin} up to ${minuteOf(Math.min(upTo, now()))}`),
    })) {
      const cell = missingIn === 'first' ? first : second;
      const id = `${cell.name} ${key.origin} ${key.sequence} ${key.stream}`;
      if (!lacking.includes(cell) || met.has(id)) continue;
      if (pairs.length > 1 && met.size < maxMet) met.add(id);
      missing += 1;
      if (shown.length >= limit) continue;
      shown.push({ missing_in: cell.name, ...key });
      rows.push([`missing in ${cell.name}`, key.stream, `${key.origin} ${key.sequence}`, key.id]);
    }
  }
  progress.end();
  const more = missing > shown.length ? [`… and ${missing - shown.length} more. See more with --limit.`] : [];
  const nothing =
    lacking.length === cells.length ? 'The cells hold the same.' : `${lacking[0]?.name} lacks nothing.`;
  const atMost = met.size < maxMet ? '' : 'at most ';
  const summary = missing === 0 ? [nothing] : [`${atMost}${missing} missing. ${remedy}`];
  print(
    terminal,
    { ...(options.dryRun && { dry_run: true }), missing, shown, ...(atMost && { at_most: true }) },
    [...table(rows), ...more, ...summary],
  );
  return missing === 0 ? 0 : 1;
}
