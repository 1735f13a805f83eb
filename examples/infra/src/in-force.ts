import {
  type Assignment,
  type AssignmentLog,
  assignmentStream,
  contestedHome,
  createAssignmentLog,
  type DomainEvent,
  type EventStore,
  firstAssignment,
  type InForce,
  type Runtime,
  stampOf,
  transaction,
} from '@twinlog/core';
import type { CellSettings } from './settings.ts';

/** How long a process goes by what it knows before it reads the log of assignments again, in ms. */
export const assignmentMemoryMs = 2_000;

/** The assignment in force, as this process knows it. */
export interface AssignmentInForce extends AssignmentLog {
  /** What of it is stamped on decisions. */
  readonly inForce: () => InForce;
  /** The assignment, at most `assignmentMemoryMs` old: one read in so long a time, whatever the traffic. */
  readonly fresh: () => Promise<Assignment>;
  /** To be told of what comes in: an assignment among it is taken up at the next `fresh`. */
  readonly note: (event: DomainEvent) => void;
}

/** The log of assignments (R14), whose first is the cell's configuration. */
export function assignmentInForce({
  settings: { cell, peers, origin, policy },
  store,
  runtime,
}: {
  readonly settings: Pick<CellSettings, 'cell' | 'peers' | 'origin' | 'policy'>;
  readonly store: EventStore;
  readonly runtime: Runtime;
}): AssignmentInForce {
  // Sorted, so that every cell makes the same first version of it.
  const first = firstAssignment(policy, [cell, ...peers].sort());
  const log = createAssignmentLog({ store, origin, runtime, first });
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<Assignment> | undefined;
  const inForceOf = (of: Assignment): InForce => ({
    stamp: stampOf(of),
    ended: of.ended,
    contested: (stream) => contestedHome(of, transaction.homeKey?.(stream) ?? stream),
  });
  let known = { of: first, inForce: inForceOf(first) };

  const refresh = (): Promise<Assignment> => {
    const startedAt = runtime.now();
    reading ??= log
      .refresh()
      .then((current) => {
        readAt = startedAt;
        return current;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  return {
    current: log.current,
    assign: log.assign,
    refresh,
    fresh: async () => {
      const age = runtime.now() - readAt;
      return age >= 0 && age < assignmentMemoryMs ? log.current() : refresh();
    },
    inForce: () => {
      const current = log.current();
      if (current !== known.of) known = { of: current, inForce: inForceOf(current) };
      return known.inForce;
    },
    note: ({ partitionkey }) => {
      if (partitionkey === assignmentStream) readAt = Number.NEGATIVE_INFINITY;
    },
  };
}
