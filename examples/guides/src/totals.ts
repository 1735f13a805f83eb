import {
  createAccountTotals,
  createMemoryContributions,
  createMemoryStore,
  type DomainEvent,
} from '@twinlog/core';

const store = createMemoryStore();
const contributions = createMemoryContributions();

/** What comes out of the change feed, and what an account then comes to. */
export async function totalsAfter(events: readonly DomainEvent[]) {
  for (const event of events) await store.insert(event);
  // #region totals
  const totals = createAccountTotals({ store, contributions });
  await totals.takeIn(events); // from the change feed: any order, any number of times
  const ofAccount = await totals.of('account-7'); // Map { 'USD' => { authorised: 1000n, captured: 450n, refunded: 0n } }
  // #endregion
  return ofAccount;
}
