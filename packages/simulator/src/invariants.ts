import {
  canonically,
  type DomainEvent,
  type Fold,
  foldEvents,
  originOf,
  type Transaction,
} from '@twinlog/core';
import { currentCode } from './aggregates.ts';
import { bodyOf } from './answers.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** The amount of an event in units, by plain arithmetic: no amount of these runs has anything behind its point. */
export function unitsOf(event: DomainEvent): number {
  return Number(event.data.amount ?? 0);
}

function isCounted<State>(fold: Fold<State>, event: DomainEvent): boolean {
  return Number(event.sequence) <= (fold.version.get(originOf(event)) ?? 0);
}

/** Whether the fold says that an accepted event has its effect: it claims its id, and lost no conflict. */
export function stands<State>(fold: Fold<State>, event: DomainEvent): boolean {
  if (!isCounted(fold, event)) return false;
  if (event.commandid === undefined)
    return !fold.conflicts.some((conflict) => conflict.event.id === event.id);
  const claim = fold.claims.get(event.commandid);
  return claim?.event.id === event.id && claim.refused === undefined && claim.conflict === undefined;
}

/** Whether the fold reports that an accepted event, or a twin of its, is without the effect that a client was told of. */
export function isReported<State>(fold: Fold<State>, { id, commandid, fingerprint }: DomainEvent): boolean {
  const isSame = (other: DomainEvent) =>
    commandid === undefined
      ? other.id === id
      : other.commandid === commandid && other.fingerprint === fingerprint;
  if (fold.conflicts.some(({ event }) => isSame(event))) return true;
  const claim = commandid === undefined ? undefined : fold.claims.get(commandid);
  return claim?.conflict !== undefined && isSame(claim.event);
}

/** For how many of the streams the fold is made again from shuffled copies. */
const shuffleRate = 0.1;

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const order = items.map((item) => ({ item, at: random.next() }));
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/**
 * Holds one cell's view of a stream against plain arithmetic on the raw events: each command once, money within its
 * bounds, and the same view whatever order the events come in (R4).
 */
export function checkStream(
  stage: Stage,
  random: Random,
  cell: string,
  events: readonly DomainEvent[],
): Fold<Transaction> {
  const fold = foldEvents(currentCode, events);
  const [first] = events;
  if (first === undefined) return fold;
  const stream = first.partitionkey;
  const fail = (invariant: string, detail: string) => stage.fail(invariant, `${cell}: ${detail}`, stream);

  for (const { event } of fold.conflicts) stage.tentative.add(event.id);
  checkMoney(fold, events, fail);
  checkClaims(fold, events, fail);
  checkAssignments(fold, events, fail);
  if (random.chance(shuffleRate)) {
    const copies = shuffled(random, [...events, ...events.slice(0, random.int(events.length + 1))]);
    const again = foldEvents(currentCode, copies);
    if (!sameView(fold, again)) fail('equal sets give equal state', `${viewOf(fold)} or ${viewOf(again)}`);
  }
  return fold;
}

function checkMoney(
  fold: Fold<Transaction>,
  events: readonly DomainEvent[],
  fail: (invariant: string, detail: string) => void,
): void {
  const { state } = fold;
  const sums = { created: 0, captured: 0, refunded: 0, voided: 0 };
  let creates = 0;
  for (const event of events) {
    if (!stands(fold, event)) continue;
    if (event.type.endsWith('.created.v1')) {
      creates += 1;
      sums.created = unitsOf(event);
    } else if (event.type.endsWith('.captured.v1')) sums.captured += unitsOf(event);
    else if (event.type.endsWith('.refunded.v1')) sums.refunded += unitsOf(event);
    else if (event.type.endsWith('.voided.v1')) sums.voided += 1;
  }
  if (sums.captured > sums.created || sums.refunded > sums.captured) {
    fail('no more captured than authorised, nor refunded than captured', JSON.stringify(sums));
  }
  if (sums.voided > 1 || (sums.voided > 0 && sums.captured > 0)) {
    fail('capture and void never both stand', JSON.stringify(sums));
  }
  if (state === undefined) {
    if (creates > 0) fail('one effect per command id', 'a create stands and there is no state');
    return;
  }
  const scale = state.currency === 'JPY' ? 1 : 100;
  const inState = [state.authorised, state.captured, state.refunded].map((minor) => Number(minor) / scale);
  const expected = [sums.created, sums.captured, sums.refunded];
  if (
    creates !== 1 ||
    inState.join() !== expected.join() ||
    (state.status === 'voided') !== sums.voided > 0
  ) {
    fail(
      'one effect per command id',
      `the state is ${bodyOf(state)}, the events come to ${JSON.stringify(sums)}`,
    );
  }
}

/** R8: an id is claimed by the canonical first of the counted events that carry it; R13 alone excepts creates. */
function checkClaims(
  fold: Fold<Transaction>,
  events: readonly DomainEvent[],
  fail: (invariant: string, detail: string) => void,
): void {
  const first = new Map<string, DomainEvent>();
  for (const event of events) {
    if (event.commandid === undefined || !isCounted(fold, event)) continue;
    const known = first.get(event.commandid);
    if (known === undefined || canonically(event, known) < 0) first.set(event.commandid, event);
  }
  // What a takeover supersedes claims an id only where nothing else does (R14).
  const stamps = new Set(events.map(({ assignment }) => assignment));
  if (stamps.size > 1 && events.some(({ assignment }) => assignment.endsWith('.home-cell'))) return;
  for (const [id, event] of first) {
    const claim = fold.claims.get(id);
    if (claim === undefined)
      fail('a command ends in one decision', `${id} is decided and claimed by nothing`);
    else if (claim.event.id !== event.id && !event.type.endsWith('.created.v1')) {
      fail(
        'a command ends in one decision',
        `${id} is claimed by ${claim.event.id}, and ${event.id} came first`,
      );
    }
  }
}

function isDecision({ type }: DomainEvent): boolean {
  return !type.endsWith('.created.v1') && !type.endsWith('.requested.v1') && !type.includes('.conflict.');
}

/** An assignment's version, as numbers and text that compare as versions do. */
function versionOf({ assignment }: DomainEvent): readonly [n: number, cell: string] {
  const [n, cell = ''] = assignment.split('.');
  return [Number(n), cell];
}

function isLater(a: DomainEvent, b: DomainEvent): boolean {
  const [[n, cell], [m, other]] = [versionOf(a), versionOf(b)];
  return n > m || (n === m && cell > other);
}

function hasSeen({ seen }: DomainEvent, event: DomainEvent): boolean {
  return seen.split(',').some((entry) => {
    const [origin, sequence] = entry.split('=');
    return origin === originOf(event) && Number(sequence) >= Number(event.sequence);
  });
}

/**
 * R14: no decision stands beside one of a later assignment, under a home, that had not seen it; unless that one may
 * itself be superseded, because one of a later assignment still had not seen it.
 */
function checkAssignments(
  fold: Fold<Transaction>,
  events: readonly DomainEvent[],
  fail: (invariant: string, detail: string) => void,
): void {
  if (new Set(events.map(({ assignment }) => assignment)).size === 1) return;
  const decisions = events.filter((event) => isDecision(event) && isCounted(fold, event));
  const isBeyond = (later: DomainEvent, event: DomainEvent) =>
    later.assignment.endsWith('.home-cell') && isLater(later, event) && !hasSeen(later, event);
  for (const later of decisions) {
    if (decisions.some((latest) => isBeyond(latest, later))) continue;
    const earlier = decisions.find((event) => stands(fold, event) && isBeyond(later, event));
    if (earlier) {
      fail('a later assignment is not undone by an earlier one', `${earlier.id} stands beside ${later.id}`);
    }
  }
}

/** All that a fold tells, as text that two equal folds share. */
export function viewOf(fold: Fold<Transaction>): string {
  const conflicts = fold.conflicts.map(({ event, code, lostTo }) => `${event.id} ${code} ${lostTo}`);
  const pending = fold.pending.map(({ event, reason }) => `${event.id} ${reason}`);
  const state = fold.state === undefined ? 'nothing' : bodyOf(fold.state);
  return [state, fold.opening?.id, fold.newest, ...conflicts, ...pending].join('; ');
}

export function sameView(a: Fold<Transaction>, b: Fold<Transaction>): boolean {
  if (viewOf(a) !== viewOf(b) || a.version.size !== b.version.size || a.claims.size !== b.claims.size)
    return false;
  for (const [origin, sequence] of a.version) if (b.version.get(origin) !== sequence) return false;
  for (const [id, claim] of a.claims) {
    const other = b.claims.get(id);
    if (other?.event.id !== claim.event.id || other.conflict?.code !== claim.conflict?.code) return false;
  }
  return true;
}
