import { describe, expect, it } from 'vitest';
import { transaction } from '../transaction/transaction.ts';
import type { DomainEvent } from './event.ts';
import { foldEvents } from './fold.ts';
import { handMade, yen } from './histories.fixture.ts';
import { compareStamps, newestStampOf } from './superseded.ts';

const created = handMade(
  { origin: 'aws.1', sequence: 1, at: 0, seen: '' },
  { type: 'created.v1', data: { account_id: 'account-1', ...yen(10) }, key: 'create' },
);

function captured(
  place: Parameters<typeof handMade>[0],
  amount: number,
  assignment: string,
  key?: string,
): DomainEvent {
  const event = handMade(place, {
    type: 'captured.v1',
    data: yen(amount),
    ...(key !== undefined && { key }),
  });
  return { ...event, assignment };
}

const lost = (events: readonly DomainEvent[]) =>
  foldEvents(transaction, events).conflicts.map(({ event, code }) => [event.source.slice(19), code]);

describe('the newest assignment', () => {
  it('is the last in their order, wherever it stands', () => {
    for (const stamps of [
      ['3.aws', '1.aws', '2.aws'],
      ['1.aws', '3.aws', '2.aws', '3.aws'],
      ['1.aws', '2.aws', '3.aws'],
      ['3.aws', '2.azure', '3.a'],
    ]) {
      expect(newestStampOf(stamps)).toBe('3.aws');
    }
    expect(newestStampOf([])).toBeUndefined();
  });
});

describe('the order of assignments', () => {
  it('is that of their counts as numbers, then of their cells', () => {
    const stamps = ['10.aws.home-cell', '9.azure', '9.aws.home-cell', '1.aws'];
    expect(stamps.toSorted(compareStamps)).toEqual([
      '1.aws',
      '9.aws.home-cell',
      '9.azure',
      '10.aws.home-cell',
    ]);
    expect(compareStamps('2.aws', '2.aws')).toBe(0);
    expect(compareStamps('2.aws', '2.aws.home-cell')).toBe(0);
    expect(compareStamps('2.aws', '2.azure')).toBeLessThan(0);
    expect(compareStamps('2.azure', '2.aws')).toBeGreaterThan(0);
  });
});

describe('a decision of an older assignment (R14)', () => {
  const old = captured({ origin: 'aws.1', sequence: 2, at: 5, seen: 'aws.1=1' }, 7, '1.aws.home-cell');

  it('is superseded, though its clock is the earlier one, where the first of the newer had not seen it', () => {
    const taken = captured({ origin: 'az.1', sequence: 1, at: 9, seen: 'aws.1=1' }, 6, '2.az.home-cell');
    const fold = foldEvents(transaction, [created, old, taken]);
    expect(fold.state?.captured).toBe(6n);
    expect(fold.conflicts).toEqual([expect.objectContaining({ event: old, code: 'superseded' })]);
  });

  it('is superseded as well where its clock is the later one', () => {
    const taken = captured({ origin: 'az.1', sequence: 1, at: 3, seen: 'aws.1=1' }, 6, '2.az.home-cell');
    expect(lost([created, taken, old])).toEqual([['aws.1', 'superseded']]);
  });

  it('stands against a request of a newer one, which decides nothing', () => {
    const request = {
      ...handMade(
        { origin: 'az.1', sequence: 1, at: 9, seen: 'aws.1=1' },
        { type: 'requested.v1', data: { command: { type: 'void' } } },
      ),
      requestof: 'key',
      fingerprint: 'print',
      assignment: '2.az.home-cell',
    };
    expect(lost([created, old, request])).toEqual([]);
  });

  it('stands where the first of the newer had seen it', () => {
    const taken = captured({ origin: 'az.1', sequence: 1, at: 9, seen: 'aws.1=2' }, 3, '2.az.home-cell');
    expect(foldEvents(transaction, [created, old, taken])).toMatchObject({
      state: { captured: 10n },
      conflicts: [],
    });
  });

  it('is judged by the first of the newer alone: what a later one had seen comes too late', () => {
    const first = captured({ origin: 'az.1', sequence: 1, at: 9, seen: 'aws.1=1' }, 1, '2.az.home-cell');
    const second = captured(
      { origin: 'az.1', sequence: 2, at: 20, seen: 'aws.1=2,az.1=1' },
      1,
      '2.az.home-cell',
    );
    expect(lost([created, old, first, second])).toEqual([['aws.1', 'superseded']]);
  });

  it('is not superseded by an assignment under any-cell, which only names the home', () => {
    const other = captured({ origin: 'az.1', sequence: 1, at: 9, seen: 'aws.1=1' }, 3, '2.az');
    expect(lost([created, old, other])).toEqual([]);
  });

  it('supersedes nothing itself once it is superseded', () => {
    const oldest = captured({ origin: 'gcp.1', sequence: 1, at: 3, seen: 'aws.1=1' }, 2, '1.gcp.home-cell');
    const middle = captured({ origin: 'aws.1', sequence: 2, at: 5, seen: 'aws.1=1' }, 7, '2.aws.home-cell');
    const newest = captured(
      { origin: 'az.1', sequence: 1, at: 9, seen: 'aws.1=1,gcp.1=1' },
      3,
      '3.az.home-cell',
    );
    const fold = foldEvents(transaction, [created, oldest, middle, newest]);
    expect(fold.conflicts.map(({ event }) => event)).toEqual([middle]);
    expect(fold.state?.captured).toBe(5n);
  });

  it('is a mere duplicate where the newer assignment decided the same command (R8)', () => {
    const first = captured(
      { origin: 'aws.1', sequence: 2, at: 5, seen: 'aws.1=1' },
      7,
      '1.aws.home-cell',
      'key',
    );
    const again = captured(
      { origin: 'az.1', sequence: 1, at: 9, seen: 'aws.1=1' },
      7,
      '2.az.home-cell',
      'key',
    );
    const fold = foldEvents(transaction, [created, first, again]);
    expect(fold.state?.captured).toBe(7n);
    expect(fold.conflicts).toEqual([]);
    expect(fold.claims.get('key')?.event).toBe(again);
  });

  it('chooses no create (R13)', () => {
    const other = handMade(
      { origin: 'az.1', sequence: 1, at: -5, seen: '' },
      { type: 'created.v1', data: { account_id: 'account-1', ...yen(99) }, key: 'create' },
    );
    const chooser = captured({ origin: 'az.1', sequence: 2, at: 5, seen: 'az.1=1' }, 1, '1.aws.home-cell');
    const taken = captured({ origin: 'aws.1', sequence: 2, at: 9, seen: 'aws.1=1' }, 2, '2.az.home-cell');
    const fold = foldEvents(transaction, [created, other, chooser, taken]);
    expect(fold.opening).toBe(created);
    expect(fold.state?.captured).toBe(2n);
  });

  it('leaves creates, requests and settlements alone: they are nobody’s to supersede', () => {
    const create = { ...created, assignment: '1.aws.home-cell' };
    const request = {
      ...handMade(
        { origin: 'aws.1', sequence: 2, at: 4, seen: 'aws.1=1' },
        { type: 'requested.v1', data: { command: { type: 'void' } } },
      ),
      requestof: 'key',
      fingerprint: 'print',
      assignment: '1.aws.home-cell',
    };
    const taken = captured({ origin: 'az.1', sequence: 1, at: 9, seen: '' }, 3, '2.az.home-cell');
    const fold = foldEvents(transaction, [create, request, taken]);
    expect(fold.state?.captured).toBe(3n);
    expect([...fold.requests.keys()]).toEqual(['key']);
    expect(fold.conflicts).toEqual([]);
  });
});
