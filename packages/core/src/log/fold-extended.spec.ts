import { describe, expect, it } from 'vitest';
import { transaction } from '../transaction/transaction.ts';
import type { DomainEvent } from './event.ts';
import { extendFold, foldEvents } from './fold.ts';
import type { OwnedFold } from './folded.ts';
import { account, handMade, yen } from './histories.fixture.ts';
import { meaningOf } from './meaning.ts';

const fold = (...events: readonly DomainEvent[]) => foldEvents(transaction, events);

/** An event of this origin and sequence, so many milliseconds after the epoch, that had seen this. */
type Place = readonly [origin: string, sequence: number, at: number, seen: string];

function event([origin, sequence, at, seen]: Place, effect: Parameters<typeof handMade>[1]): DomainEvent {
  return handMade({ origin, sequence, at, seen }, effect);
}
const created = (place: Place, amount: number) =>
  event(place, { type: 'created.v1', data: { account_id: account, ...yen(amount) }, key: 'create' });
const captured = (place: Place, amount: number, key?: string) =>
  event(place, { type: 'captured.v1', data: yen(amount), ...(key !== undefined && { key }) });
const refused = (place: Place, key: string) =>
  event(place, { type: 'refused.v1', data: { code: 'x', detail: 'No.', command: {} }, key });
const requested = (place: Place, id: string): DomainEvent => ({
  ...event(place, { type: 'requested.v1', data: { command: { type: 'void' } } }),
  requestof: id,
  fingerprint: 'print',
});
const record = (place: Place, type: 'settled' | 'compensated') =>
  event(place, {
    type: `conflict.${type}.v1`,
    data: {
      command_id: 'x',
      fingerprint: 'y',
      ...(type === 'settled' ? { code: 'z' } : { compensation: { kind: 'refund', ...yen(1) } }),
    },
    key: type,
  });
const under = (assignment: string, of: DomainEvent): DomainEvent => ({ ...of, assignment });

const opening = created(['a.1', 1, 0, ''], 10);
const rival = created(['b.1', 1, -50, ''], 5);
const second = captured(['a.1', 2, 10, 'a.1=1'], 4, 'key');

describe('an extended fold', () => {
  it.each<[string, readonly DomainEvent[], DomainEvent]>([
    ['a create, the first event of all', [], opening],
    ['a create under a later assignment, the first event of all', [], under('7.b.home-cell', opening)],
    ['a capture', [opening], second],
    ['an event without a command id', [opening], captured(['a.1', 2, 10, 'a.1=1'], 4)],
    ['an event of another origin', [opening, second], captured(['b.1', 1, 11, 'a.1=1'], 4)],
    ['an event that has seen less', [opening, second], captured(['b.1', 1, 11, 'a.1=1'], 4, 'other')],
    ['the same command again', [opening, second], captured(['b.1', 1, 11, 'a.1=1'], 4, 'key')],
    ['a reused key', [opening, second], captured(['b.1', 1, 11, 'a.1=1'], 5, 'key')],
    ['a refusal', [opening], refused(['a.1', 2, 10, 'a.1=1'], 'no')],
    ['a request', [opening], requested(['b.1', 1, 10, 'a.1=1'], 'wish')],
    [
      'a second request',
      [opening, requested(['b.1', 1, 10, 'a.1=1'], 'wish')],
      requested(['b.1', 2, 11, 'a.1=1,b.1=1'], 'another'),
    ],
    [
      'a decision after one that chose between two creates',
      [opening, rival, second],
      captured(['a.1', 3, 11, 'a.1=2'], 1),
    ],
    [
      'a decision after a settlement',
      [opening, second, record(['a.1', 3, 11, 'a.1=2'], 'settled')],
      captured(['a.1', 4, 12, 'a.1=3'], 1),
    ],
    [
      'a decision under a later assignment that has seen all (R14)',
      [opening],
      under('2.b.home-cell', second),
    ],
    [
      'a decision that has seen all, after events of several assignments (R14)',
      [opening, under('2.b.home-cell', second)],
      under('2.b.home-cell', captured(['a.1', 3, 11, 'a.1=2'], 1)),
    ],
    [
      'a decision beside one that was superseded (R14)',
      [opening, second, under('2.b.home-cell', captured(['b.1', 1, 11, 'a.1=1'], 1))],
      under('2.b.home-cell', captured(['b.1', 2, 12, 'a.1=2,b.1=1'], 1, 'more')),
    ],
    [
      'a request under an older assignment (R14)',
      [opening, under('2.b.home-cell', second)],
      requested(['b.1', 1, 11, 'a.1=1'], 'wish'),
    ],
  ])('equals in every part the fold at once: %s', (_, before, next) => {
    const extended = extendFold(transaction, fold(...before), next);
    expect(extended).toEqual(fold(...before, next));
  });

  it.each<[string, readonly DomainEvent[], DomainEvent]>([
    ['settles a conflict (R16)', [opening, second], record(['a.1', 3, 11, 'a.1=2'], 'settled')],
    ['records a compensation', [opening, second], record(['a.1', 3, 11, 'a.1=2'], 'compensated')],
    [
      'may supersede: a later assignment, and not all seen (R14)',
      [opening, second],
      under('2.b.home-cell', captured(['b.1', 1, 11, 'a.1=1'], 1)),
    ],
    [
      'claims an id that only something superseded claims (R14)',
      [opening, second, under('2.b.home-cell', captured(['b.1', 1, 11, 'a.1=1'], 1))],
      under('2.b.home-cell', captured(['b.1', 2, 12, 'a.1=2,b.1=1'], 4, 'key')),
    ],
    [
      'follows events of several assignments, the first of which is its own',
      [opening, under('2.b.home-cell', second)],
      captured(['a.1', 3, 11, 'a.1=2'], 1),
    ],
    [
      'leaves a gap, though all is there that it has seen',
      [opening, second],
      captured(['a.1', 4, 11, 'a.1=2'], 1),
    ],
    [
      'loses a conflict to what it had not seen',
      [opening, second],
      captured(['b.1', 1, 11, 'a.1=1'], 8, 'other'),
    ],
    [
      'was settled before it came (R16)',
      [opening, second, record(['a.1', 3, 11, 'a.1=2'], 'settled')],
      { ...captured(['b.1', 1, 12, 'a.1=1'], 1, 'x'), fingerprint: 'y' },
    ],
    ['has the id of the newest', [opening, second], captured(['b.1', 1, 10, 'a.1=1'], 1)],
    ['is a second create, and sorts last', [opening], created(['b.1', 1, 60, ''], 5)],
    ['chooses between two creates (R13)', [opening, rival], second],
    [
      'chooses between two creates, between which and it there is but a request (R13)',
      [opening, rival, requested(['c.1', 1, 5, 'a.1=1'], 'wish')],
      second,
    ],
  ])('is not made where the event %s', (_, before, next) => {
    expect(extendFold(transaction, fold(...before), next)).toBeUndefined();
  });

  it('leaves the fold it was made of as it was, but spent', () => {
    const before = fold(opening);
    extendFold(transaction, before, requested(['b.1', 1, 10, 'a.1=1'], 'wish'));
    expect(before).toEqual({ ...fold(opening), spent: true });
  });

  it('takes over the state that its caller has worked out, and no other way to see the event', () => {
    const before: OwnedFold<NonNullable<ReturnType<typeof fold>['state']>> = fold(opening);
    const { state } = fold(opening, second);
    const next = extendFold(transaction, before, second, meaningOf(transaction, second), state);
    expect(next?.state).toBe(state);
    expect(next).toEqual(fold(opening, second));
  });
});
