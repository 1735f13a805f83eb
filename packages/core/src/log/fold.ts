import { type Aggregate, type AggregateEvent, isRefusal } from '../aggregate.ts';
import { apply, type Building } from './apply.ts';
import { type CountedEvent, countEvents } from './counted.ts';
import { type DomainEvent, type EventData, originOf, sequenceOf } from './event.ts';
import { commandOf, emptyFold, type Fold, type OwnedFold } from './folded.ts';
import { isDecision, isOpening, type Meaning, meaningOf, type SettledData } from './meaning.ts';
import { compareStamps, findSuperseded, newestStampOf } from './superseded.ts';
import { covers, formatVersion, parseVersion } from './version-vector.ts';

/**
 * R13: the create that counts is the canonical first among those that the stream's first later decision had
 * seen; before there is any, the canonical first. A superseded decision chooses none (R14).
 */
function chooseOpening<Event extends AggregateEvent>(
  counted: readonly CountedEvent<Event>[],
  opening: string,
  superseded: ReadonlyMap<DomainEvent, string>,
): CountedEvent<Event> | undefined {
  const creates = counted.filter(({ meaning }) => isOpening(meaning, opening));
  const later = counted.find(({ event, meaning }) => isDecision(meaning, opening) && !superseded.has(event));
  const seen = parseVersion(later?.event.seen ?? '');
  return creates.find(({ event }) => sequenceOf(event) <= (seen.get(originOf(event)) ?? 0)) ?? creates[0];
}

/**
 * Folds the events held of one stream, in any order and number of copies the store may hand them out in.
 * R4: the answer is a pure function of the set of counted events; no clock is looked at.
 */
export function foldEvents<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  events: readonly DomainEvent[],
): OwnedFold<State> {
  if (events.length === 0) return emptyFold();
  const { counted, version, pending } = countEvents(aggregate, events);
  const settled = new Map<string, SettledData>();
  const compensated = new Set<string>();
  for (const { meaning } of counted) {
    if ('settled' in meaning) settled.set(settledCommand(meaning.settled), meaning.settled);
    if ('compensated' in meaning) compensated.add(settledCommand(meaning.compensated));
  }
  const first = counted[0]?.event.assignment;
  const stamp = counted.every(({ event }) => event.assignment === first) ? first : undefined;
  const building: Building = { requests: new Map(), conflicts: [], lost: new Map() };
  const fold: OwnedFold<State> = {
    ...emptyFold(),
    requests: building.requests,
    conflicts: building.conflicts,
    version,
    newestStamp: stamp ?? newestStampOf(counted.map(({ event }) => event.assignment)),
    pending,
    held: counted.length + pending.length,
    openings: counted.filter(({ meaning }) => isOpening(meaning, aggregate.opening)).length,
    isChosen: counted.some(({ meaning }) => isDecision(meaning, aggregate.opening)),
    stamp,
    settled,
    compensated,
  };
  const superseded = findSuperseded(counted, aggregate.opening);
  const opening = chooseOpening(counted, aggregate.opening, superseded);
  const effective: DomainEvent[] = [];
  if (opening) apply(aggregate, fold, opening, { effective, building });
  for (const entry of counted) {
    if (entry !== opening && !superseded.has(entry.event))
      apply(aggregate, fold, entry, { effective, building });
  }
  // R8: what is superseded claims a command id only where nothing else does.
  for (const entry of superseded.size === 0 ? [] : counted) {
    const supersededBy = superseded.get(entry.event);
    if (supersededBy !== undefined) apply(aggregate, fold, entry, { supersededBy, building });
  }
  return fold;
}

function settledCommand({
  command_id,
  fingerprint,
}: Pick<SettledData, 'command_id' | 'fingerprint'>): string {
  return `${command_id}\n${fingerprint}`;
}

function newerStamp(known: string | undefined, stamp: string): string {
  return known === undefined || known === stamp || compareStamps(stamp, known) > 0 ? stamp : known;
}

/**
 * R14: whether an event may supersede what is folded, or be superseded by it, or claim a command id that only something
 * superseded claims. None of it where one assignment has decided all; nor where a decision under the newest has seen all
 * the rest and brings a command id of its own.
 */
function mayTurn<State>(fold: OwnedFold<State>, event: DomainEvent, isDecided: boolean): boolean {
  const { held, stamp, newestStamp, version, claims } = fold;
  if (held === 0 || stamp === event.assignment || !isDecided) return false;
  return (
    newerStamp(newestStamp, event.assignment) !== event.assignment ||
    event.seen !== formatVersion(version) ||
    (event.commandid !== undefined && claims.has(event.commandid))
  );
}

/**
 * The fold with one more event, without folding the rest again; or undefined where that event may change the
 * meaning of what is folded already: it sorts before it, leaves a gap or fills one, is another create, is the
 * decision that chooses between creates (R13), settles or compensates (R16), lost a conflict to what it had not seen, or
 * may supersede or be superseded (`mayTurn`, R14). Undefined too where the fold is spent.
 *
 * @param meaning what the event means, where the caller has just decided it and so knows.
 * @param evolved the state after it, where the caller has just decided it on this very fold, and it has seen just that.
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
    'settled' in meaning ||
    'compensated' in meaning ||
    fold.pending.length > 0 ||
    sequence !== (fold.version.get(origin) ?? 0) + 1 ||
    (fold.newest !== undefined && (opening || event.id <= fold.newest)) ||
    (fold.openings > 1 && !fold.isChosen) ||
    fold.settled.has(commandOf(event)) ||
    mayTurn(fold, event, isDecision(meaning, aggregate.opening))
  ) {
    return undefined;
  }
  let state = evolved;
  // Mostly a decision had seen just what is folded, which text alone tells.
  if (state === undefined && event.seen !== formatVersion(fold.version)) {
    if (!covers(fold.version, parseVersion(event.seen))) return undefined;
    const after = 'effect' in meaning ? aggregate.evolve(fold.state, meaning.effect) : undefined;
    if (after !== undefined && isRefusal(after)) return undefined;
    state = after;
  }
  const next: OwnedFold<State> = {
    ...fold,
    version: new Map(fold.version).set(origin, sequence),
    held: fold.held + 1,
    openings: fold.openings + (opening ? 1 : 0),
    isChosen: fold.isChosen || isDecision(meaning, aggregate.opening),
    stamp: fold.held === 0 || fold.stamp === event.assignment ? event.assignment : undefined,
    newestStamp: newerStamp(fold.newestStamp, event.assignment),
  };
  fold.spent = true;
  apply(aggregate, next, { event, meaning }, state && { evolved: state });
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
