import { originsOf } from '@twinlog/core';
import type { CellStatus } from '../../operations/cell-operations.ts';
import type { Options } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** Every origin that any of the cells knows of. */
export function knownOrigins(statuses: readonly CellStatus[]): readonly string[] {
  return [
    ...new Set(statuses.flatMap(({ origin, assignment }) => [origin, ...originsOf(assignment)])),
  ].sort();
}

/** Clocks differ, and event ids may be ahead of them by less than this, in ms. */
export const aheadMs = 3_600_000;

/**
 * The time that a command is about: all there is unless told.
 * @throws UsageError where nothing can lie in it: whatever is looked for there would be found to be well.
 */
export function rangeOf(
  { from = 0, to }: Pick<Options, 'from' | 'to'>,
  now: number,
): { readonly from: number; readonly to: number } {
  const end = to ?? now + aheadMs;
  if (from < end) return { from, to: end };
  throw new UsageError(
    `There is no time from ${new Date(from).toISOString()} to ${new Date(end).toISOString()}. Give --from an earlier time than --to.`,
  );
}
