import type { Assignment, AssignmentChange } from '@twinlog/core';
import type { DeadLetters } from '../dead-letters/dead-letter.ts';
import type { Redriver } from '../dead-letters/redrive.ts';

/** What a cell says of itself to operators. */
export interface CellStatus {
  readonly cell: string;
  /** The cell and its incarnation, as it is deployed: `aws-us-east-1.2`. */
  readonly origin: string;
  readonly peers: readonly string[];
  readonly assignment: Assignment;
  /** Whether it answers clients, and why not. */
  readonly ready: { readonly ok: boolean; readonly reason?: string };
  /** The cell's clock, in ms since 1970. */
  readonly now: number;
  /** R6: by how much its clock is ahead of its database's, in ms, once it has been told. */
  readonly clockSkewMs?: number;
}

/** What it came to when a cell pulled from another what it lacks. */
export interface PullReport {
  readonly pulled: number;
  readonly duplicates: number;
  /** R5: places that the two cells hold different events at. */
  readonly divergences: readonly {
    readonly stream: string;
    readonly ours: string;
    readonly theirs: string;
  }[];
  readonly rejected: readonly { readonly stream: string; readonly code: string; readonly detail: string }[];
  /** There if the time that a request may take was up: done up to here, in ms since 1970. */
  readonly unfinishedFrom?: number;
}

export interface RecoveryReport {
  readonly isComplete: boolean;
  readonly pulled: number;
  readonly left: readonly { readonly peer: string; readonly origin: string; readonly upTo: number }[];
}

/**
 * What operators can have a cell do. Any that writes may be asked again: it goes on, or finds it done.
 *
 * Rejects with OperationRefusedError where the cell will not, and why; with PeerUnavailableError where the cell, or
 * the peer that it has to ask, did not answer; with PeerMisconfiguredError for a wrong key or URL.
 */
export interface CellOperations {
  readonly status: () => Promise<CellStatus>;
  /**
   * Puts a change of the assignment in force, made at this cell.
   * @param expected the stamp that the change was thought out on: refused where another is in force by now.
   */
  readonly assign: (change: AssignmentChange, expected?: string) => Promise<CellStatus>;
  /** Pulls from a peer what this cell lacks of one origin's events in `[from, to)`, for as long as a request may take. */
  readonly reconcile: (range: {
    readonly peer: string;
    readonly origin: string;
    readonly from: number;
    readonly to: number;
  }) => Promise<PullReport>;
  /** Pulls one stream from a peer. */
  readonly repair: (target: { readonly peer: string; readonly stream: string }) => Promise<PullReport>;
  /** R1: goes on with what a restored cell has to reconcile before it decides, for as long as a request may take. */
  readonly recover: () => Promise<RecoveryReport>;
  /** The cell's dead letters: looked at, driven again, and discarded where they hold no well-formed event (R17). */
  readonly deadLetters: Pick<DeadLetters, 'list' | 'get'> & Redriver;
}
