import { parseArgs } from 'node:util';
import { readingUsage, wholeNumber } from '@twinlog/simulator';

export interface Arguments {
  readonly events: number;
  readonly seed: number;
  readonly json: boolean;
}

export const usage = `Usage: npm run soak -- [options]

Two cells decide events, replicate them to each other through the bridge's real shells and the Event Grid stand-in, under
random faults of every kind, until both logs are one again.

  --events N   how many events in all: 1,000,000 unless told
  --seed S     of the faults and the traffic: 1 unless told
  --json       the result as one JSON object on standard output, progress on standard error
  --help       this text

Exit code: 0 nothing lost, nothing twice, equal logs, flat memory; 1 otherwise; 2 wrong arguments.`;

/** @throws UsageError naming the argument that is unknown or wrong. Returns undefined where help was asked for. */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const { help, events, seed, json } = parse(args);
  if (help) return undefined;
  return {
    events: wholeNumber('events', events, 1, 100_000_000),
    seed: wholeNumber('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    json,
  };
}

function parse(args: readonly string[]) {
  return readingUsage(
    () =>
      parseArgs({
        args: [...args],
        options: {
          events: { type: 'string', default: '1000000' },
          seed: { type: 'string', default: '1' },
          json: { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      }).values,
  );
}
