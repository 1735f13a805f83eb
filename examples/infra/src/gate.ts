import {
  createRecovery,
  type IntakeListener,
  type Peer,
  PeerMisconfiguredError,
  PeerUnavailableError,
  type RecoveryProgress,
  repairStream,
} from '@twinlog/bridge';
import {
  assignmentStream,
  changeAssignment,
  type EventStore,
  originName,
  originsOf,
  type Runtime,
} from '@twinlog/core';
import type { AssignmentInForce } from './in-force.ts';
import type { CellSettings } from './settings.ts';

/** Whether a cell may decide, and if not, why. */
export interface Judgement {
  readonly ok: boolean;
  readonly reason?: string;
}

/** What stands between a cell and its clients. */
export interface Gate {
  /** Whether the cell decides now, by an assignment that is fresh. Rejects where its store gives no answer. */
  readonly judge: () => Promise<Judgement>;
  /** R1: whether it holds what its peers could give it back. A cell that was never restored does. */
  readonly hasRecovered: () => Promise<boolean>;
  /**
   * Learns from the peers of every assignment, and so of every origin. Then, for a restored cell (R1), reconciles with every peer
   * what is left of it, raises the incarnation, and so opens the gate.
   * Rejects for such a cell where a peer cannot be reached: what was done stays, and the same call goes on.
   */
  readonly recover: (
    options: IntakeListener & { readonly isTimeUp: () => boolean },
  ) => Promise<RecoveryProgress>;
  /** Every origin that there is to compare, this cell's own included. */
  readonly origins: () => readonly string[];
}

/**
 * R1, R14: a cell decides nothing while its incarnation is raised and not reconciled yet, once its incarnation has
 * ended, and while it is drained.
 */
export function createGate({
  settings: { cell, origin, incarnation },
  assignments,
  store,
  runtime,
  peers,
}: {
  readonly settings: Pick<CellSettings, 'cell' | 'origin' | 'incarnation'>;
  readonly assignments: AssignmentInForce;
  readonly store: EventStore;
  readonly runtime: Runtime;
  readonly peers: ReadonlyMap<string, Peer>;
}): Gate {
  const recovery = createRecovery({ store, origin, inForce: assignments.inForce, runtime });
  const hasRecovered = async () => incarnation === 1 || (await recovery.isComplete());

  /** Those of the assignment, and of this cell all that there were: its last one may not be known as ended yet. */
  const origins = () => {
    const own = Array.from({ length: incarnation }, (_, index) => originName(cell, index + 1));
    return [...new Set([...own, ...originsOf(assignments.current())])];
  };

  return {
    hasRecovered,
    origins,

    judge: async () => {
      const { cells, drained } = await assignments.fresh();
      const inForce = cells.get(cell);
      const closed = (reason: string): Judgement => ({ ok: false, reason });
      if (inForce === undefined) return closed(`${cell} is none of the cells of the assignment in force.`);
      if (inForce > incarnation)
        return closed(`${origin} has ended. Deploy the cell with TWINLOG_INCARNATION=${inForce}.`);
      if (inForce < incarnation || !(await hasRecovered()))
        return closed(`${origin} was restored and has not reconciled with every peer yet.`);
      if (drained.has(cell)) return closed(`${cell} is drained. Resume it to have it decide again.`);
      return { ok: true };
    },

    recover: async ({ isTimeUp, ...listener }) => {
      // The assignment in force names the origins. A backup may be older, and an event of it may have got lost.
      for (const peer of peers.values()) {
        const learning = repairStream({ store, peer, stream: assignmentStream, ...listener });
        // A cell that was never restored learns of whoever is there.
        await (incarnation === 1 ? learning.catch(unlessAway) : learning);
      }
      await assignments.refresh();
      if (incarnation === 1) return { isComplete: true, pulled: 0, left: [] };
      const progress = await recovery.advance({ peers, origins: origins(), isTimeUp, ...listener });
      while (progress.isComplete && (assignments.current().cells.get(cell) ?? incarnation) < incarnation) {
        await assignments.assign(changeAssignment(assignments.current(), { kind: 'raise', cell }, cell));
      }
      return progress;
    },
  };
}

/** Whether a peer could not be asked, and so what failed is none of this cell's own. */
export function isAway(error: unknown): error is PeerUnavailableError | PeerMisconfiguredError {
  return error instanceof PeerUnavailableError || error instanceof PeerMisconfiguredError;
}

function unlessAway(error: unknown): void {
  if (!isAway(error)) throw error;
}
