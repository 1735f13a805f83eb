import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { localPeer, PeerUnavailableError, reconcile } from '@twinlog/bridge';
import { foldEvents, formatVersion, StoreUnavailableError, transaction } from '@twinlog/core';
import { createRandom } from '@twinlog/simulator';
import { type Acknowledged, createBook } from './acknowledged.ts';
import { type SoakCell, startSoakCell } from './cell.ts';
import { createMemoryMeter, flatBytes, type MemoryUse } from './memory.ts';
import { type FaultCounts, type FaultRates, noteIn, soakRates } from './random-faults.ts';
import { createTraffic, type Traffic } from './traffic.ts';

export interface SoakOptions {
  readonly events: number;
  readonly seed: number;
  readonly rates?: FaultRates;
  readonly onProgress?: (progress: SoakProgress) => void;
}

export interface SoakProgress {
  readonly events: number;
  readonly of: number;
  readonly underWay: number;
  readonly doing: 'traffic' | 'reconciling' | 'healing' | 'judging';
}

export interface SoakResult {
  readonly seed: number;
  readonly events: number;
  readonly seconds: number;
  /** From the last command to equal logs. */
  readonly healingSeconds: number;
  /** By origin, in each cell: what was acknowledged, and what the log holds. */
  readonly logs: readonly { readonly cell: string; readonly origin: string; readonly held: Acknowledged }[];
  readonly acknowledged: Readonly<Record<string, Acknowledged>>;
  /** Acknowledged events that a log lacks. */
  readonly lost: number;
  /** Events in a log beyond those acknowledged, and streams whose fold counts a command twice or differs. */
  readonly twice: number;
  readonly foldedStreams: number;
  readonly digestsEqual: boolean;
  readonly reconciled: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Poison records that are no dead letters. */
  readonly unparked: number;
  readonly memory: MemoryUse;
  /** Judged from 100,000 events on: a shorter run is still warming up. */
  readonly memoryFlat: boolean;
  readonly passed: boolean;
}

/** No more events than this are on their way before the clients wait: else memory would measure the backlog. */
const maxUnderWay = 4_000;
/** How often the heap is measured, and the logs are reconciled while traffic goes on: the fewer, the shorter a run is. */
const samplesOf = (events: number): number => (events < judgedFrom ? 5 : 40);
const reconciliationsOf = (events: number): number => (events < judgedFrom ? 4 : 20);
/** Events younger than this are left to Event Grid, in ms. */
const reconcileAfterMs = 2_000;
const judgedFrom = 100_000;
const names = ['aws-us-east-1', 'azure-eastus'] as const;

/** Plays a soak: both directions, every fault at random from a seed, until both logs are one again. */
export async function runSoak({
  events,
  seed,
  rates = soakRates,
  onProgress,
}: SoakOptions): Promise<SoakResult> {
  const directory = await mkdtemp(join(tmpdir(), 'twinlog-soak-'));
  const random = createRandom(seed);
  const faults: FaultCounts = new Map();
  const cells: SoakCell[] = [];
  try {
    for (const [index, name] of names.entries()) {
      cells.push(
        await startSoakCell({
          name,
          peers: names.filter((peer) => peer !== name),
          cloud: index === 0 ? 'aws' : 'azure',
          file: join(directory, `${name}.sqlite`),
          random: random.fork(),
          rates,
          note: noteIn(faults),
        }),
      );
    }
    for (const cell of cells) for (const other of cells) if (other !== cell) await cell.listen(other.topic);
    return await play(cells, { events, seed, random, faults, onProgress });
  } finally {
    for (const cell of cells) await cell.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function play(
  cells: readonly SoakCell[],
  {
    events,
    seed,
    random,
    faults,
    onProgress,
  }: Pick<SoakOptions, 'events' | 'seed'> & {
    readonly random: ReturnType<typeof createRandom>;
    readonly faults: FaultCounts;
    readonly onProgress: SoakOptions['onProgress'];
  },
): Promise<SoakResult> {
  const startedAt = performance.now();
  const book = createBook();
  const meter = createMemoryMeter();
  const traffic = createTraffic(cells, random.fork(), book.note);
  const underWay = () => cells.reduce((sum, cell) => sum + cell.underWay(), 0);
  let made = 0;
  const tell = (doing: SoakProgress['doing']) =>
    onProgress?.({ events: made, of: events, underWay: underWay(), doing });

  let since = Date.now() - 1_000;
  let reconciled = 0;
  const heal = async (to: number) => {
    for (const cell of cells) reconciled += await reconcileOnce(cells, cell, since, to);
    since = to;
  };

  let nextSample = 0;
  let nextReconcile = events / reconciliationsOf(events);
  for (let step = 0; made < events; step++) {
    made += await traffic.step();
    if (step % 50 === 0) await breathe();
    while (step % 100 === 0 && underWay() > maxUnderWay) await sleep(5);
    if (made >= nextSample) {
      meter.sample(made);
      nextSample += events / samplesOf(events);
      tell('traffic');
    }
    if (made >= nextReconcile) {
      tell('reconciling');
      await heal(Date.now() - reconcileAfterMs);
      nextReconcile += events / reconciliationsOf(events);
    }
  }
  const decidedAt = performance.now();

  const origins = cells.map(({ origin }) => origin);
  const acknowledged = Object.fromEntries(origins.map((origin) => [origin, book.of(origin)]));
  const end = Date.now() + 60_000;
  let logs: SoakResult['logs'] = [];
  let digestsEqual = false;
  for (let round = 0; round < 50 && !digestsEqual; round++) {
    tell('healing');
    const deadline = Date.now() + 20_000;
    while (underWay() > 0 && Date.now() < deadline) await sleep(20);
    await heal(end);
    logs = await heldBy(cells, origins, end);
    digestsEqual = logs.every(
      ({ origin, held }) =>
        held.hash === acknowledged[origin]?.hash && held.count === acknowledged[origin]?.count,
    );
    // What was lost of a time that had been reconciled already is found by a run over all of it.
    since = 0;
  }
  const healedAt = performance.now();
  tell('judging');
  meter.sample(made);

  const lost = logs.reduce(
    (sum, { origin, held }) => sum + Math.max(0, (acknowledged[origin]?.count ?? 0) - held.count),
    0,
  );
  const extra = logs.reduce(
    (sum, { origin, held }) => sum + Math.max(0, held.count - (acknowledged[origin]?.count ?? 0)),
    0,
  );
  const folded = await foldSample(cells, traffic);
  const memory = meter.use();
  const memoryFlat = events < judgedFrom || memory.growth < flatBytes;
  const twice = extra + folded.wrong;
  const deadLetters = sumOf(cells.map((cell) => cell.deadLetters()));
  const unparked = (faults.get('poison record') ?? 0) - (deadLetters.malformed ?? 0);
  return {
    seed,
    events: made,
    seconds: (performance.now() - startedAt) / 1_000,
    healingSeconds: (healedAt - decidedAt) / 1_000,
    logs,
    acknowledged,
    lost,
    twice,
    foldedStreams: folded.streams,
    digestsEqual,
    reconciled,
    faults: Object.fromEntries([...faults].sort()),
    deadLetters,
    unparked,
    memory,
    memoryFlat,
    passed: lost === 0 && twice === 0 && unparked === 0 && digestsEqual && memoryFlat,
  };
}

/** Pulls what a cell lacks from all others, over HTTP, until it got through. @returns how many events that were. */
async function reconcileOnce(
  cells: readonly SoakCell[],
  cell: SoakCell,
  from: number,
  to: number,
): Promise<number> {
  if (to <= from) return 0;
  let pulled = 0;
  for (const peer of cells) {
    if (peer === cell) continue;
    for (let isDone = false; !isDone; ) {
      try {
        const origins = cells.map(({ origin }) => origin);
        const { store } = cell.log;
        pulled += (await reconcile({ store, peer: peer.asPeer, origins, from, to })).pulled;
        isDone = true;
      } catch (error) {
        if (!(error instanceof PeerUnavailableError) && !(error instanceof StoreUnavailableError))
          throw error;
        await sleep(10);
      }
    }
  }
  return pulled;
}

/** What each cell's log holds of each origin. @param to the events before it, in ms since 1970 */
export async function heldBy(
  cells: readonly SoakCell[],
  origins: readonly string[],
  to: number,
): Promise<SoakResult['logs']> {
  const logs: { cell: string; origin: string; held: Acknowledged }[] = [];
  for (const { name, log } of cells) {
    for (const origin of origins) {
      const [held] = await localPeer(log.store).digests({ origin, ranges: [{ from: 0, to }] });
      if (held) logs.push({ cell: name, origin, held });
    }
  }
  return logs;
}

/** Folds some of the streams in every cell: how many differ, or count something else than each command once. */
async function foldSample(
  cells: readonly SoakCell[],
  traffic: Traffic,
): Promise<{ readonly streams: number; readonly wrong: number }> {
  let wrong = 0;
  for (const stream of traffic.sample()) {
    const folds = await Promise.all(
      cells.map(async ({ log }) => foldEvents(transaction, await log.store.read(stream))),
    );
    const seen = new Set(
      folds.map(({ state, version, pending, claims }) => {
        const captures = [...claims].filter(([id, { conflict }]) => id.startsWith('capture-') && !conflict);
        const isOnce = state?.captured === BigInt(captures.length * 100);
        if (!isOnce || pending.length > 0) wrong += 1;
        return `${formatVersion(version)} ${state?.captured} ${state?.authorised} ${state?.status}`;
      }),
    );
    if (seen.size > 1) wrong += 1;
  }
  return { streams: traffic.sample().length, wrong };
}

function sumOf(counts: readonly ReadonlyMap<string, number>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const one of counts) for (const [name, count] of one) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
