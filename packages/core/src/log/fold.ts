import { type Aggregate, type AggregateEvent, isRefusal, type Refusal, refuse } from '../aggregate.ts';
import { type CountedEvent, countEvents, type PendingEvent } from './counted.ts';
import { type DomainEvent, type EventData, originOf, sequenceOf } from './event.ts';
import {
  type Compensation,
  isDecision,
  isOpening,
  type Meaning,
  meaningOf,
  type RefusedData,
  type RequestedData,
  type SettledData,
} from './meaning.ts';
import { findSuperseded } from './superseded.ts';
import { covers, emptyVersion, formatVersion, parseVersion, type VersionVector } from './version-vector.ts';

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
 * kept, has no effect on the state, and is reported. Tentative until it is settled: an older event may still arrive.
 */
export interface Conflict {
  readonly event: DomainEvent;
  /** The rule's code, the same that a client is refused with. */
  readonly code: string;
  readonly detail: string;
  /** The id of the event that stands in its place, where the rule names one. */
  readonly lostTo?: string;
  /** What its effect, of which a client was told, calls for in the world. Due once it is settled. */
  readonly compensation?: Compensation;
  /** Whether the home has settled it (R16): the command never stands again. */
  readonly isSettled: boolean;
  /** Whether its compensation is recorded as carried out. */
  readonly isCompensated: boolean;
}

/** A command that waits for its home's decision (R15). */
export interface Request {
  readonly event: DomainEvent;
  readonly requested: RequestedData;
}

/** What a command is (R7), as one text: its id and its fingerprint, or the event's own id where it has none. */
export function commandOf({ commandid, fingerprint, id }: DomainEvent): string {
  return commandid === undefined ? `${id}\n` : `${commandid}\n${fingerprint}`;
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
  /** Requests by the id of their command, decided ones included. */
  readonly requests: ReadonlyMap<string, Request>;
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
  /** Whether a decision counts: the first of them has chosen between the creates (R13). */
  readonly isChosen: boolean;
  /** The one stamp of all counted events, or undefined where there are several. */
  readonly stamp: string | undefined;
  requests: ReadonlyMap<string, Request>;
  /** Commands settled as lost, and those whose compensation is recorded (R16). */
  readonly settled: ReadonlyMap<string, SettledData>;
  readonly compensated: ReadonlySet<string>;
  spent: boolean;
}

/**
 * R13: the create that counts is the canonical first among those that the stream's first later decision had
 * seen; before there is any, the canonical first. A superseded decision chooses none (R14).
 */
function chooseOpening<Event extends AggregateEvent>(
  counted: readonly CountedEvent<Event>[],
  opening: string,
  superseded: ReadonlySet<DomainEvent>,
): CountedEvent<Event> | undefined {
  const creates = counted.filter(({ meaning }) => isOpening(meaning, opening));
  const later = counted.find(({ event, meaning }) => isDecision(meaning, opening) && !superseded.has(event));
  const seen = parseVersion(later?.event.seen ?? '');
  return creates.find(({ event }) => sequenceOf(event) <= (seen.get(originOf(event)) ?? 0)) ?? creates[0];
}

/** Adds a conflict, unless the same command has lost already: a command is one effect, and loses once. */
function lose<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  fold: OwnedFold<State>,
  effect: Event,
  conflict: Pick<Conflict, 'event' | 'code' | 'detail' | 'lostTo'>,
): Conflict {
  const command = commandOf(conflict.event);
  const known = fold.conflicts.find(({ event }) => commandOf(event) === command);
  if (known) return known;
  const compensation = aggregate.compensation?.(effect);
  const whole: Conflict = {
    ...conflict,
    ...(compensation && { compensation }),
    isSettled: fold.settled.has(command),
    isCompensated: fold.compensated.has(command),
  };
  fold.conflicts = [...fold.conflicts, whole];
  return whole;
}

const supersededBy = refuse(
  'superseded',
  'A later assignment gave the decision to another cell, which had not seen this one.',
);

function settledFor({ code }: SettledData): Refusal {
  return refuse(code, 'The home cell settled that it lost.');
}

/** Applies one counted event, at its place in the order, to what came before it. */
function apply<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  fold: OwnedFold<State>,
  { event, meaning }: CountedEvent<Event>,
  { evolved, isSuperseded = false }: { readonly evolved?: State; readonly isSuperseded?: boolean } = {},
): void {
  if (fold.newest === undefined || event.id > fold.newest) fold.newest = event.id;
  if ('requested' in meaning) {
    const id = event.requestof ?? '';
    if (!fold.requests.has(id)) {
      fold.requests = new Map(fold.requests).set(id, { event, requested: meaning.requested });
    }
    return;
  }

  const claim = event.commandid === undefined ? undefined : fold.claims.get(event.commandid);
  if (claim) {
    // R8: one command id, one effect. A refusal that comes second undoes nothing, so it is a mere duplicate.
    if (!('effect' in meaning)) return;
    const lostTo = claim.event.id;
    if (claim.event.fingerprint !== event.fingerprint) {
      const detail = 'Another command was sent with this key before.';
      lose(aggregate, fold, meaning.effect, { event, code: 'idempotency_key_reused', detail, lostTo });
    } else if (claim.refused) {
      const detail = `The same command was refused before: ${claim.refused.detail}`;
      lose(aggregate, fold, meaning.effect, { event, code: 'refused_elsewhere', detail, lostTo });
    }
    return;
  }

  let outcome: Pick<Claim, 'refused' | 'conflict'> = {};
  if ('refused' in meaning) {
    outcome = { refused: meaning.refused };
  } else if ('effect' in meaning) {
    const { effect } = meaning;
    const settled = fold.settled.size === 0 ? undefined : fold.settled.get(commandOf(event));
    const forbidden = settled ? settledFor(settled) : isSuperseded ? supersededBy : undefined;
    const next = forbidden ?? evolved ?? aggregate.evolve(fold.state, effect);
    if (isRefusal(next)) {
      const { refusal: code, detail } = next;
      outcome = { conflict: lose(aggregate, fold, effect, { event, code, detail }) };
    } else {
      fold.state = next;
      if (effect.type === aggregate.opening) fold.opening = event;
    }
  }
  if (event.commandid !== undefined) fold.claims.set(event.commandid, { event, ...outcome });
}

const nothing = { map: new Map<string, never>(), set: new Set<string>(), list: [] } as const;

/** The fold of a stream of which nothing is held. */
function emptyFold<State>(): OwnedFold<State> {
  return {
    state: undefined,
    opening: undefined,
    version: emptyVersion,
    newest: undefined,
    claims: new Map(),
    conflicts: nothing.list,
    requests: nothing.map,
    pending: nothing.list,
    held: 0,
    openings: 0,
    isChosen: false,
    stamp: undefined,
    settled: nothing.map,
    compensated: nothing.set,
    spent: false,
  };
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
  const stamp = counted[0]?.event.assignment;
  const fold: OwnedFold<State> = {
    ...emptyFold(),
    version,
    pending,
    held: counted.length + pending.length,
    openings: counted.filter(({ meaning }) => isOpening(meaning, aggregate.opening)).length,
    isChosen: counted.some(({ meaning }) => isDecision(meaning, aggregate.opening)),
    stamp: counted.every(({ event }) => event.assignment === stamp) ? stamp : undefined,
    settled,
    compensated,
  };
  const superseded = findSuperseded(counted, aggregate.opening);
  const opening = chooseOpening(counted, aggregate.opening, superseded);
  if (opening) apply(aggregate, fold, opening);
  for (const entry of counted) {
    if (entry !== opening && !superseded.has(entry.event)) apply(aggregate, fold, entry);
  }
  // R8: what is superseded claims a command id only where nothing else does.
  for (const entry of counted) {
    if (superseded.has(entry.event)) apply(aggregate, fold, entry, { isSuperseded: true });
  }
  return fold;
}

function settledCommand({
  command_id,
  fingerprint,
}: Pick<SettledData, 'command_id' | 'fingerprint'>): string {
  return `${command_id}\n${fingerprint}`;
}

/** Whether all that a decision had seen is counted. Mostly it had seen just that, which text alone tells. */
function hasSeen(version: VersionVector, seen: string): boolean {
  return seen === formatVersion(version) || covers(version, parseVersion(seen));
}

/**
 * The fold with one more event, without folding the rest again; or undefined where that event may change the
 * meaning of what is folded already: it sorts before it, leaves a gap or fills one, is another create, is the
 * decision that chooses between creates (R13), settles or compensates (R16), or was made under another assignment
 * (R14). Undefined too where the fold is spent.
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
    (fold.held > 0 && fold.stamp !== event.assignment) ||
    fold.pending.length > 0 ||
    sequence !== (fold.version.get(origin) ?? 0) + 1 ||
    (fold.newest !== undefined && (opening || event.id <= fold.newest)) ||
    (fold.openings > 1 && !fold.isChosen) ||
    (evolved === undefined && !hasSeen(fold.version, event.seen))
  ) {
    return undefined;
  }
  const next: OwnedFold<State> = {
    ...fold,
    version: new Map(fold.version).set(origin, sequence),
    held: fold.held + 1,
    openings: fold.openings + (opening ? 1 : 0),
    isChosen: fold.isChosen || isDecision(meaning, aggregate.opening),
    stamp: event.assignment,
  };
  fold.spent = true;
  apply(aggregate, next, { event, meaning }, evolved && { evolved });
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
