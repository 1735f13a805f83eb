import {
  createIntake,
  type DeadLetters,
  PeerUnavailableError,
  reconcile,
  repairStream,
} from '@twinlog/bridge';
import {
  type Assignment,
  type CommandRequest,
  contestedHome,
  createHomeCellService,
  createService,
  type Decider,
  type EventStore,
  type ForwardAnswer,
  type Forwarded,
  type HomeCellService,
  homeOf,
  type Outcome,
  originName,
  type PendingEvent,
  type Runtime,
  StoreUnavailableError,
  settleConflicts,
  stampOf,
  type Transaction,
  type TransactionCommand,
  transaction,
} from '@twinlog/core';
import type { TransactionAggregate } from './aggregates.ts';
import { BankUnavailableError } from './bank.ts';
import type { Matrix } from './matrix.ts';
import { createPeer, forwardTo } from './peers.ts';
import { epoch } from './scheduler.ts';
import type { Stage } from './stage.ts';
import type { Process } from './store.ts';

/** One life of a cell's compute, from a start to a crash: production's parts, joined as a composition root joins them. */
export interface Life {
  readonly execute: (request: CommandRequest<TransactionCommand>) => Promise<Outcome<Transaction>>;
  readonly read: Decider<Transaction, TransactionCommand>['read'];
  readonly isHome: (stream: string) => boolean;
  readonly takeIn: (values: readonly unknown[]) => Promise<unknown>;
  /** @returns whether it got through; what was pulled stays in any case. */
  readonly reconcileWith: (peer: number) => Promise<boolean>;
  readonly decideForwarded: (forwarded: Forwarded<TransactionCommand>) => Promise<ForwardAnswer>;
  /** As the home of a stream: decides what waits as requested (R15). */
  readonly resolve: (stream: string) => Promise<void>;
  /** As the home of a stream: settles its conflicts and has them compensated (R16). */
  readonly settle: (stream: string, settleAfterMs: number) => Promise<void>;
}

export interface LifeOptions {
  readonly stage: Stage;
  readonly index: number;
  readonly matrix: Matrix;
  readonly incarnation: number;
  readonly aggregate: TransactionAggregate;
  readonly store: EventStore;
  readonly process: Process;
  readonly now: () => number;
  readonly assignment: () => Assignment;
  /** Gets the newest assignment from whoever can be asked. */
  readonly onOutdated: () => void;
  readonly deadLetters: DeadLetters;
}

interface Instance {
  readonly decider: Decider<Transaction, TransactionCommand>;
  readonly service: HomeCellService<Transaction, TransactionCommand>;
}

const repairAfterMs = 50;

/** Before and after any event's time: clocks may be ten minutes off. */
const [beginning, end] = [epoch - 3_600_000, epoch + 400 * 24 * 3_600_000];

/** What R14 says is in force, made once for every assignment. */
function inForceOf(assignment: () => Assignment) {
  let known = assignment();
  const force = (current: Assignment) => ({
    stamp: stampOf(current),
    ended: current.ended,
    contested: (stream: string) => contestedHome(current, transaction.homeKey?.(stream) ?? stream),
  });
  let inForce = force(known);
  return () => {
    const current = assignment();
    if (current !== known) [known, inForce] = [current, force(current)];
    return inForce;
  };
}

export function createLife(options: LifeOptions): Life {
  const { stage, index, matrix, aggregate, store, process, now, assignment, onOutdated, deadLetters } =
    options;
  const { scheduler, plan, random, sabotage } = stage;
  const name = matrix.names[index] ?? '';
  const repairing = new Set<string>();

  const peerAt = (peer: number) =>
    createPeer(stage, matrix.network(), { from: index, to: peer }, () => matrix.cells[peer]?.storeForPeers());

  const runtime: Runtime = {
    now,
    random: random.next,
    sleep: (ms) => new Promise((wake) => scheduler.after(ms, () => process.isAlive() && wake())),
  };

  /** Whether the stores, the peers and the bank that it takes were all there. */
  async function gotThrough(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      const isOutage =
        error instanceof PeerUnavailableError ||
        error instanceof StoreUnavailableError ||
        error instanceof BankUnavailableError;
      if (isOutage) return false;
      throw error;
    }
  }

  /** R3: what is held and does not count asks for repair at once, by one request for the stream. */
  function repair(stream: string, pending: readonly PendingEvent[]): void {
    const [first] = pending;
    if (first) stage.hit(`R3 pending: ${first.reason}`);
    if (first?.reason === 'not_understood') stage.hit('older code meets a newer event');
    if (repairing.has(stream) || sabotage === 'never reconcile') return;
    repairing.add(stream);
    scheduler.after(repairAfterMs, () => {
      if (!process.isAlive()) return;
      repairing.delete(stream);
      for (let peer = 0; peer < matrix.cells.length; peer++) {
        if (peer === index) continue;
        stage.spawn(name, async () => {
          const onPulled = () => stage.hit('R3 repair brings events');
          await gotThrough(() => repairStream({ store, peer: peerAt(peer), stream, onPulled }));
        });
      }
    });
  }

  /** R18: whether every other cell could be asked for what it holds of a stream. */
  async function recoverStream(stream: string): Promise<boolean> {
    const others = matrix.names.map((_, peer) => peer).filter((peer) => peer !== index);
    const asked = await Promise.all(
      others.map((peer) => gotThrough(() => repairStream({ store, peer: peerAt(peer), stream }))),
    );
    return !asked.includes(false);
  }

  const cellAt = (cell: string) => matrix.cells[matrix.names.indexOf(cell)];

  function createInstance(): Instance {
    const decider = createService({
      aggregate,
      store,
      origin: originName(name, options.incarnation),
      assignment: inForceOf(assignment),
      runtime,
      onPending: repair,
      onOutdated: () => {
        stage.hit('R14 newer assignment met');
        scheduler.after(repairAfterMs, () => {
          if (process.isAlive()) onOutdated();
        });
      },
      recoverStream,
      snapshotEvery: plan.snapshotEvery,
    });
    const service = createHomeCellService({
      aggregate,
      decider,
      store,
      cell: name,
      assignment,
      runtime,
      peers: {
        forward: (cell, forwarded) => {
          const to = matrix.names.indexOf(cell);
          const decide = matrix.cells[to]?.decideForwarded ?? (() => undefined);
          return forwardTo(stage, matrix.network(), { from: index, to }, forwarded, decide);
        },
        holds: async (cell, stream) => {
          const events = await peerAt(matrix.names.indexOf(cell)).read(stream);
          return events.length > 0;
        },
      },
    });
    return { decider, service };
  }

  const first = createInstance();
  const instances = [first, ...Array.from({ length: plan.instances - 1 }, createInstance)] as const;
  const anyInstance = (): Instance => random.pick(instances);
  const isHome = (stream: string) => homeOf(assignment(), aggregate.homeKey?.(stream) ?? stream) === name;

  const { takeEvents: takeIn } = createIntake({
    store,
    cell: name,
    peers: matrix.names.filter((other) => other !== name),
    deadLetters,
    now,
    onReceived: (event, receipt) => {
      if (receipt === 'duplicate') stage.hit('R5 duplicate of an event');
      else if (receipt === 'stored') {
        stage.note(name, 'receives', event.id, event.partitionkey);
        const cell = cellAt(name);
        if (cell) matrix.onReceived(cell, event);
      }
    },
  });

  async function reconcileWith(peer: number): Promise<boolean> {
    if (sabotage === 'never reconcile') return true;
    const restores = () => matrix.cells[peer]?.restores();
    const before = restores();
    return gotThrough(async () => {
      const { divergences, rejected } = await reconcile({
        store,
        peer: peerAt(peer),
        origins: matrix.origins(),
        from: beginning,
        to: end,
        onPulled: (event) => {
          stage.hit('R3 reconcile brings events');
          stage.note(name, 'pulls', event.id, event.partitionkey);
        },
      });
      for (const { ours } of divergences) {
        stage.fail('no two contents at one place', `reconcile diverges at ${ours.id}`, ours.partitionkey);
      }
      // A peer whose database is put back between its list and the asking gives less than it listed.
      if (restores() !== before) return;
      for (const { stream, code, detail } of rejected) {
        if (code === 'unavailable') throw new StoreUnavailableError(detail);
        stage.fail('a peer gives what it lists', `${code}: ${detail}`, stream);
      }
    });
  }

  return {
    execute: (request) => anyInstance().service.execute(request),
    read: first.decider.read,
    isHome,
    takeIn,
    reconcileWith,
    decideForwarded: (forwarded) => anyInstance().service.decideForwarded(forwarded),
    resolve: async (stream) => {
      await gotThrough(async () => {
        const decided = await anyInstance().service.resolveRequests(stream);
        if (decided > 0) stage.hit('R15 request decided');
      });
    },
    settle: async (stream, settleAfterMs) => {
      if (!isHome(stream)) return;
      await gotThrough(async () => {
        const { decider } = anyInstance();
        const { compensate } = matrix.bank();
        const { settled } = await settleConflicts(stream, { decider, now, compensate, settleAfterMs });
        if (settled > 0) stage.hit('R16 conflict settled');
      });
    },
  };
}
