import { cellOf, eventTime } from '@twinlog/core';
import { differences } from '../../reconcile/differences.ts';
import type { Command } from '../command.ts';
import { directionsOf, statuses } from '../matrix.ts';
import { createProgress, minuteOf, print, span, table } from '../terminal.ts';
import { knownOrigins, rangeOf } from './origins.ts';

/** How far back a lag is looked for, in ms, unless told. What is older is for `diff`. */
const withinMs = 86_400_000;

/** How far each cell is behind each other: how many of its events are missing there, and how old the oldest of them is. */
export const lag: Command = async ({ cells, options, terminal, now }) => {
  const range = rangeOf({ ...options, from: options.from ?? now() - withinMs }, now());
  const origins = knownOrigins(await statuses(cells));
  const progress = createProgress(terminal);
  const directions: { from: string; to: string; behind: number; oldest_ms: number }[] = [];
  for (const [source, target] of directionsOf(cells)) {
    const own = origins.filter((origin) => cellOf(origin) === source.name);
    let behind = 0;
    let oldest = 0;
    for await (const { key, missingIn } of differences({
      ...{ first: source.log, second: target.log, origins: own },
      ...range,
      onProgress: ({ upTo }) =>
        progress.tell(`${source.name} → ${target.name}: up to ${minuteOf(Math.min(upTo, now()))}`),
    })) {
      if (missingIn !== 'second') continue;
      behind += 1;
      oldest = Math.max(oldest, now() - eventTime(key.id));
    }
    directions.push({ from: source.name, to: target.name, behind, oldest_ms: oldest });
  }
  progress.end();
  const rows = directions.map(({ from: source, to: target, behind, oldest_ms }) => [
    `${source} → ${target}`,
    behind === 0 ? 'nothing behind' : `${behind} behind, the oldest by ${span(oldest_ms)}`,
  ]);
  print(terminal, { lag: directions }, table(rows));
  const { max } = options;
  return max !== undefined && directions.some(({ oldest_ms }) => oldest_ms > max) ? 1 : 0;
};
