import { accountOf, type DomainEvent } from '../log/event.ts';
import { foldEvents } from '../log/fold.ts';
import { covers, formatVersion, parseVersion } from '../log/version-vector.ts';
import type { EventStore } from '../store/event-store.ts';
import { type Transaction, transaction } from '../transaction/transaction.ts';

/** Sums of one currency, in its minor units. */
export type Totals = Readonly<Pick<Transaction, 'authorised' | 'captured' | 'refunded'>>;

/** What one transaction adds to its account's totals, at one version of its stream. */
export interface Contribution extends Totals {
  readonly account: string;
  readonly stream: string;
  /** The version vector, as text, of the fold that it was taken from. */
  readonly version: string;
  readonly currency: string;
}

/** A contribution as it is kept. `revision` is the store's own, and another one after every change. */
export interface KeptContribution {
  readonly contribution: Contribution;
  readonly revision: string;
}

/**
 * What a projection of account totals keeps: one row for each stream. Reads see every write acknowledged before
 * them. Methods throw `StoreUnavailableError` as those of an `EventStore` do. All of it can be lost and rebuilt.
 */
export interface ContributionStore {
  readonly find: (account: string, stream: string) => Promise<KeptContribution | undefined>;
  /**
   * Keeps the contribution in place of the one at `revision`, or as the stream's first where that is undefined.
   * @returns false, with nothing kept, where another one has come first.
   */
  readonly keep: (contribution: Contribution, revision: string | undefined) => Promise<boolean>;
  /** Every contribution to the account, in any order. */
  readonly list: (account: string) => Promise<readonly Contribution[]>;
}

export interface AccountTotals {
  /**
   * Takes in what the feed of either cloud's database tells of: any events, in any order, any number of times.
   * It resolves once the projection has all of them; where it rejects, the same events can be taken in again.
   */
  readonly takeIn: (events: readonly DomainEvent[]) => Promise<void>;
  /**
   * Reads the whole log and takes it in, in place of a feed that was not there or a table that was lost.
   * @param span whose events, and of which time: from `from` up to but without `to`, in milliseconds since 1970.
   * @returns how many streams were looked at.
   */
  readonly rebuild: (span: {
    readonly origins: readonly string[];
    readonly from: number;
    readonly to: number;
  }) => Promise<number>;
  /** By currency, sorted. One that no transaction of the account has is not there. */
  readonly of: (account: string) => Promise<ReadonlyMap<string, Totals>>;
}

const scannedAtOnce = 1_000;

/**
 * An account's totals by currency: what its transactions' folds come to, added up. Conflicts and superseded or
 * settled decisions so count exactly as they do in the transactions themselves.
 *
 * An event is no number to add but a hint to look: the stream's fold is taken anew and kept as the stream's one row,
 * under its version vector, in place of an older one. That is all there is to being idempotent and free of order. Of
 * concurrent updaters none can put a row back: each writes only over the row that it has seen, with a fold that was
 * read after it or covers it. Totals are behind the log by what the feed has not told of yet, and by what the code that
 * was told did not understand: after an upgrade, `rebuild`.
 */
export function createAccountTotals(options: {
  readonly store: Pick<EventStore, 'read' | 'scan'>;
  readonly contributions: ContributionStore;
}): AccountTotals {
  const { store, contributions } = options;

  async function look(
    stream: string,
  ): Promise<{ readonly current: Contribution; readonly isUnderstood: boolean } | undefined> {
    const { state, opening, version, pending } = foldEvents(transaction, await store.read(stream));
    if (state === undefined || opening === undefined) return undefined;
    const { currency, authorised, captured, refunded } = state;
    const account = accountOf(opening);
    return {
      current: { account, stream, version: formatVersion(version), currency, authorised, captured, refunded },
      isUnderstood: !pending.some(({ reason }) => reason === 'not_understood'),
    };
  }

  async function refresh(stream: string): Promise<void> {
    for (let seen = await look(stream); seen !== undefined; seen = await look(stream)) {
      const kept = await contributions.find(seen.current.account, stream);
      const isBehind =
        kept !== undefined &&
        !covers(parseVersion(seen.current.version), parseVersion(kept.contribution.version));
      if (isBehind) {
        // The row has seen more: it was written since we read. A log that still has less was put back to a backup.
        seen = await look(stream);
        // Or newer code sees more in this stream than this code can: what it has kept is the better row.
        if (!seen?.isUnderstood) return;
      }
      if (seen.current.version === kept?.contribution.version) return;
      if (await contributions.keep(seen.current, kept?.revision)) return;
    }
  }

  async function refreshAll(streams: ReadonlySet<string>): Promise<void> {
    // One after the other: a batch has few streams, and a feed has shards to go faster by.
    for (const stream of streams) await refresh(stream);
  }

  return {
    takeIn: (events) =>
      refreshAll(
        new Set(
          events
            .filter(({ type }) => type.startsWith(`${transaction.typePrefix}.`))
            .map(({ partitionkey }) => partitionkey),
        ),
      ),

    rebuild: async ({ origins, from, to }) => {
      const seen = new Set<string>();
      for (const origin of origins) {
        for (let after: { readonly after?: string } | undefined = {}; after !== undefined; ) {
          const page = await store.scan({ origin, from, to, limit: scannedAtOnce, ...after });
          const fresh = new Set(page.items.map(({ stream }) => stream).filter((stream) => !seen.has(stream)));
          await refreshAll(fresh);
          for (const stream of fresh) seen.add(stream);
          after = page.next === undefined ? undefined : { after: page.next };
        }
      }
      return seen.size;
    },

    of: async (account) => {
      const sums = new Map<string, Totals>();
      for (const { currency, authorised, captured, refunded } of await contributions.list(account)) {
        const sum = sums.get(currency) ?? { authorised: 0n, captured: 0n, refunded: 0n };
        sums.set(currency, {
          authorised: sum.authorised + authorised,
          captured: sum.captured + captured,
          refunded: sum.refunded + refunded,
        });
      }
      return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
}
