import { describe, expect, it } from 'vitest';
import { transaction } from '../transaction/transaction.ts';
import type { DomainEvent } from './event.ts';
import { extendFold, foldAsDecided } from './fold.ts';
import { captured, created, fold, summary } from './hand-made.fixture.ts';
import { account, handMade, viewOf, yen } from './histories.fixture.ts';
import { formatVersion } from './version-vector.ts';

const refused = (origin: string, sequence: number, at: number, seen: string, key: string, amount: number) =>
  handMade(
    { origin, sequence, at, seen },
    {
      type: 'refused.v1',
      data: {
        code: 'capture_exceeds_amount',
        detail: 'Too much.',
        command: { type: 'capture', ...yen(amount) },
      },
      key,
      command: yen(amount),
    },
  );

describe('the create that counts (R13)', () => {
  // Cell b's clock is slow: its create sorts before that of cell a, which was captured and acknowledged.
  const first = created('a.1', 100, 10);
  const capture = captured('a.1', 2, 101, 'a.1=1', 10, 'capture');
  const slow = created('b.1', 50, 5);

  it("is the canonical first, until a later decision: a slower clock's differing create takes its place", () => {
    expect(summary(first)).toMatchObject({ state: 'created 10/0/0', opening: 'a.1' });
    expect(summary(first, slow)).toEqual({
      state: 'created 5/0/0',
      opening: 'b.1',
      conflicts: [[first.id, 'idempotency_key_reused', slow.id]],
      pending: [],
    });
  });

  it("is the one that the first later decision saw: a slower clock's differing create cannot undo its capture", () => {
    expect(summary(first, capture)).toMatchObject({
      state: 'captured 10/10/0',
      opening: 'a.1',
      conflicts: [],
    });
    expect(summary(first, capture, slow)).toEqual({
      state: 'captured 10/10/0',
      opening: 'a.1',
      conflicts: [[slow.id, 'idempotency_key_reused', first.id]],
      pending: [],
    });
  });

  it('is the canonical first of those that this decision saw', () => {
    const early = created('c.1', 20, 3);
    const sawBoth = captured('a.1', 2, 101, 'a.1=1,b.1=1', 5, 'capture');
    expect(summary(first, slow, early, sawBoth)).toMatchObject({ state: 'captured 5/5/0', opening: 'b.1' });
  });

  it('is chosen by the canonical first decision, so a decision of the other cell may choose the other', () => {
    const other = captured('b.1', 2, 60, 'b.1=1', 2, 'other');
    expect(summary(first, capture, slow, other)).toEqual({
      state: 'captured 5/2/0',
      opening: 'b.1',
      conflicts: [
        [first.id, 'idempotency_key_reused', slow.id],
        [capture.id, 'capture_exceeds_amount', other.id],
      ],
      pending: [],
    });
  });

  it('is chosen by a refusal as by any other decision', () => {
    const refusal = refused('a.1', 2, 101, 'a.1=1', 'too-much', 11);
    expect(summary(first, slow, refusal)).toMatchObject({ state: 'created 10/0/0', opening: 'a.1' });
  });

  it('is told from a differing create without a key by the rule that a transaction exists', () => {
    const anonymous = handMade(
      { origin: 'b.1', sequence: 1, at: 150, seen: '' },
      { type: 'created.v1', data: { account_id: account, ...yen(5) } },
    );
    expect(summary(first, anonymous)).toMatchObject({
      opening: 'a.1',
      conflicts: [[anonymous.id, 'transaction_exists', first.id]],
    });
    // It is the create that it lost to, and not what was decided since.
    expect(summary(first, capture, anonymous).conflicts).toEqual([
      [anonymous.id, 'transaction_exists', first.id],
    ]);
  });

  it('is what a decision on the other create loses to', () => {
    const refusal = refused('a.1', 2, 101, 'a.1=1', 'too-much', 11);
    const onOther = captured('b.1', 2, 160, 'b.1=1', 20, 'twenty');
    expect(summary(first, slow, refusal, onOther).conflicts).toEqual([
      [slow.id, 'idempotency_key_reused', first.id],
      [onOther.id, 'capture_exceeds_amount', first.id],
    ]);
  });

  it('is looked for anew where a fold of two creates gains its first later decision', () => {
    const both = fold(first, slow);
    expect(extendFold(transaction, both, capture)).toBeUndefined();
    const decided = fold(first, slow, capture);
    const next = captured('a.1', 3, 102, 'a.1=2,b.1=1', 1, 'next');
    const extended = extendFold(transaction, decided, next);
    expect(extended && viewOf(extended)).toEqual(viewOf(fold(first, slow, capture, next)));
  });
});

describe('two events with one command id (R8)', () => {
  const opening = created('a.1', 0, 10);
  const seen = 'a.1=1';

  it('are one effect where they ask for the same: the second is a duplicate and no conflict', () => {
    const here = captured('a.1', 2, 10, seen, 4, 'key');
    const twin = captured('b.1', 1, 11, seen, 4, 'key');
    expect(summary(opening, here, twin)).toMatchObject({ state: 'captured 10/4/0', conflicts: [] });
    expect(fold(opening, here, twin).claims.get('key')).toEqual({ event: here });
  });

  it('with other fingerprints are a conflict, lost by the canonical second', () => {
    const here = captured('a.1', 2, 10, seen, 4, 'key');
    const other = captured('b.1', 1, 11, seen, 3, 'key');
    expect(summary(opening, here, other)).toMatchObject({
      state: 'captured 10/4/0',
      conflicts: [[other.id, 'idempotency_key_reused', here.id]],
    });
  });

  it('are a conflict where the first was refused and the second accepted', () => {
    const no = refused('a.1', 2, 10, seen, 'key', 4);
    const yes = captured('b.1', 1, 11, seen, 4, 'key');
    expect(summary(opening, no, yes)).toMatchObject({
      state: 'created 10/0/0',
      conflicts: [[yes.id, 'refused_elsewhere', no.id]],
    });
    expect(fold(opening, no, yes).conflicts[0]?.detail).toBe(
      'The same command was refused before: Too much.',
    );
    expect(fold(opening, no, yes).claims.get('key')).toMatchObject({
      event: no,
      refused: { detail: 'Too much.' },
    });
  });

  it('are none where the first was accepted and the second refused, whatever that asked for', () => {
    const yes = captured('a.1', 2, 10, seen, 4, 'key');
    for (const amount of [4, 3]) {
      const no = refused('b.1', 1, 11, seen, 'key', amount);
      expect(summary(opening, yes, no)).toMatchObject({ state: 'captured 10/4/0', conflicts: [] });
      expect(fold(opening, yes, no).claims.get('key')).toEqual({ event: yes });
    }
  });

  it('stay one effect where the first has lost a conflict: the second does not stand in for it', () => {
    const before = captured('b.1', 1, 9, seen, 8, 'rival');
    const here = captured('a.1', 2, 10, seen, 4, 'key');
    const twin = captured('b.1', 2, 12, 'a.1=1,b.1=1', 4, 'key');
    expect(summary(opening, before, here, twin)).toMatchObject({
      state: 'captured 10/8/0',
      conflicts: [[here.id, 'capture_exceeds_amount', before.id]],
    });
    expect(fold(opening, before, here, twin).claims.get('key')?.conflict?.code).toBe(
      'capture_exceeds_amount',
    );
  });
});

describe('a rule broken by concurrent decisions', () => {
  it('names what it was lost to: the last effect before it that its decision had not seen', () => {
    const opening = created('a.1', 0, 10);
    const rivals = [captured('b.1', 1, 5, 'a.1=1', 4), captured('b.1', 2, 6, 'a.1=1,b.1=1', 4)];
    const late = captured('c.1', 1, 7, 'a.1=1,b.1=1', 4);
    expect(summary(opening, ...rivals, late).conflicts).toEqual([
      [late.id, 'capture_exceeds_amount', rivals[1]?.id],
    ]);
  });

  it('costs the canonical later event its effect, and keeps it', () => {
    const opening = created('a.1', 0, 10);
    const cancelled = handMade(
      { origin: 'b.1', sequence: 1, at: 10, seen: 'a.1=1' },
      { type: 'voided.v1', data: {} },
    );
    const capture = captured('a.1', 2, 11, 'a.1=1', 4);
    expect(summary(opening, capture, cancelled)).toEqual({
      state: 'voided 10/0/0',
      opening: 'a.1',
      conflicts: [[capture.id, 'transaction_voided', cancelled.id]],
      pending: [],
    });
    expect(formatVersion(fold(opening, capture, cancelled).version)).toBe('a.1=2,b.1=1');
  });
});

describe('extending a fold', () => {
  const opening = created('a.1', 0, 10);
  const second = captured('a.1', 2, 10, 'a.1=1', 1);

  it.each<[string, DomainEvent]>([
    ['sorts before what is folded', captured('b.1', 1, 5, 'a.1=1', 1)],
    ['leaves a gap', captured('a.1', 4, 20, 'a.1=3', 1)],
    ['is in already', second],
    ['has seen what is not held', captured('b.1', 1, 20, 'a.1=3', 1)],
    ['is another create', created('b.1', 20, 9)],
    [
      'is not understood',
      { ...captured('a.1', 3, 20, 'a.1=2', 1), type: 'io.twinlog.transaction.captured.v9' },
    ],
  ])('is refused where the event %s', (_, event) => {
    expect(extendFold(transaction, fold(opening, second), event)).toBeUndefined();
  });

  it('is refused where something is pending, for the event may be what that waits for', () => {
    const pending = fold(opening, captured('a.1', 3, 11, 'a.1=2', 1));
    expect(extendFold(transaction, pending, second)).toBeUndefined();
  });

  it('is refused a second time, for the claims have moved on', () => {
    const before = fold(opening);
    expect(extendFold(transaction, before, second)).toBeDefined();
    expect(extendFold(transaction, before, captured('b.1', 1, 20, 'a.1=1', 1))).toBeUndefined();
  });
});

describe('the fold as a decision saw it (R10)', () => {
  it('holds what was seen and the event itself, and nothing that came since', () => {
    const opening = created('a.1', 0, 10);
    const concurrent = captured('b.1', 1, 5, 'a.1=1', 7);
    const event = captured('a.1', 2, 10, 'a.1=1', 4, 'key');
    const later = captured('a.1', 3, 20, 'a.1=2', 2);
    const events = [later, concurrent, event, opening];
    expect(foldAsDecided(transaction, events, event).state).toMatchObject({ captured: 4n });
    expect(fold(...events).conflicts.map((conflict) => conflict.event.id)).toEqual([event.id]);
  });
});
