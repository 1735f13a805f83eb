import type { Change } from '@twinlog/bridge';
import {
  type AccountTotals,
  type ContributionStore,
  createAccountTotals,
  type EventStore,
} from '@twinlog/core';

/** The totals of a cell's accounts, kept from its database's feed, which tells of every cell's events. */
export interface CellTotals<Record> {
  /**
   * Takes in a page of the feed. Rejects where the store is away: the page is to be handed over again, and whatever
   * was taken in of it is found done.
   */
  readonly takeIn: (records: readonly Record[]) => Promise<void>;
  /** By currency, in minor units. Behind the log by what the feed has not told of yet. */
  readonly of: AccountTotals['of'];
}

/** A projection beside the cell: what becomes of it touches neither decisions nor replication. */
export function cellTotals<Record>(options: {
  readonly store: Pick<EventStore, 'read' | 'scan'>;
  readonly contributions: ContributionStore;
  readonly decode: (record: Record) => Change;
}): CellTotals<Record> {
  const totals = createAccountTotals(options);
  return {
    takeIn: (records) =>
      totals.takeIn(
        records.flatMap((record) => {
          const change = options.decode(record);
          return change.kind === 'event' ? [change.event] : [];
        }),
      ),
    of: totals.of,
  };
}
