import { parseArgs } from 'node:util';
import type { Policy } from '@twinlog/core';
import { readingUsage, UsageError, wholeNumber } from './usage.ts';

export interface Arguments {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly cells: number;
  readonly policy: Policy;
  readonly json: boolean;
}

export const usage = `Usage: npm run simulate -- --seeds N [options]

Plays N seeds: cells under seeded time, network, storage and crashes, running the production code, held against the
invariants at every step and after healing.

  --seeds N         how many seeds: 1,000 unless told; 1 with --seed
  --seed S          the first seed: 1 unless told
  --cells N         2 to 5; 2 unless told
  --policy POLICY   any-cell (default) or home-cell
  --json            the result as one JSON object on standard output, progress on standard error
  --help            this text

Exit code: 0 no violation; 1 a violation, or a fault or rule that 10,000 seeds or more never met; 2 wrong arguments.`;

const mostSeeds = 1_000_000_000;

/** @throws UsageError naming the argument that is unknown or wrong. Returns undefined where help was asked for. */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const { help, seed, seeds, cells, policy, json } = parse(args);
  if (help) return undefined;
  if (policy !== 'any-cell' && policy !== 'home-cell') {
    throw new UsageError(`--policy is "${policy.slice(0, 40)}"; it takes any-cell or home-cell.`);
  }
  return {
    seeds: wholeNumber('seeds', seeds ?? (seed === undefined ? '1000' : '1'), 1, mostSeeds),
    firstSeed: wholeNumber('seed', seed ?? '1', 0, Number.MAX_SAFE_INTEGER - mostSeeds),
    cells: wholeNumber('cells', cells, 2, 5),
    policy,
    json,
  };
}

function parse(args: readonly string[]) {
  return readingUsage(
    () =>
      parseArgs({
        args: [...args],
        options: {
          seeds: { type: 'string' },
          seed: { type: 'string' },
          cells: { type: 'string', default: '2' },
          policy: { type: 'string', default: 'any-cell' },
          json: { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      }).values,
  );
}
