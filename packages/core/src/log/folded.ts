import type { PendingEvent } from './counted.ts';
import type { DomainEvent } from './event.ts';
import type { Compensation, RefusedData, RequestedData, SettledData } from './meaning.ts';
import { emptyVersion, type VersionVector } from './version-vector.ts';

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
  /**
   * The id of the event that it lost to: the one that claims its command id, the create that counts, the decision that
   * superseded it, or the last that took effect before it and that its decision had not seen.
   */
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
  /** The newest assignment under which a counted event was decided (R14). */
  readonly newestStamp: string | undefined;
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
  newestStamp: string | undefined;
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

const nothing = { map: new Map<string, never>(), set: new Set<string>(), list: [] } as const;

/** The fold of a stream of which nothing is held. */
export function emptyFold<State>(): OwnedFold<State> {
  return {
    state: undefined,
    opening: undefined,
    version: emptyVersion,
    newest: undefined,
    newestStamp: undefined,
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
