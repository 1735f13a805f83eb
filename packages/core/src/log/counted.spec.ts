import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../aggregate.ts';
import {
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from '../transaction/transaction.ts';
import { foldEvents } from './fold.ts';
import { captured, created, fold, summary } from './hand-made.fixture.ts';
import { handMade, viewOf, yen } from './histories.fixture.ts';
import { formatVersion } from './version-vector.ts';

describe('an event that does not count yet (R3)', () => {
  const opening = created('a.1', 0, 10);
  const second = captured('a.1', 2, 10, 'a.1=1', 1);
  const third = captured('a.1', 3, 11, 'a.1=2', 1);
  const elsewhere = captured('b.1', 1, 12, 'a.1=3', 1);
  const after = captured('c.1', 1, 13, 'a.1=3,b.1=1', 1);

  it('waits for the one before it of its origin, and for all that it has seen', () => {
    expect(summary(opening, third, elsewhere, after)).toEqual({
      state: 'created 10/0/0',
      opening: 'a.1',
      conflicts: [],
      pending: [
        [third.id, 'gap'],
        [elsewhere.id, 'unseen'],
        [after.id, 'unseen'],
      ],
    });
    expect(summary(opening, third, elsewhere, after, second)).toMatchObject({
      state: 'captured 10/4/0',
      pending: [],
    });
  });

  it('has no state where the stream is not opened', () => {
    expect(summary(second)).toEqual({
      state: undefined,
      opening: undefined,
      conflicts: [],
      pending: [[second.id, 'gap']],
    });
    expect(summary(elsewhere)).toMatchObject({ pending: [[elsewhere.id, 'unseen']] });
    expect(summary()).toEqual({ state: undefined, opening: undefined, conflicts: [], pending: [] });
  });

  it('never counts where it claims to have seen itself', () => {
    const circular = captured('b.1', 1, 12, 'a.1=1,b.1=1', 1);
    expect(summary(opening, circular)).toMatchObject({ pending: [[circular.id, 'unseen']] });
  });

  it('holds up what depends on it, and applies by itself once this code understands it', () => {
    const refunded = handMade(
      { origin: 'a.1', sequence: 4, at: 14, seen: 'a.1=3' },
      { type: 'refunded.v1', data: yen(1), key: 'refund' },
    );
    const next = captured('a.1', 5, 15, 'a.1=4', 1);
    const saw = captured('b.1', 1, 16, 'a.1=4', 1);
    const unconcerned = captured('c.1', 1, 17, 'a.1=3', 1);
    const events = [opening, second, third, refunded, next, saw, unconcerned];
    const older: Aggregate<Transaction, TransactionCommand, TransactionEvent> = {
      ...transaction,
      events: {
        ...transaction.events,
        understand: (event) =>
          event.type === 'refunded.v1' ? undefined : transaction.events.understand(event),
      },
    };
    const before = foldEvents(older, events);
    expect(before.state).toMatchObject({ captured: 3n, refunded: 0n });
    expect(before.claims.has('refund')).toBe(false);
    expect(before.pending.map(({ event, reason }) => [event.id, reason])).toEqual([
      [refunded.id, 'not_understood'],
      [next.id, 'gap'],
      [saw.id, 'unseen'],
    ]);
    expect(formatVersion(before.version)).toBe('a.1=3,c.1=1');
    expect(summary(...events)).toMatchObject({ state: 'captured 10/5/1', pending: [] });
  });

  it('is not understood where its type is not of this aggregate, or its data is no money', () => {
    const foreign = { ...second, type: 'com.example.captured.v1' };
    const floating = { ...second, data: { amount: 1.5, currency: 'JPY' } };
    const misrefused = { ...second, type: 'io.twinlog.transaction.refused.v1', data: { code: 'x' } };
    for (const event of [foreign, floating, misrefused]) {
      expect(summary(opening, event).pending).toEqual([[event.id, 'not_understood']]);
    }
  });

  it('is chosen alike everywhere where one place in the log was given out twice', () => {
    const impostor = captured('a.1', 2, 9, 'a.1=1', 7);
    expect(viewOf(fold(opening, second, impostor))).toEqual(viewOf(fold(impostor, second, opening)));
    expect(fold(opening, second, impostor).state?.captured).toBe(7n);
    expect(fold(opening, second, impostor).pending).toEqual([]);
  });

  it('is counted, and held, once however many copies there are of it', () => {
    expect(fold(opening, second, { ...second }, { ...opening })).toMatchObject({ held: 2, pending: [] });
    expect(summary(opening, third, { ...third }).pending).toEqual([[third.id, 'gap']]);
  });

  it('is listed in canonical order, whatever origin it is of', () => {
    const early = captured('b.1', 1, 5, 'a.1=2', 1);
    expect(summary(opening, third, early, after).pending).toEqual([
      [early.id, 'unseen'],
      [third.id, 'gap'],
      [after.id, 'unseen'],
    ]);
  });
});
