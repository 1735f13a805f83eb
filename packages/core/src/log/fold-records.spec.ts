import { describe, expect, it } from 'vitest';
import { transaction } from '../transaction/transaction.ts';
import type { DomainEvent } from './event.ts';
import { fingerprintOf } from './fingerprint.ts';
import { foldEvents } from './fold.ts';
import { commandOf } from './folded.ts';
import { account, handMade, yen } from './histories.fixture.ts';

const fold = (...events: readonly DomainEvent[]) => foldEvents(transaction, events);
const opening = handMade(
  { origin: 'a.1', sequence: 1, at: 0, seen: '' },
  { type: 'created.v1', data: { account_id: account, ...yen(10) }, key: 'create' },
);
const captured = (origin: string, at: number, amount: number, key?: string) =>
  handMade(
    { origin, sequence: origin === 'a.1' ? 2 : 1, at, seen: 'a.1=1' },
    { type: 'captured.v1', data: yen(amount), ...(key !== undefined && { key }) },
  );

type Pair = { readonly command_id: string; readonly fingerprint: string };
const pairOf = ({ commandid, fingerprint, id }: DomainEvent): Pair => ({
  command_id: commandid ?? id,
  fingerprint: fingerprint ?? '',
});
const settled = (pair: Pair, origin = 'home.1', at = 50, code = 'capture_exceeds_amount') =>
  handMade(
    { origin, sequence: 1, at, seen: 'a.1=1' },
    { type: 'conflict.settled.v1', data: { ...pair, code }, key: 'settle:x' },
  );
const compensated = (pair: Pair, origin = 'home.1') =>
  handMade(
    { origin, sequence: origin === 'home.1' ? 2 : 1, at: 60, seen: 'a.1=1' },
    {
      type: 'conflict.compensated.v1',
      data: { ...pair, compensation: { kind: 'refund', ...yen(4) } },
      key: 'compensate:x',
    },
  );

describe('a command', () => {
  it('is told by its id and fingerprint together, or by the id of its event', () => {
    const named = captured('a.1', 10, 4, 'key');
    expect(commandOf(named)).toBe(`key\n${fingerprintOf(yen(4))}`);
    const anonymous = captured('a.1', 10, 4);
    expect(commandOf(anonymous)).toBe(`${anonymous.id}\n`);
  });
});

describe('a settled command (R16)', () => {
  const capture = captured('a.1', 10, 4, 'key');

  it('has lost, though no rule forbids it any more, and says so with its code and compensation', () => {
    const record = settled(pairOf(capture));
    const { state, conflicts, claims } = fold(opening, capture, record);
    expect(state?.captured).toBe(0n);
    expect(conflicts).toEqual([
      {
        event: capture,
        code: 'capture_exceeds_amount',
        detail: 'The home cell settled that it lost.',
        compensation: { kind: 'refund', ...yen(4) },
        isSettled: true,
        isCompensated: false,
      },
    ]);
    expect(claims.get('key')).toEqual({ event: capture, conflict: conflicts[0] });
    expect(claims.get('settle:x')).toEqual({ event: record });
  });

  it('is compensated once that is recorded, and not before', () => {
    const pair = pairOf(capture);
    const after = fold(opening, capture, settled(pair), compensated(pair));
    expect(after.conflicts).toMatchObject([{ isSettled: true, isCompensated: true }]);
    const other = fold(opening, capture, settled(pair), compensated({ ...pair, fingerprint: 'other' }));
    expect(other.conflicts).toMatchObject([{ isSettled: true, isCompensated: false }]);
  });

  it('is the one with this id and this fingerprint, and no other', () => {
    const { command_id, fingerprint } = pairOf(capture);
    for (const pair of [
      { command_id, fingerprint: 'other' },
      { command_id: 'other', fingerprint },
    ]) {
      expect(fold(opening, capture, settled(pair))).toMatchObject({ state: { captured: 4n }, conflicts: [] });
    }
  });

  it('may have no id of its own, and then is named by its event', () => {
    const anonymous = captured('a.1', 10, 4);
    const another = captured('b.1', 11, 3);
    const { state, conflicts } = fold(opening, anonymous, another, settled(pairOf(anonymous)));
    expect(state?.captured).toBe(3n);
    expect(conflicts).toMatchObject([{ event: anonymous, isSettled: true }]);
  });

  it('has lost for whichever event of it is the canonical first', () => {
    const twin = captured('b.1', 5, 4, 'key');
    const { state, conflicts } = fold(opening, capture, twin, settled(pairOf(capture)));
    expect(state?.captured).toBe(0n);
    expect(conflicts.map(({ event }) => event)).toEqual([twin]);
  });

  it('is settled once where two homes settle it', () => {
    const records = [settled(pairOf(capture)), settled(pairOf(capture), 'other.1', 51)];
    const { conflicts, claims } = fold(opening, capture, ...records);
    expect(conflicts).toHaveLength(1);
    expect(claims.get('settle:x')).toEqual({ event: records[0] });
  });
});

describe('a record whose id another claims', () => {
  it('is no conflict, whatever it says: it took no effect that a client was told of', () => {
    const capture = captured('a.1', 10, 4, 'settle:x');
    const { conflicts, claims } = fold(opening, capture, settled({ command_id: 'x', fingerprint: 'y' }));
    expect(conflicts).toEqual([]);
    expect(claims.get('settle:x')).toEqual({ event: capture });
  });
});

describe('a conflict', () => {
  it('calls for nothing where its effect moved no money, and is open', () => {
    const voided = handMade(
      { origin: 'b.1', sequence: 1, at: 11, seen: 'a.1=1' },
      { type: 'voided.v1', data: {}, key: 'void' },
    );
    const capture = captured('a.1', 10, 4, 'key');
    const [conflict] = fold(opening, capture, voided).conflicts;
    expect(conflict).toStrictEqual({
      event: voided,
      code: 'transaction_captured',
      detail: 'What is captured cannot be voided. Refund it instead.',
      lostTo: capture.id,
      isSettled: false,
      isCompensated: false,
    });
  });

  it('calls for nothing where the aggregate knows of no compensation', () => {
    const { compensation: _, ...moneyless } = transaction;
    const lost = captured('b.1', 11, 8);
    const { conflicts } = foldEvents(moneyless, [opening, captured('a.1', 10, 4), lost]);
    expect(conflicts.map((conflict) => [conflict.event, 'compensation' in conflict])).toEqual([
      [lost, false],
    ]);
  });

  it('is one for each command that lost, also where the commands have no ids', () => {
    const lost = [captured('b.1', 11, 8), captured('c.1', 12, 9)];
    const { conflicts } = fold(opening, captured('a.1', 10, 4), ...lost);
    expect(conflicts.map(({ event }) => event)).toEqual(lost);
  });

  it('is one where one command that reused a key lost in two cells', () => {
    const first = captured('a.1', 10, 4, 'key');
    const [other, twin] = [captured('b.1', 11, 3, 'key'), captured('c.1', 12, 3, 'key')];
    expect(fold(opening, first, other, twin).conflicts).toEqual([
      {
        event: other,
        code: 'idempotency_key_reused',
        detail: 'Another command was sent with this key before.',
        lostTo: first.id,
        compensation: { kind: 'refund', ...yen(3) },
        isSettled: false,
        isCompensated: false,
      },
    ]);
  });

  it('says of a superseded decision why it lost (R14)', () => {
    const old = { ...captured('a.1', 10, 4, 'key'), assignment: '1.a.home-cell' };
    const taken = { ...captured('b.1', 20, 3, 'other'), assignment: '2.b.home-cell' };
    expect(fold(opening, old, taken).conflicts).toMatchObject([
      {
        event: old,
        code: 'superseded',
        detail: 'A later assignment gave the decision to another cell, which had not seen this one.',
      },
    ]);
  });
});

describe('a request (R15)', () => {
  const data = { command: { type: 'void' }, if_match: 'a.1=1' };
  const requested = (origin: string, at: number, id: string): DomainEvent => ({
    ...handMade({ origin, sequence: 1, at, seen: 'a.1=1' }, { type: 'requested.v1', data }),
    requestof: id,
    fingerprint: 'print',
  });

  it('is listed by the id of its command, the canonical first of each, and claims nothing', () => {
    const [first, again] = [requested('b.1', 10, 'wish'), requested('c.1', 11, 'wish')];
    const other = requested('d.1', 12, 'another');
    const { requests, claims, newest, state } = fold(opening, other, again, first);
    expect([...requests]).toEqual([
      ['wish', { event: first, requested: data }],
      ['another', { event: other, requested: data }],
    ]);
    expect([...claims.keys()]).toEqual(['create']);
    expect(newest).toBe(other.id);
    expect(state?.status).toBe('created');
  });

  it('of one stream is none of another', () => {
    fold(opening, requested('b.1', 10, 'wish'));
    expect(fold(opening).requests.size).toBe(0);
    expect(fold()).toEqual({
      ...{ state: undefined, opening: undefined, newest: undefined, stamp: undefined },
      ...{ version: new Map(), claims: new Map(), requests: new Map(), settled: new Map() },
      ...{
        conflicts: [],
        pending: [],
        held: 0,
        openings: 0,
        isChosen: false,
        compensated: new Set(),
        spent: false,
      },
    });
  });
});

describe('the create that counts', () => {
  const rival = handMade(
    { origin: 'b.1', sequence: 1, at: -50, seen: '' },
    { type: 'created.v1', data: { account_id: account, ...yen(5) }, key: 'create' },
  );

  it('is applied once, also where it has no command id', () => {
    const { commandid: _, fingerprint: __, ...anonymous } = opening;
    const { state, conflicts, claims } = fold(anonymous, captured('a.1', 10, 4));
    expect(state?.captured).toBe(4n);
    expect(conflicts).toEqual([]);
    expect(claims.size).toBe(0);
  });

  it('is a create: whatever else the first later decision had seen is passed over (R13)', () => {
    const request = {
      ...handMade(
        { origin: 'c.1', sequence: 1, at: -60, seen: '' },
        { type: 'requested.v1', data: { command: { type: 'void' } } },
      ),
      requestof: 'wish',
      fingerprint: 'print',
    };
    const decision = { ...captured('a.1', 10, 4), seen: 'a.1=1,c.1=1' };
    expect(fold(request, rival, opening, decision).opening).toBe(opening);
  });
});

describe('what a fold holds', () => {
  it('is what counts and what is pending, and the newest of what counts, wherever it stands', () => {
    const late = captured('a.1', -10, 4);
    const pending = handMade(
      { origin: 'b.1', sequence: 2, at: 99, seen: 'a.1=1' },
      { type: 'captured.v1', data: yen(1) },
    );
    expect(fold(pending, late, opening)).toMatchObject({ held: 3, newest: opening.id });
  });
});
