import { createMemoryDeadLetters } from '@twinlog/bridge';
import {
  type CommandRequest,
  cellOf,
  type DomainEvent,
  type EventStore,
  newerOf,
  originName,
  originOf,
  raiseIncarnation,
  StoreUnavailableError,
  sourceOf,
  type TransactionCommand,
} from '@twinlog/core';
import { currentCode, doublingCode, isKnownToOlderCode, olderCode } from './aggregates.ts';
import type { Chronicle } from './chronicle.ts';
import { createDatabase } from './database.ts';
import { createLife, type Life } from './life.ts';
import type { Cell, Matrix } from './matrix.ts';
import { withoutCommandId } from './sabotage/composition.ts';
import type { Stage } from './stage.ts';
import { createCellStore, type Process } from './store.ts';
import { createStreamFeed } from './stream-feed.ts';

const restartMs = 2_000;
const resolveAfterMs = 50;
const plainVisitRate = 0.05;
const retryReconcileMs = 30_000;

export function createCell(stage: Stage, index: number, chronicle: Chronicle, matrix: Matrix): Cell {
  const { scheduler, plan, random, sabotage } = stage;
  const name = matrix.names[index] ?? '';
  const deadLetters = createMemoryDeadLetters();
  let assignment = matrix.assignment();
  let incarnation = 1;
  let restores = 0;
  /** R1: ids of the events that the other cells held when this one was restored, and so could give it back. */
  let owed: ReadonlySet<string> = new Set();
  let clockOffset = 0;
  let isStormy = false;
  let isRelayDown = false;
  let isOlder = false;
  let hasReconciled = true;
  let isLoading = false;
  let generation = 0;
  let isUp = false;
  let store: EventStore | undefined;
  let life: Life | undefined;

  const newDatabase = () => createDatabase(name, chronicle, onInserted);
  const newFeed = () =>
    createStreamFeed({
      stage,
      cell: name,
      publish: (events) => matrix.network().publish(index, events),
      deadLetters,
      isUp: () => isUp && !(isRelayDown && stage.faulty),
      downForMs: () => restartMs * 10,
    });
  let database = newDatabase();
  let feed = newFeed();

  const now = () => Math.floor(scheduler.now()) + clockOffset;

  function onInserted(event: DomainEvent): void {
    if (isLoading) return;
    feed.push(event);
    if (restores > 0 && cellOf(originOf(event)) === name) checkOwed(event);
    if (event.requestof === undefined) return;
    const { partitionkey } = event;
    scheduler.after(resolveAfterMs, () => {
      const current = life;
      if (isReady() && current) stage.spawn(name, () => current.resolve(partitionkey));
    });
  }

  function checkOwed({ partitionkey, source }: DomainEvent): void {
    if (source !== sourceOf(originName(name, incarnation))) return;
    for (const id of owed) {
      const event = chronicle.events.get(id)?.event;
      if (event?.partitionkey === partitionkey && !database.held.has(id)) {
        stage.fail(
          'a restored cell reconciles before it decides',
          `${name} decided without ${id}`,
          partitionkey,
        );
      }
    }
  }

  const isReady = () => isUp && hasReconciled;

  function boot(): void {
    generation += 1;
    const born = generation;
    isUp = true;
    const process: Process = {
      isAlive: () => generation === born,
      crash: () => generation === born && crash(restartMs + random.int(10_000)),
    };
    store = createCellStore({
      stage,
      cell: name,
      database,
      process,
      isStormy: () => isStormy,
      clockSkew: () => (plan.clocksCompared ? clockOffset : undefined),
    });
    life = createLife({
      stage,
      index,
      matrix,
      incarnation,
      aggregate: sabotage === 'apply effects twice' ? doublingCode : isOlder ? olderCode : currentCode,
      store,
      process,
      now,
      assignment: () => assignment,
      onOutdated: () => {
        const reachable = matrix.cells.filter(
          (peer) => peer.isUp() && matrix.network().isOpen(peer.index, index),
        );
        assignment = reachable.map((peer) => peer.assignment()).reduce(newerOf, assignment);
      },
      deadLetters,
    });
    feed.wake();
    const current = life;
    if (!hasReconciled) stage.spawn(name, () => catchUp(born, current));
  }

  function crash(downMs: number): void {
    stage.note(name, 'crashes');
    generation += 1;
    isUp = false;
    const died = generation;
    scheduler.after(downMs, () => {
      if (generation !== died) return;
      stage.note(name, 'starts');
      boot();
    });
  }

  /** R1: a restored cell decides nothing until it has reconciled with every peer. */
  async function catchUp(born: number, current: Life): Promise<void> {
    for (let peer = 0; peer < matrix.cells.length; peer++) {
      while (peer !== index && !(await current.reconcileWith(peer))) {
        await scheduler.sleep(retryReconcileMs);
        if (generation !== born) return;
      }
    }
    hasReconciled = true;
    stage.note(name, 'has reconciled');
  }

  function restore(backup: readonly DomainEvent[]): void {
    stage.hit('restore from a backup');
    stage.note(name, 'is restored', `to ${backup.length} events`);
    restores += 1;
    owed = new Set(matrix.cells.flatMap((peer) => (peer === cell ? [] : [...peer.database().held.keys()])));
    if (backup.length < database.held.size) stage.hit('restore loses events');
    database = newDatabase();
    isLoading = true;
    for (const event of backup) void database.store.insert(event);
    isLoading = false;
    feed = newFeed();
    if (sabotage !== 'keep the incarnation after a restore') {
      incarnation += 1;
      matrix.assign(index, raiseIncarnation(matrix.assignment(), name));
    }
    hasReconciled = sabotage === 'decide before reconciling after a restore';
    boot();
  }

  /** As the HTTP API: whoever hands an `expire` to the service puts in the cell's time. */
  function atCell(request: CommandRequest<TransactionCommand>): CommandRequest<TransactionCommand> {
    if (sabotage === 'ignore consistency tokens') {
      const { atLeast: _, ...rest } = request;
      return rest;
    }
    if (request.command.type !== 'expire') return request;
    return { ...request, command: { type: 'expire', at: new Date(now()).toISOString() } };
  }

  const cell: Cell = {
    index,
    name,
    database: () => database,
    restores: () => restores,
    isUp: () => isUp,
    isReady,
    isHome: (stream) => life?.isHome(stream) ?? false,
    storeForPeers: () => (isUp ? store : undefined),
    execute: async (request) => {
      if (!isReady() || life === undefined) return { kind: 'unavailable' };
      if (isOlder && !isKnownToOlderCode(request.command)) {
        stage.hit('older code lacks a command');
        return { kind: 'unsupported' };
      }
      try {
        return await life.execute(atCell(request));
      } catch (error) {
        if (error instanceof StoreUnavailableError) return { kind: 'unavailable' };
        throw error;
      }
    },
    decideForwarded: (forwarded) => {
      const isKnown = !isOlder || isKnownToOlderCode(forwarded.request.command);
      return isReady() && isKnown ? life?.decideForwarded(forwarded) : undefined;
    },
    read: async (stream) => {
      if (life === undefined) throw new Error(`${name} has never run.`);
      return life.read(stream);
    },
    receive: async (values) => {
      if (life === undefined) return;
      const { takeIn } = life;
      if (sabotage === 'acknowledge before storing') {
        scheduler.after(20, () => void takeIn(values).catch(() => {}));
        return;
      }
      await takeIn(sabotage === 'forget command ids on the way' ? values.map(withoutCommandId) : values);
    },
    reconcileWith: async (peer) => (await life?.reconcileWith(peer)) ?? false,
    visit: async (settleAfterMs) => {
      const current = isReady() ? life : undefined;
      for (const [stream, events] of [...database.streams]) {
        // Where one origin alone decided, and no request waits, there is nothing to do: mostly such a visit is spared.
        const [first] = events;
        const isPlain = events.every(
          ({ source, requestof }) => source === first?.source && requestof === undefined,
        );
        if (isPlain && !random.chance(plainVisitRate)) continue;
        await current?.resolve(stream);
        await current?.settle(stream, settleAfterMs);
      }
    },
    assignment: () => assignment,
    learn: (next) => {
      assignment = newerOf(assignment, next);
    },
    crash,
    setClock: (offsetMs) => {
      stage.hit('clock jumps');
      stage.note(name, 'has its clock off by', `${offsetMs} ms`);
      clockOffset = offsetMs;
    },
    setStorm: (value) => {
      isStormy = value;
    },
    setRelayDown: (value) => {
      isRelayDown = value;
    },
    setOlderCode: (value) => {
      stage.note(name, value ? 'runs older code' : 'is upgraded');
      isOlder = value;
      boot();
    },
    restore,
    heal: () => {
      clockOffset = 0;
    },
  };
  boot();
  return cell;
}
