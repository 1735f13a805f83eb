import type { Container } from '@azure/cosmos';
import { createCosmosContributions, createCosmosEventStore, decodeChange } from '@twinlog/store-cosmos';
import { type CellTotals, cellTotals } from '../totals.ts';

/** An Azure cell's account totals: a function on the container's change feed, with leases of its own beside the relay's. */
export function azureTotals(options: {
  readonly log: Container;
  /** Made by `contributionsContainerDefinition`. */
  readonly totals: Container;
}): {
  readonly totals: (documents: readonly unknown[]) => Promise<void>;
  readonly of: CellTotals<unknown>['of'];
} {
  const { takeIn, of } = cellTotals<unknown>({
    store: createCosmosEventStore({ container: options.log, now: Date.now }),
    contributions: createCosmosContributions({ container: options.totals }),
    decode: decodeChange,
  });
  return { totals: takeIn, of };
}
