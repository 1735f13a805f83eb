import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldEvents } from '../log/fold.ts';
import {
  type Contribution,
  type ContributionStore,
  createAccountTotals,
} from '../projection/account-totals.ts';
import { systemRuntime } from '../runtime.ts';
import { createService } from '../service.ts';
import { type EventStore, ingest } from '../store/event-store.ts';
import { transaction } from '../transaction/transaction.ts';
import { uniqueName } from './sample-event.ts';

/** Where a cloud keeps its events, and what it adds up of them. */
export interface TotalsUnderTest {
  readonly store: EventStore;
  readonly contributions: ContributionStore;
  readonly stop?: () => Promise<void>;
}

/** Registers the tests that every `ContributionStore` has to pass, and those of the totals kept in it, with vitest. */
export function describeAccountTotals(name: string, start: () => Promise<TotalsUnderTest>): void {
  describe(`${name} keeps account totals`, () => {
    let underTest: TotalsUnderTest;
    beforeAll(async () => {
      underTest = await start();
    });
    afterAll(() => underTest?.stop?.());

    rows(() => underTest.contributions);
    sums(() => underTest);
  });
}

function row(account: string, stream: string, captured: bigint): Contribution {
  const version = captured === 0n ? 'aws-us-east-1.1=1' : `aws-us-east-1.1=${captured}`;
  return { account, stream, version, currency: 'USD', authorised: 10n ** 20n, captured, refunded: 0n };
}

function rows(contributions: () => ContributionStore): void {
  test('a row is kept only in place of the one that was seen', async () => {
    const { find, keep, list } = contributions();
    const account = uniqueName('account');
    expect(await find(account, 's')).toBeUndefined();
    expect(await list(account)).toEqual([]);
    expect(await keep(row(account, 's', 1n), undefined)).toBe(true);
    expect(await keep(row(account, 's', 2n), undefined)).toBe(false);
    const first = await find(account, 's');
    expect(first?.contribution).toEqual(row(account, 's', 1n));
    expect(await keep(row(account, 's', 3n), first?.revision)).toBe(true);
    expect(await keep(row(account, 's', 4n), first?.revision)).toBe(false);
    expect(await list(account)).toEqual([row(account, 's', 3n)]);
  });

  test('of 10 who saw the same row exactly one keeps its own, as the first and later', async () => {
    const { find, keep } = contributions();
    const account = uniqueName('account');
    for (let round = 0; round < 5; round++) {
      const seen = await find(account, 's');
      const rivals = Array.from({ length: 10 }, (_, rival) =>
        row(account, 's', BigInt(round * 10 + rival + 1)),
      );
      const kept = await Promise.all(rivals.map((rival) => keep(rival, seen?.revision)));
      expect(kept.filter(Boolean)).toHaveLength(1);
      expect((await find(account, 's'))?.contribution).toEqual(rivals[kept.indexOf(true)]);
    }
  });

  test('accounts and streams with unusual ids are kept apart, and an account of many streams is listed whole', async () => {
    const { keep, list } = contributions();
    const account = uniqueName('account');
    const names = ['a#b', 'a:b', 'a/b', 'a\\b', 'a?b', 'a%23b', 'é', 'e\u0301', 'A', 'a', ' a', '__proto__'];
    const streams = [...names, '中'.repeat(128), ...Array.from({ length: 120 }, (_, index) => `s${index}`)];
    for (let at = 0; at < streams.length; at += 20) {
      await Promise.all(
        streams.slice(at, at + 20).map((stream) => keep(row(account, stream, 0n), undefined)),
      );
    }
    const listed = await list(account);
    expect(listed.map(({ stream }) => stream).toSorted()).toEqual(streams.toSorted());
    for (const name of names) {
      await keep(row(account + name, 's', 0n), undefined);
      expect(await list(account + name)).toEqual([row(account + name, 's', 0n)]);
    }
  });
}

function sums(underTest: () => TotalsUnderTest): void {
  test('totals are what the folds come to, conflicts included, however the feed tells of it, and rebuilt', async () => {
    const { store, contributions } = underTest();
    const account = uniqueName('account');
    const cells = [uniqueName('cell'), uniqueName('cell')];
    const deciders = cells.map((cell) =>
      createService({
        aggregate: transaction,
        store,
        origin: `${cell}.1`,
        assignment: '1.aws',
        runtime: systemRuntime,
      }),
    );
    const [here, there] = deciders;
    if (here === undefined || there === undefined) throw new Error('There are two cells.');
    const streams = ['USD', 'JPY', 'USD'].map((currency, index) => ({
      currency,
      stream: `${account}-${index}`,
    }));
    for (const { stream, currency } of streams) {
      const amount = { amount: '10', currency };
      const opens = { type: 'create', account_id: account, ...amount } as const;
      await here.execute({ stream, account, commandId: 'create', command: opens });
      // Two cells that have not heard of each other both capture more than half: one of them loses.
      const [opening] = await store.read(stream);
      if (opening === undefined) throw new Error('There is an opening.');
      await here.execute({ stream, commandId: '1', command: { type: 'capture', ...amount, amount: '6' } });
      const [, captured] = await store.read(stream);
      if (captured === undefined) throw new Error('There is a capture.');
      await ingest(store, {
        ...captured,
        id: `${captured.id.slice(0, -1)}${captured.id.endsWith('Z') ? 'Y' : 'Z'}`,
        source: `urn:twinlog:origin:${cells[1]}.1`,
        sequence: '0000000001',
        commandid: '2',
      });
      await there.execute({ stream, commandId: '3', command: { type: 'refund', ...amount, amount: '1' } });
    }

    const feed = (await Promise.all(streams.map(({ stream }) => store.read(stream)))).flat();
    const totals = createAccountTotals({ store, contributions });
    await Promise.all([
      totals.takeIn(feed.toReversed()),
      totals.takeIn([...feed, ...feed]),
      ...feed.map((event) => totals.takeIn([event])),
    ]);
    const expected = new Map([
      ['JPY', { authorised: 10n, captured: 6n, refunded: 1n }],
      ['USD', { authorised: 2_000n, captured: 1_200n, refunded: 200n }],
    ]);
    expect(await totals.of(account)).toEqual(expected);
    const folds = await Promise.all(
      streams.map(async ({ stream }) => foldEvents(transaction, await store.read(stream))),
    );
    expect(folds.map(({ conflicts }) => conflicts.length)).toEqual([1, 1, 1]);

    const lost = uniqueName('account');
    expect(await totals.of(lost)).toEqual(new Map());
    const anew = createAccountTotals({ store, contributions: withPrefix(contributions, lost) });
    const span = { origins: cells.map((cell) => `${cell}.1`), from: 0, to: Date.now() + 60_000 };
    await expect.poll(() => anew.rebuild(span), { timeout: 10_000 }).toBe(3);
    expect(await anew.of(account)).toEqual(expected);
  });
}

/** An empty table: the same one, under names that nobody has used. */
function withPrefix({ find, keep, list }: ContributionStore, prefix: string): ContributionStore {
  return {
    find: (account, stream) => find(prefix + account, stream),
    keep: (contribution, revision) =>
      keep({ ...contribution, account: prefix + contribution.account }, revision),
    list: (account) => list(prefix + account),
  };
}
