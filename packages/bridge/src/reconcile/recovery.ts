import {
  type Aggregate,
  createService,
  type EventOf,
  type EventStore,
  eventTypes,
  type InForce,
  type Runtime,
  StoreUnavailableError,
  TwinlogError,
} from '@twinlog/core';
import * as z from 'zod';
import type { IntakeListener } from './intake.ts';
import type { Peer } from './peer.ts';
import { type ReconcileProgress, reconcile } from './reconcile.ts';

/** How far a restored cell has reconciled: by peer and origin, the time up to which it is done. */
interface Recovered {
  /** Where it has to come to, in ms since 1970. */
  readonly to: number;
  readonly upTo: ReadonlyMap<string, number>;
  readonly isComplete: boolean;
}

const time = z.int().min(0);
const events = eventTypes({
  'begun.v1': z.object({ to: time }),
  'advanced.v1': z.object({ peer: z.string(), origin: z.string(), up_to: time }),
  'completed.v1': z.object({}),
});
type RecoveryEvent = EventOf<typeof events>;

const markOf = (peer: string, origin: string) => `${peer} ${origin}`;

/** The stream in which an incarnation keeps how far it has come: only it writes there, its first events of all. */
const recoveryAggregate: Aggregate<Recovered, RecoveryEvent, RecoveryEvent> = {
  name: 'recovery',
  typePrefix: 'io.twinlog.recovery',
  opening: 'begun.v1',
  events,
  // What it decides is a matter of fact: the command is the event.
  decide: (event) => event,
  evolve: (state = { to: 0, upTo: new Map(), isComplete: false }, { type, data }) => {
    switch (type) {
      case 'begun.v1':
        return { ...state, to: data.to };
      case 'advanced.v1':
        return { ...state, upTo: new Map(state.upTo).set(markOf(data.peer, data.origin), data.up_to) };
      case 'completed.v1':
        return { ...state, isComplete: true };
    }
  },
};

/** How much of a recovery is done after a call, and what that brought. */
export interface RecoveryProgress {
  readonly isComplete: boolean;
  readonly pulled: number;
  /** What is left, by peer and origin, in ms of the log's time. */
  readonly left: readonly { readonly peer: string; readonly origin: string; readonly upTo: number }[];
}

/** R1: a cell restored from a backup decides nothing until it has reconciled with every peer. */
export interface Recovery {
  /** Whether it has been done, by whatever instance. Once it is, it is not looked up again. */
  readonly isComplete: () => Promise<boolean>;
  /**
   * Reconciles what is left of it, and keeps how far it came: at the end of each origin, and when the time is up.
   * @throws PeerUnavailableError, PeerMisconfiguredError, StoreUnavailableError; the same call goes on.
   */
  readonly advance: (
    options: IntakeListener & {
      readonly peers: ReadonlyMap<string, Peer>;
      readonly origins: readonly string[];
      readonly isTimeUp?: () => boolean;
      readonly onProgress?: (progress: ReconcileProgress) => void;
    },
  ) => Promise<RecoveryProgress>;
}

/** Clocks may differ: what peers hold of the ended incarnation may be ahead of this clock by less than this. */
const aheadMs = 3_600_000;

/**
 * Keeps in the log itself how far a restored cell has reconciled, so that an instance that starts cold need not do
 * again what another has done.
 * @param origin this cell's own, in its new incarnation: `aws-us-east-1.2`.
 */
export function createRecovery({
  store,
  origin,
  inForce,
  runtime,
}: {
  readonly store: EventStore;
  readonly origin: string;
  readonly inForce: () => InForce;
  readonly runtime: Runtime;
}): Recovery {
  const stream = `recovery:${origin}`;
  const service = createService({
    aggregate: recoveryAggregate,
    store,
    origin,
    assignment: inForce,
    runtime,
    cachedStreams: 1,
  });
  let wasComplete = false;

  async function state(): Promise<Recovered | undefined> {
    const view = await service.read(stream);
    return view.kind === 'read' ? view.fold.state : undefined;
  }

  async function write(command: RecoveryEvent): Promise<void> {
    const outcome = await service.execute({ stream, account: 'matrix', command });
    if (outcome.kind === 'appended' || outcome.kind === 'alreadyAppended') return;
    throw new TwinlogError(
      'recovery_not_written',
      `How far the cell has reconciled could not be kept: ${outcome.kind}. Run it again.`,
    );
  }

  const leftOf = (recovered: Recovered | undefined, peers: Iterable<string>, origins: readonly string[]) =>
    [...peers].flatMap((peer) =>
      origins.flatMap((one) => {
        const upTo = recovered?.upTo.get(markOf(peer, one)) ?? 0;
        return recovered && upTo >= recovered.to ? [] : [{ peer, origin: one, upTo }];
      }),
    );

  return {
    isComplete: async () => {
      wasComplete ||= (await state())?.isComplete ?? false;
      return wasComplete;
    },

    advance: async ({ peers, origins, isTimeUp, onProgress, ...listener }) => {
      let recovered = await state();
      if (recovered?.isComplete) return { isComplete: true, pulled: 0, left: [] };
      if (recovered === undefined) {
        const to = runtime.now() + aheadMs;
        await write({ type: 'begun.v1', data: { to } });
        recovered = await state();
      }
      const to = recovered?.to ?? 0;
      let pulled = 0;
      for (const { peer: name, origin: one, upTo } of leftOf(recovered, peers.keys(), origins)) {
        const peer = peers.get(name);
        if (peer === undefined || isTimeUp?.()) break;
        const done = await reconcile({
          ...{ ...listener, store, peer, origins: [one], from: upTo, to },
          ...(isTimeUp && { isTimeUp }),
          ...(onProgress && { onProgress }),
        });
        pulled += done.pulled;
        // Left to the next run: this cell is not to decide before it holds that.
        const left = done.rejected.find(({ code }) => code === 'unavailable');
        if (left) throw new StoreUnavailableError(left.detail);
        const reached = done.unfinished?.from ?? to;
        await write({ type: 'advanced.v1', data: { peer: name, origin: one, up_to: reached } });
      }
      const left = leftOf(await state(), peers.keys(), origins);
      if (left.length === 0) await write({ type: 'completed.v1', data: {} });
      return { isComplete: left.length === 0, pulled, left };
    },
  };
}
