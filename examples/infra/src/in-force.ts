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
  /** How often news came: a reading that began before the last of them does not have it. */
  let notes = 0;
  let reading: { readonly of: Promise<Assignment>; readonly notes: number } | undefined;
  let next: Promise<Assignment> | undefined;
  const inForceOf = (of: Assignment): InForce => ({
    stamp: stampOf(of),
    ended: of.ended,
    contested: (stream) => contestedHome(of, transaction.homeKey?.(stream) ?? stream),
  });
  let known = { of: first, inForce: inForceOf(first) };

  const read = (): Promise<Assignment> => {
    const startedAt = runtime.now();
    const begun = notes;
    const of = log
      .refresh()
      .then((current) => {
        if (begun === notes) readAt = startedAt;
        return current;
      })
      .finally(() => {
        reading = undefined;
      });
    reading = { of, notes };
    return of;
  };

  /** What was written before it was called is in what it resolves to, so that it joins no reading that began earlier. */
  const refresh = (): Promise<Assignment> => {
    if (reading === undefined) return read();
    next ??= reading.of
      .catch(() => {})
      .then(() => {
        next = undefined;
        return read();
      });
    return next;
  };

  return {
    current: log.current,
    assign: log.assign,
    refresh,
    fresh: async () => {
      const age = runtime.now() - readAt;
      if (age >= 0 && age < assignmentMemoryMs) return log.current();
      return reading?.notes === notes ? reading.of : refresh();
    },
    inForce: () => {
      const current = log.current();
      if (current !== known.of) known = { of: current, inForce: inForceOf(current) };
      return known.inForce;
    },
    note: ({ partitionkey }) => {
      if (partitionkey !== assignmentStream) return;
      readAt = Number.NEGATIVE_INFINITY;
      notes += 1;
    },
  };
}
