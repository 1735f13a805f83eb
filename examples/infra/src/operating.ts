import {
  type CellOperations,
  type CellStatus,
  type DeadLetters,
  type IntakeListener,
  type Peer,
  type Pulled,
  type PullReport,
  type Redriver,
  reconcile,
  repairStream,
} from '@twinlog/bridge';
import { changeAssignment, type EventStore, type Runtime, stampOf, TwinlogError } from '@twinlog/core';
import type { Gate } from './gate.ts';
import type { AssignmentInForce } from './in-force.ts';
import type { CellSettings } from './settings.ts';

/** How long a cell works for one request, in ms: API Gateway waits for 29 seconds. */
const workMs = 15_000;

export interface OperationsParts {
  readonly settings: Pick<CellSettings, 'cell' | 'origin'>;
  readonly store: EventStore;
  readonly peers: ReadonlyMap<string, Peer>;
  readonly gate: Gate;
  readonly assignments: AssignmentInForce;
  readonly runtime: Runtime;
  readonly listener: IntakeListener;
  readonly deadLetters: DeadLetters;
  readonly redriver: Redriver;
}

/** What operators can have this cell do. */
export function createOperations({
  settings: { cell, origin },
  store,
  peers,
  gate,
  assignments,
  runtime,
  listener,
  deadLetters,
  redriver,
}: OperationsParts): CellOperations {
  const limited = () => {
    const endsAt = runtime.now() + workMs;
    return () => runtime.now() >= endsAt;
  };

  function peerNamed(name: string): Peer {
    const peer = peers.get(name);
    if (peer) return peer;
    throw new TwinlogError(
      'unknown_peer',
      `${cell} knows no peer "${name}". It knows ${[...peers.keys()].join(', ')}.`,
    );
  }

  async function status(): Promise<CellStatus> {
    await assignments.refresh();
    const clockSkewMs = store.clockSkew?.();
    return {
      cell,
      origin,
      peers: [...peers.keys()],
      assignment: assignments.current(),
      ready: await gate.judge(),
      now: runtime.now(),
      ...(clockSkewMs !== undefined && { clockSkewMs }),
    };
  }

  return {
    status,

    assign: async (change, expected) => {
      const current = await assignments.refresh();
      if (!(await gate.hasRecovered()))
        throw new TwinlogError(
          'not_recovered',
          `${origin} was restored and may not know the assignment in force. Ask another cell.`,
        );
      if (expected !== undefined && expected !== stampOf(current)) {
        throw new TwinlogError(
          'assignment_outdated',
          `${stampOf(current)} is in force at ${cell}, and no longer ${expected}. Look again, and start from there.`,
        );
      }
      await assignments.assign(changeAssignment(current, change, cell));
      return status();
    },

    reconcile: async ({ peer, origin: one, from, to }) => {
      const asked = { store, peer: peerNamed(peer), origins: [one], from, to, ...listener };
      const { unfinished, ...pulled } = await reconcile({ ...asked, isTimeUp: limited() });
      return { ...reportOf(pulled), ...(unfinished && { unfinishedFrom: unfinished.from }) };
    },

    repair: async ({ peer, stream }) =>
      reportOf(await repairStream({ store, peer: peerNamed(peer), stream, ...listener })),

    recover: () => gate.recover({ isTimeUp: limited(), ...listener }),
    deadLetters: { list: deadLetters.list, get: deadLetters.get, ...redriver },
  };
}

function reportOf({ pulled, duplicates, divergences, rejected }: Pulled): PullReport {
  return {
    pulled,
    duplicates,
    divergences: divergences.map(({ ours, theirs }) => ({
      stream: ours.partitionkey,
      ours: ours.id,
      theirs: theirs.id,
    })),
    rejected,
  };
}
