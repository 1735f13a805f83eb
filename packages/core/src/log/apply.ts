import { type Aggregate, type AggregateEvent, isRefusal, type Refusal, refuse } from '../aggregate.ts';
import type { CountedEvent } from './counted.ts';
import { type DomainEvent, type EventData, originOf, sequenceOf } from './event.ts';
import { type Claim, type Conflict, commandOf, type OwnedFold, type Request } from './folded.ts';
import type { SettledData } from './meaning.ts';
import { parseVersion } from './version-vector.ts';

/** Adds a conflict, unless the same command has lost already: a command is one effect, and loses once. */
function lose<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  fold: OwnedFold<State>,
  effect: Event,
  conflict: Pick<Conflict, 'event' | 'code' | 'detail' | 'lostTo'>,
  building?: Building,
): Conflict {
  const command = commandOf(conflict.event);
  const known = building
    ? building.lost.get(command)
    : fold.conflicts.find(({ event }) => commandOf(event) === command);
  if (known) return known;
  const compensation = aggregate.compensation?.(effect);
  const whole: Conflict = {
    ...conflict,
    ...(compensation && { compensation }),
    isSettled: fold.settled.has(command),
    isCompensated: fold.compensated.has(command),
  };
  if (building) {
    building.conflicts.push(whole);
    building.lost.set(command, whole);
  } else fold.conflicts = [...fold.conflicts, whole];
  return whole;
}

const superseding = refuse(
  'superseded',
  'A later assignment gave the decision to another cell, which had not seen this one.',
);

function settledFor({ code }: SettledData): Refusal {
  return refuse(code, 'The home cell settled that it lost.');
}

/**
 * What the fold of a whole stream grows of itself while nobody else has it: one that was handed out is copied for each
 * addition, and a stream may have thousands of them.
 */
export interface Building {
  /** The fold's own. */
  readonly requests: Map<string, Request>;
  readonly conflicts: Conflict[];
  /** The conflicts by what their command is. */
  readonly lost: Map<string, Conflict>;
}

/** What the fold of a whole stream knows of an event's place in it; the fold of what is new needs none of it. */
interface Context<State> {
  /** The state after it, where the caller has just decided it. */
  readonly evolved?: State;
  /** The events that took effect so far, in the order they did. */
  readonly effective?: DomainEvent[];
  /** The decision that superseded it. */
  readonly supersededBy?: string | undefined;
  readonly building?: Building;
}

/** The last of the events that had an effect and that a decision had not seen: what it lost to. */
function lastUnseen(effective: readonly DomainEvent[], { seen, id }: DomainEvent): DomainEvent | undefined {
  const known = parseVersion(seen);
  return effective.findLast(
    (event) => event.id < id && sequenceOf(event) > (known.get(originOf(event)) ?? 0),
  );
}

/** Applies one counted event, at its place in the order, to what came before it. */
export function apply<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  fold: OwnedFold<State>,
  { event, meaning }: CountedEvent<Event>,
  { evolved, effective = [], supersededBy, building }: Context<State> = {},
): void {
  if (fold.newest === undefined || event.id > fold.newest) fold.newest = event.id;
  if ('requested' in meaning) {
    const id = event.requestof ?? '';
    if (fold.requests.has(id)) return;
    const request = { event, requested: meaning.requested };
    if (building) building.requests.set(id, request);
    else fold.requests = new Map(fold.requests).set(id, request);
    return;
  }

  const claim = event.commandid === undefined ? undefined : fold.claims.get(event.commandid);
  if (claim) {
    // R8: one command id, one effect. A refusal that comes second undoes nothing, so it is a mere duplicate.
    if (!('effect' in meaning)) return;
    const lostTo = claim.event.id;
    if (claim.event.fingerprint !== event.fingerprint) {
      const detail = 'Another command was sent with this key before.';
      const lost = { event, code: 'idempotency_key_reused', detail, lostTo };
      lose(aggregate, fold, meaning.effect, lost, building);
    } else if (claim.refused) {
      const detail = `The same command was refused before: ${claim.refused.detail}`;
      const lost = { event, code: 'refused_elsewhere', detail, lostTo };
      lose(aggregate, fold, meaning.effect, lost, building);
    }
    return;
  }

  let outcome: Pick<Claim, 'refused' | 'conflict'> = {};
  if ('refused' in meaning) {
    outcome = { refused: meaning.refused };
  } else if ('effect' in meaning) {
    const { effect } = meaning;
    const settled = fold.settled.size === 0 ? undefined : fold.settled.get(commandOf(event));
    const forbidden = settled ? settledFor(settled) : supersededBy === undefined ? undefined : superseding;
    const next = forbidden ?? evolved ?? aggregate.evolve(fold.state, effect);
    if (isRefusal(next)) {
      const { refusal: code, detail } = next;
      const winner = effect.type === aggregate.opening ? fold.opening : lastUnseen(effective, event);
      const lostTo = supersededBy ?? winner?.id;
      const lost = { event, code, detail, ...(lostTo !== undefined && { lostTo }) };
      outcome = { conflict: lose(aggregate, fold, effect, lost, building) };
    } else {
      fold.state = next;
      effective.push(event);
      if (effect.type === aggregate.opening) fold.opening = event;
    }
  }
  if (event.commandid !== undefined) fold.claims.set(event.commandid, { event, ...outcome });
}
