import { originsOf } from '@twinlog/core';
import type { CellStatus } from '../../operations/cell-operations.ts';

/** Every origin that any of the cells knows of. */
export function knownOrigins(statuses: readonly CellStatus[]): readonly string[] {
  return [
    ...new Set(statuses.flatMap(({ origin, assignment }) => [origin, ...originsOf(assignment)])),
  ].sort();
}

/** Clocks differ, and event ids may be ahead of them by less than this, in ms. */
export const aheadMs = 3_600_000;
