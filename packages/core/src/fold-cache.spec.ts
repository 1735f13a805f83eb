import { describe, expect, it } from 'vitest';
import { FoldCache } from './fold-cache.ts';
import type { DomainEvent } from './log/event.ts';
import { foldEvents } from './log/fold.ts';
import { capture, create, createCell, handMade, stream, viewOf, yen } from './log/histories.fixture.ts';
import {
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from './transaction/transaction.ts';

/** The transaction, telling how many events it was made to apply. */
function countingAggregate() {
  const count = { evolved: 0 };
  const evolve = (state: Transaction | undefined, event: TransactionEvent) => {
    count.evolved += 1;
    return transaction.evolve(state, event);
  };
  return { aggregate: { ...transaction, evolve }, count };
}

function createCounted(capacity: number) {
  const { aggregate, count } = countingAggregate();
  const cache = new FoldCache<Transaction, TransactionCommand, TransactionEvent>(aggregate, capacity);
  return { cache, count };
}

const opening = handMade(
  { origin: 'a.1', sequence: 1, at: 0, seen: '' },
  { type: 'created.v1', data: { account_id: 'account-1', ...yen(100) }, key: 'create' },
);
const captured = (origin: string, sequence: number, at: number, seen: string, key: string): DomainEvent =>
  handMade({ origin, sequence, at, seen }, { type: 'captured.v1', data: yen(1), key });

const own = captured('a.1', 2, 10, 'a.1=1', 'own');
const foreign = captured('b.1', 1, 20, 'a.1=1', 'foreign');
const meaning = { effect: { type: 'captured.v1', data: yen(1) } } as const;
const viewed = (...events: readonly DomainEvent[]) => viewOf(foldEvents(transaction, events));

describe('the cache of folds', () => {
  it('applies only what is new', () => {
    const { cache, count } = createCounted(1);
    cache.fold(stream, [opening, own]);
    expect(count.evolved).toBe(2);
    expect(viewOf(cache.fold(stream, [opening, own]))).toEqual(viewed(opening, own));
    expect(count.evolved).toBe(2);
    expect(viewOf(cache.fold(stream, [opening, own, foreign]))).toEqual(viewed(opening, own, foreign));
    expect(count.evolved).toBe(3);
  });

  it('keeps as many streams as it may, and drops the least recently used', () => {
    const { cache, count } = createCounted(2);
    for (const name of ['one', 'two', 'one', 'three']) cache.fold(name, [opening]);
    expect(count.evolved).toBe(3);
    cache.fold('one', [opening]);
    cache.fold('three', [opening]);
    expect(count.evolved).toBe(3);
    cache.fold('two', [opening]);
    expect(count.evolved).toBe(4);
    cache.fold('one', [opening]);
    expect(count.evolved).toBe(5);
  });

  it('may be told to keep nothing', () => {
    const { cache, count } = createCounted(0);
    cache.fold(stream, [opening]);
    cache.fold(stream, [opening]);
    expect(count.evolved).toBe(2);
  });

  it('does not keep a stream that holds nothing', () => {
    const { cache, count } = createCounted(1);
    cache.fold('one', [opening]);
    cache.fold('unknown', []);
    cache.fold('one', [opening]);
    expect(count.evolved).toBe(1);
  });

  it('folds again where an older event has arrived, or one that others waited for', () => {
    const { cache } = createCounted(1);
    const older = captured('b.1', 1, 5, 'a.1=1', 'older');
    const waiting = captured('a.1', 3, 30, 'a.1=2,b.1=1', 'waiting');
    cache.fold(stream, [opening, own]);
    expect(viewOf(cache.fold(stream, [opening, own, older]))).toEqual(viewed(opening, own, older));
    cache.fold('other', [opening, waiting]);
    expect(viewOf(cache.fold('other', [opening, waiting, own, older]))).toEqual(
      viewed(opening, waiting, own, older),
    );
  });

  it('takes over an own decision, and the next read costs nothing', () => {
    const { cache, count } = createCounted(1);
    const fold = cache.fold(stream, [opening]);
    cache.appended(stream, fold, own, meaning);
    count.evolved = 0;
    expect(viewOf(cache.fold(stream, [opening, own]))).toEqual(viewed(opening, own));
    expect(count.evolved).toBe(0);
  });

  it('tells two sets of as many events apart', () => {
    const { cache } = createCounted(1);
    const fold = cache.fold(stream, [opening]);
    cache.appended(stream, fold, own, meaning);
    expect(viewOf(cache.fold(stream, [opening, foreign]))).toEqual(viewed(opening, foreign));
    expect(viewOf(cache.fold(stream, [opening, own, foreign]))).toEqual(viewed(opening, own, foreign));
  });

  it('folds a read that a newer one has overtaken as it is, and keeps the newer', () => {
    const { cache, count } = createCounted(1);
    cache.fold(stream, [opening, own, foreign]);
    expect(viewOf(cache.fold(stream, [opening, own]))).toEqual(viewed(opening, own));
    expect(viewOf(cache.fold(stream, []))).toEqual(viewed());
    count.evolved = 0;
    cache.fold(stream, [opening, own, foreign]);
    expect(count.evolved).toBe(0);
  });

  it('loses no effect where a decision was made on a fold that has been extended and dropped since', () => {
    const { cache } = createCounted(1);
    const fold = cache.fold(stream, [opening]);
    cache.fold(stream, [opening, foreign]);
    cache.fold('another', [opening]);
    cache.appended(stream, fold, own, meaning);
    const read = cache.fold(stream, [opening, foreign, own]);
    expect(read.state?.captured).toBe(2n);
    expect(viewOf(read)).toEqual(viewed(opening, foreign, own));
  });

  it('does not take over a decision that was made on another fold than it keeps', () => {
    const { cache } = createCounted(1);
    const fold = cache.fold(stream, [opening]);
    cache.fold(stream, [opening, foreign]);
    cache.appended(stream, fold, own, meaning);
    expect(viewOf(cache.fold(stream, [opening, foreign, own]))).toEqual(viewed(opening, foreign, own));
  });

  it('changes no answer, whether it keeps everything or nothing', async () => {
    const answers = await Promise.all(
      [10_000, 1, 0].map(async (cachedStreams) => {
        const { service, store } = createCell({ cachedStreams });
        const outcomes = [];
        for (const name of ['txn_1', 'txn_2']) {
          outcomes.push(
            await service.execute({ stream: name, account: 'account-1', commandId: 'c', command: create(5) }),
          );
        }
        for (let round = 0; round < 6; round++) {
          for (const name of ['txn_1', 'txn_2']) {
            const commandId = `key-${round % 4}`;
            outcomes.push(await service.execute({ stream: name, commandId, command: capture(2) }));
          }
        }
        return { outcomes, events: await store.read('txn_1') };
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });
});
