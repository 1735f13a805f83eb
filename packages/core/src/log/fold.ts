import { type Aggregate, type AggregateEvent, isRefusal } from '../aggregate.ts';
import {
  type CountedEvent,
  countEvents,
  type Meaning,
  meaningOf,
  type PendingEvent,
  type RefusedData,
} from './counted.ts';
import { type DomainEvent, type EventData, originOf, sequenceOf } from './event.ts';
import { covers, formatVersion, parseVersion, type VersionVector } from './version-vector.ts';

/** The event that a command id stands for (R8): the canonical first of those that carry it. */
export interface Claim {
  readonly event: DomainEvent;
  /** There if the command was refused. */
  readonly refused?: RefusedData;
  /** There if the event lost a conflict: the client was told of an effect that does not stand. */
  readonly conflict?: Conflict;
}

/**
 * An event that at its place in canonical order breaks a rule, because it was decided concurrently. It is
 * kept, has no effect on the state, and is reported. Tentative: an older event may still arrive.
 */
export interface Conflict {
  readonly event: DomainEvent;
  /** The rule's code, the same that a client is refused with. */
  readonly code: string;
  readonly detail: string;
  /** The id of the event that stands in its place, where the rule names one. */
  readonly lostTo?: string;
}

/** A stream as a cell sees it: a pure function of the set of events it holds (R4). */
export interface Fold<State> {
  /** Undefined until an event that opens the stream counts. */
  readonly state: State | undefined;
  /** The event that opened the stream (R13). */
  readonly opening: DomainEvent | undefined;
  readonly version: VersionVector;
  /** The newest counted event in canonical order: the stream's clock (R2). */
  readonly newest: string | undefined;
  /** By command id. */
  readonly claims: ReadonlyMap<string, Claim>;
  readonly conflicts: readonly Conflict[];
  readonly pending: readonly PendingEvent[];
  /** How many events are held, counted or not, each once. */
  readonly held: number;
}

/**
 * A fold whose holder may extend it. Extending hands the claims on to the new fold instead of copying them: the
 * old one is then spent, and its claims are no longer those of its version.
 */
export interface OwnedFold<State> extends Fold<State> {
  state: State | undefined;
  opening: DomainEvent | undefined;
  newest: string | undefined;
  conflicts: readonly Conflict[];
  readonly claims: Map<string, Claim>;
  /** How many of the counted events open the stream. */
  readonly openings: number;
  spent: boolean;
}

function isOpening<Event extends AggregateEvent>(meaning: Meaning<Event>, opening: string): boolean {
  return 'effect' in meaning && meaning.effect.type === opening;
}

/**
 * R13: the create that counts is the canonical first among those that the stream's first later decision had
 * seen; before there is any, the canonical first.
 */
function chooseOpening<Event extends AggregateEvent>(
  counted: readonly CountedEvent<Event>[],
  opening: string,
): CountedEvent<Event> | undefined {
  const creates = counted.filter(({ meaning }) => isOpening(meaning, opening));
  const later = counted.find(({ meaning }) => !isOpening(meaning, opening));
  const seen = parseVersion(later?.event.seen ?? '');
  return creates.find(({ event }) => sequenceOf(event) <= (seen.get(originOf(event)) ?? 0)) ?? creates[0];
}

/** Applies one counted event, at its place in the order, to what came before it. */
function apply<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  fold: OwnedFold<State>,
  { event, meaning }: CountedEvent<Event>,
  evolved?: State,
): void {
  if (fold.newest === undefined || event.id > fold.newest) fold.newest = event.id;
  const lose = (code: string, detail: string, lostTo?: string): Conflict => {
    const conflict: Conflict = { event, code, detail, ...(lostTo !== undefined && { lostTo }) };
    fold.conflicts = [...fold.conflicts, conflict];
    return conflict;
  };

  const claim = event.commandid === undefined ? undefined : fold.claims.get(event.commandid);
  if (claim) {
    // R8: one command id, one effect. A refusal that comes second undoes nothing, so it is a mere duplicate.
    if ('refused' in meaning) return;
    if (claim.event.fingerprint !== event.fingerprint) {
      lose('idempotency_key_reused', 'Another command was sent with this key before.', claim.event.id);
    } else if (claim.refused) {
      lose(
        'refused_elsewhere',
        `The same command was refused before: ${claim.refused.detail}`,
        claim.event.id,
      );
    }
    return;
  }

  let outcome: Pick<Claim, 'refused' | 'conflict'> = {};
  if ('refused' in meaning) {
    outcome = { refused: meaning.refused };
  } else {
    const next = evolved ?? aggregate.evolve(fold.state, meaning.effect);
    if (isRefusal(next)) {
      outcome = { conflict: lose(next.refusal, next.detail) };
    } else {
      fold.state = next;
      if (meaning.effect.type === aggregate.opening) fold.opening = event;
    }
  }
  if (event.commandid !== undefined) fold.claims.set(event.commandid, { event, ...outcome });
}

/**
 * Folds the events held of one stream, in any order and number of copies the store may hand them out in.
 * R4: the answer is a pure function of the set of counted events; no clock is looked at.
 */
export function foldEvents<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  events: readonly DomainEvent[],
): OwnedFold<State> {
  const { counted, version, pending } = countEvents(aggregate, events);
  const fold: OwnedFold<State> = {
    state: undefined,
    opening: undefined,
    version,
    newest: undefined,
    claims: new Map(),
    conflicts: [],
    pending,
    held: counted.length + pending.length,
    openings: counted.filter(({ meaning }) => isOpening(meaning, aggregate.opening)).length,
    spent: false,
  };
  const opening = chooseOpening(counted, aggregate.opening);
  if (opening) apply(aggregate, fold, opening);
  for (const entry of counted) if (entry !== opening) apply(aggregate, fold, entry);
  return fold;
}

/** Whether all that a decision had seen is counted. Mostly it had seen just that, which text alone tells. */
function hasSeen(version: VersionVector, seen: string): boolean {
  return seen === formatVersion(version) || covers(version, parseVersion(seen));
}

/**
 * The fold with one more event, without folding the rest again; or undefined where that event may change the
 * meaning of what is folded already: it sorts before it, leaves a gap or fills one, is another create, or is
 * the decision that chooses between creates (R13). Undefined too where the fold is spent.
 *
 * @param meaning what the event means, where the caller has just decided it and so knows.
 * @param evolved the state after it, where the caller has just decided it on this very fold.
 */
export function extendFold<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  fold: OwnedFold<State>,
  event: DomainEvent,
  meaning: Meaning<Event> | undefined = meaningOf(aggregate, event),
  evolved?: State,
): OwnedFold<State> | undefined {
  const origin = originOf(event);
  const sequence = sequenceOf(event);
  const opening = meaning !== undefined && isOpening(meaning, aggregate.opening);
  if (
    fold.spent ||
    meaning === undefined ||
    fold.pending.length > 0 ||
    sequence !== (fold.version.get(origin) ?? 0) + 1 ||
    (fold.newest !== undefined && (opening || event.id <= fold.newest)) ||
    (fold.openings > 1 && fold.openings === fold.held) ||
    !hasSeen(fold.version, event.seen)
  ) {
    return undefined;
  }
  const next: OwnedFold<State> = {
    ...fold,
    version: new Map(fold.version).set(origin, sequence),
    held: fold.held + 1,
    openings: fold.openings + (opening ? 1 : 0),
  };
  fold.spent = true;
  apply(aggregate, next, { event, meaning }, evolved);
  return next;
}

/** The fold that the decision of `event` saw, with the event on top: what its first answer told (R10). */
export function foldAsDecided<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  events: readonly DomainEvent[],
  event: DomainEvent,
): Fold<State> {
  const seen = parseVersion(event.seen);
  const before = events.filter((held) => sequenceOf(held) <= (seen.get(originOf(held)) ?? 0));
  return foldEvents(aggregate, [...before, event]);
}
