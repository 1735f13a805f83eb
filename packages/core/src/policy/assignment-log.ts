import type { Aggregate } from '../aggregate.ts';
import { TwinlogError } from '../errors.ts';
import { type EventOf, eventTypes } from '../log/event-types.ts';
import { compareStamps } from '../log/superseded.ts';
import type { Runtime } from '../runtime.ts';
import { createService } from '../service.ts';
import type { EventStore } from '../store/event-store.ts';
import {
  type Assignment,
  assignmentData,
  formatAssignment,
  newerOf,
  parseAssignment,
  stampOf,
} from './assignment.ts';

/** The stream that a matrix's assignments are kept in; it is replicated like any other. */
export const assignmentStream = 'assignments';

const events = eventTypes({ 'assigned.v1': assignmentData });
type Assigned = EventOf<typeof events>;

/** Every event of it is a whole assignment, and the newest version is in force, in whatever order they arrive. */
export const assignmentAggregate: Aggregate<Assignment, Assigned['data'], Assigned> = {
  name: 'assignment',
  typePrefix: 'io.twinlog.assignment',
  opening: 'assigned.v1',
  events,
  decide: (data) => ({ type: 'assigned.v1', data }),
  evolve: (state, { data }) => {
    const assigned = parseAssignment(data);
    return state === undefined ? assigned : newerOf(state, assigned);
  },
};

/** The assignment in force, as far as this cell knows. */
export interface AssignmentLog {
  /** The newest that was seen at the last `refresh`. */
  readonly current: () => Assignment;
  /** Reads the stream again: to be called often, for a home that was superseded stops once it has seen it (R15). */
  readonly refresh: () => Promise<Assignment>;
  /**
   * Puts a newer assignment in force, here at once and elsewhere once it is replicated.
   * @throws TwinlogError `assignment_outdated` if one as new, or newer, is in force already.
   */
  readonly assign: (next: Assignment) => Promise<void>;
}

/**
 * R14: the assignment as a stream of events, replicated with the rest.
 * @param first what is in force before any event says otherwise: the same in every cell's configuration.
 */
export function createAssignmentLog(options: {
  readonly store: EventStore;
  readonly origin: string;
  readonly runtime: Runtime;
  readonly first: Assignment;
}): AssignmentLog {
  const { store, origin, runtime, first } = options;
  let current = first;
  const service = createService({
    aggregate: assignmentAggregate,
    store,
    origin,
    runtime,
    assignment: () => ({ stamp: stampOf(current), ended: current.ended }),
    cachedStreams: 1,
  });

  async function refresh(): Promise<Assignment> {
    const view = await service.read(assignmentStream);
    if (view.kind === 'read' && view.fold.state) current = newerOf(current, view.fold.state);
    return current;
  }

  return {
    current: () => current,
    refresh,
    assign: async (next) => {
      const inForce = await refresh();
      if (compareStamps(stampOf(next), stampOf(inForce)) <= 0) {
        throw new TwinlogError(
          'assignment_outdated',
          `${stampOf(next)} is not newer than ${stampOf(inForce)}, which is in force. Start from that one.`,
        );
      }
      const outcome = await service.execute({
        stream: assignmentStream,
        account: 'matrix',
        commandId: `assign:${stampOf(next)}`,
        command: { ...formatAssignment(next) },
      });
      if (outcome.kind !== 'appended' && outcome.kind !== 'alreadyAppended') {
        throw new TwinlogError(
          'assignment_not_written',
          `The assignment ended as ${outcome.kind}. Assign it again.`,
        );
      }
      await refresh();
    },
  };
}
