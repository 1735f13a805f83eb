import type { Contribution, ContributionStore, KeptContribution } from './account-totals.ts';

/** Contributions in memory, for tests, simulations and single processes. */
export function createMemoryContributions(): ContributionStore {
  const accounts = new Map<string, Map<string, KeptContribution>>();
  let changes = 0;
  return {
    find: async (account, stream) => accounts.get(account)?.get(stream),
    keep: async (contribution, revision) => {
      const { account, stream } = contribution;
      const rows = accounts.get(account) ?? new Map<string, KeptContribution>();
      if (rows.get(stream)?.revision !== revision) return false;
      changes += 1;
      rows.set(stream, { contribution, revision: String(changes) });
      accounts.set(account, rows);
      return true;
    },
    list: async (account): Promise<readonly Contribution[]> =>
      [...(accounts.get(account)?.values() ?? [])].map(({ contribution }) => contribution),
  };
}
