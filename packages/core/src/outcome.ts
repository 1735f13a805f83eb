import type { PendingEvent } from './log/counted.ts';
import type { DomainEvent, EventData } from './log/event.ts';
import type { Conflict, Fold } from './log/folded.ts';
import type { RecordMeaning } from './log/meaning.ts';
import type { VersionVector } from './log/version-vector.ts';

export interface CommandRequest<Command> {
  readonly stream: string;
  readonly command: Command;
  /** The client's idempotency key. Without one, the command sent again is another command. */
  readonly commandId?: string;
  /** For a command that opens a stream: the account it will belong to. */
  readonly account?: string;
  /** The accounts that whoever asks may touch, where not all: a stream of any other is not found. */
  readonly accounts?: readonly string[];
  /** R18: what the client has seen of the stream. */
  readonly atLeast?: VersionVector;
  /** The version, as text, beyond which nothing but requests may count if the command is to be decided. */
  readonly ifMatch?: string;
  /** R15: the command was recorded as requested. It must end in a decision: a failed `ifMatch` is a refusal too. */
  readonly isRequested?: boolean;
  readonly traceparent?: string;
}

/**
 * What became of a command. `version` is the stream's now, the consistency token of the answer. `capped` is there where
 * the client's own token had seen more (R18).
 */
export type Outcome<State> = OutcomeKind<State> & Capped;

/**
 * R18: the origins, each an incarnation that ended, of whose events the client's consistency token had seen more than
 * could be reconciled: a restore from a backup lost them in every cell.
 */
export interface Capped {
  readonly capped?: readonly string[];
}

type OutcomeKind<State> =
  /** Decided and written now. */
  | {
      readonly kind: 'appended';
      readonly event: DomainEvent;
      readonly state: State;
      readonly version: VersionVector;
    }
  /** This very command was decided before: its first answer (R10), and the conflict if it has since lost one. */
  | {
      readonly kind: 'alreadyAppended';
      readonly event: DomainEvent;
      readonly state: State;
      readonly version: VersionVector;
      readonly conflict?: Conflict;
    }
  /** A rule forbids it. With a command id the refusal is an event too, and stays the answer for ever (R9). */
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly detail: string;
      readonly version: VersionVector;
    }
  /** Others kept taking the next place in the stream; nothing was written. Send it again. */
  | { readonly kind: 'busy'; readonly version: VersionVector }
  /** R15: its home cannot be reached. It is recorded, and the home decides it when it sees it. */
  | { readonly kind: 'requested'; readonly commandId: string; readonly version: VersionVector }
  /** The stream is not known to this cell. Nothing was written. */
  | { readonly kind: 'notFound' }
  /** The stream has another version than `ifMatch`. Nothing was written. */
  | { readonly kind: 'preconditionFailed'; readonly version: VersionVector }
  | Unready;

/** Why this cell cannot answer now. Nothing was written; the same request can be sent again, here or elsewhere. */
export type Unready =
  /** It has not yet seen what the client's token has (R18). */
  | { readonly kind: 'behind'; readonly version: VersionVector }
  /** Events of the stream are held that do not count yet, and the answer depends on them (R3, R8). */
  | { readonly kind: 'pending'; readonly pending: readonly PendingEvent[]; readonly version: VersionVector }
  /** A cell that has to be asked cannot be reached, and nothing is known here (R15). */
  | { readonly kind: 'unreachable'; readonly cell: string }
  /** R14: an event of the stream was decided under a newer assignment than this cell knows of. */
  | { readonly kind: 'outdated'; readonly assignment: string; readonly version: VersionVector }
  /**
   * Its clock is too far from its database's (R6); or the stream's newest event is of the last moment that an event can have,
   * the end of the year 9999, and `skewMs` is how far this clock is from that.
   */
  | { readonly kind: 'clockSkew'; readonly skewMs: number };

/** A record about a command (R15, R16), to be written as an event of this cell. */
export interface RecordDraft {
  readonly meaning: RecordMeaning;
  /** The record's own command id and fingerprint, so that it is written once. */
  readonly command?: { readonly id: string; readonly fingerprint: string };
  /** R15: whose decision is awaited, and its fingerprint. */
  readonly requestOf?: { readonly id: string; readonly fingerprint: string };
}

/** One aggregate in one cell: commands in, outcomes out. */
export interface Service<State extends object, Command extends EventData> {
  /** @throws TwinlogError `invalid_id` for an id that is empty, over 128 characters or no plain text. */
  readonly execute: (request: CommandRequest<Command>) => Promise<Outcome<State>>;
  /** The stream as this cell sees it, at least as new as `atLeast`. A stream never seen has no state. */
  readonly read: (stream: string, atLeast?: VersionVector) => Promise<StreamView<State> | Unready>;
}

export interface StreamView<State> extends Capped {
  readonly kind: 'read';
  readonly fold: Fold<State>;
  readonly events: readonly DomainEvent[];
}

/** A service whose decisions are this cell's own, and which can also write records about commands. */
export interface Decider<State extends object, Command extends EventData> extends Service<State, Command> {
  /**
   * Writes the record that `draft` asks for on what this cell holds of a known stream, again on what it then
   * holds where another writer came first; undefined asks for nothing.
   * @returns the view that was settled on, with the record in it if one was written.
   */
  readonly record: (
    stream: string,
    draft: (view: StreamView<State>) => RecordDraft | undefined,
  ) => Promise<StreamView<State> | Unready | { readonly kind: 'busy'; readonly version: VersionVector }>;
}
