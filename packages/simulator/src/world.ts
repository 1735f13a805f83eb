import { type Assignment, type DomainEvent, firstAssignment, originName, takeOver } from '@twinlog/core';
import { createAnswerCheck } from './answers.ts';
import { createBank } from './bank.ts';
import { type Cell, createCell } from './cell.ts';
import { type Chronicle, createChronicle } from './chronicle.ts';
import { type Clients, createClients } from './client.ts';
import { checkCompensations } from './compensations.ts';
import { checkHealed } from './healed.ts';
import type { Hits } from './hits.ts';
import type { Incident } from './incidents.ts';
import { checkStream } from './invariants.ts';
import { createJournal, type Told } from './journal.ts';
import type { Matrix } from './matrix.ts';
import { createNetwork, type Network } from './network.ts';
import { checkTold, noOutcomes, type Outcomes } from './outcomes.ts';
import type { Plan } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import type { Sabotage } from './sabotage.ts';
import { createScheduler } from './scheduler.ts';
import { createStage, type Stage, type Violation } from './stage.ts';
import { createTrace, type TraceLine } from './trace.ts';

export interface WorldResult {
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  /** Empty unless asked for. */
  readonly lines: readonly TraceLine[];
  readonly outcomes: Outcomes;
}

export interface WorldOptions {
  readonly hits: Hits;
  readonly keepLines?: boolean;
  readonly sabotage?: Sabotage | undefined;
}

const cellNames: readonly string[] = [
  'aws-us-east-1',
  'azure-eastus',
  'aws-eu-west-1',
  'azure-westeurope',
  'aws-ap-south-1',
];

/** In virtual time, from when the last fault has ended: what anti-entropy and waiting clients may take. */
const healingLimitMs = 10 * 60_000;

/** After how many of the events that a cell takes in the whole stream is looked at. */
const lookRate = 0.05;

/** How many of the commands are sent once more to two cells after healing. */
const askAgainRate = 0.05;

/** Plays a plan from its start until everything has healed, and holds it against the invariants all along. */
export async function runWorld(
  plan: Plan,
  { hits, keepLines = false, sabotage }: WorldOptions,
): Promise<WorldResult> {
  const scheduler = createScheduler();
  const root = createRandom(plan.seed + 0x5eed);
  const random = root.fork();
  const checks = root.fork();
  const trace = createTrace(keepLines);
  const stage = createStage({ plan, scheduler, random, sabotage, hits, trace });
  const chronicle = createChronicle(stage);
  const names = cellNames.slice(0, plan.cells);
  const cells: Cell[] = [];
  const origins = () =>
    cells.flatMap((cell) =>
      Array.from({ length: cell.restores() + 1 }, (_, past) => originName(cell.name, past + 1)),
    );
  const onReceived = (cell: Cell, stream: string) => {
    if (checks.chance(lookRate))
      checkStream(stage, checks, cell.name, cell.database().streams.get(stream) ?? []);
  };
  const bank = createBank(stage);
  let assignment = firstAssignment(plan.policy, names);
  const matrix: Matrix = {
    names,
    cells,
    network: () => network,
    bank: () => bank,
    assignment: () => assignment,
    assign: (at, next) => {
      assignment = next;
      for (const cell of cells) spread(stage, network, next, at, cell);
    },
    origins,
    onReceived,
  };
  const endpoints = names.map((_, index) => ({
    isUp: () => cells[index]?.isUp() ?? false,
    receive: async (values: readonly unknown[]) => {
      await cells[index]?.receive(values);
      checkReceived(values, cells[index]);
    },
  }));
  /** R5: what a receiver acknowledges is stored. */
  function checkReceived(values: readonly unknown[], cell: Cell | undefined): void {
    for (const value of values) {
      if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string')
        continue;
      const known = chronicle.events.get(value.id)?.event;
      if (known && cell && !cell.database().held.has(known.id)) {
        stage.fail(
          'what is acknowledged is stored',
          `${cell.name} took ${known.id} and lacks it`,
          known.partitionkey,
        );
      }
    }
  }
  const network = createNetwork(stage, names, endpoints);
  for (let index = 0; index < plan.cells; index++) cells.push(createCell(stage, index, chronicle, matrix));

  const isHeldAnywhere = (event: DomainEvent) => cells.some((cell) => cell.database().held.has(event.id));
  const journal = createJournal();
  const clients = createClients({
    stage,
    cells,
    journal,
    check: createAnswerCheck(stage, chronicle, isHeldAnywhere),
    ended: () => assignment.ended,
  });
  for (const incident of plan.incidents) befall(stage, matrix, incident);
  clients.start();

  let hasHealed = false;
  const isOver = () => stage.violations.length > 0;
  await scheduler.run(isOver);
  const outcomes = noOutcomes();
  stage.spawn('simulator', heal);
  await scheduler.run(isOver);

  async function heal(): Promise<void> {
    if (isOver()) return;
    stage.faulty = false;
    stage.note('simulator', 'ends all faults');
    const started = scheduler.now();
    for (const cell of cells) {
      if (!cell.isReady()) stage.fail('everything heals in bounded time', `${cell.name} does not decide yet`);
      cell.heal();
    }
    await settleDown(stage, cells, chronicle);
    let healed = await checkHealed(stage, checks, cells, chronicle);
    const before = chronicle.events.size;
    await askAgain(checks, clients, journal.entries, cells.length);
    if (chronicle.events.size > before) {
      await settleDown(stage, cells, chronicle);
      healed = await checkHealed(stage, checks, cells, chronicle);
    }
    const { folds, lost, lostStreams } = healed;
    if (isOver()) return;
    const [first] = cells;
    for (const fold of folds.values()) outcomes.conflicts += fold.conflicts.length;
    outcomes.exposedEvents += lost;
    outcomes.commands += journal.entries.length;
    if (first) checkTold(stage, journal, folds, first.database(), outcomes);
    checkCompensations(stage, folds, cells, bank, lostStreams, outcomes);
    const took = scheduler.now() - started;
    if (took > healingLimitMs)
      stage.fail('everything heals in bounded time', `It took ${Math.round(took)} ms.`);
    hasHealed = true;
  }
  if (!hasHealed && !isOver()) stage.fail('everything heals in bounded time', 'Healing never ended.');

  return { violations: stage.violations, traceHash: trace.hash(), lines: trace.lines(), outcomes };
}

/** Puts an incident on the clock, its end too. */
function befall(stage: Stage, matrix: Matrix, incident: Incident): void {
  if (incident.kind === 'partition') return;
  const cell = matrix.cells[incident.cell];
  if (cell === undefined) return;
  const at = (ms: number, act: () => void) => stage.scheduler.after(ms, act);
  switch (incident.kind) {
    case 'crash':
      at(incident.at, () => cell.crash(incident.until - incident.at));
      return;
    case 'clock':
      at(incident.at, () => cell.setClock(incident.offsetMs));
      return;
    case 'storm':
      at(incident.at, () => cell.setStorm(true));
      at(incident.until, () => cell.setStorm(false));
      return;
    case 'relay down':
      at(incident.at, () => cell.setRelayDown(true));
      at(incident.until, () => cell.setRelayDown(false));
      return;
    case 'older code':
      at(incident.at, () => cell.setOlderCode(true));
      at(incident.until, () => cell.setOlderCode(false));
      return;
    case 'restore': {
      let backup: readonly DomainEvent[] = [];
      at(incident.backupAt, () => {
        backup = cell.database().backup();
      });
      at(incident.at, () => cell.restore(backup));
      return;
    }
    case 'visit':
      at(incident.at, () => stage.spawn(cell.name, () => cell.visit(incident.settleAfterMs)));
      return;
    case 'takeover':
      at(incident.at, () => {
        stage.hit('takeover by an operator');
        stage.note(cell.name, 'takes over from', matrix.names[incident.from]);
        matrix.assign(
          cell.index,
          takeOver(matrix.assignment(), matrix.names[incident.from] ?? '', cell.name),
        );
      });
      return;
    case 'reconcile':
      at(incident.at, () =>
        stage.spawn(cell.name, async () => {
          if (cell.isUp()) await cell.reconcileWith(incident.peer);
        }),
      );
      return;
  }
}

/** An assignment travels as configuration does: on its own, later here than there, and not through a partition. */
function spread(stage: Stage, network: Network, next: Assignment, from: number, cell: Cell): void {
  const learn = () => {
    if (!network.isOpen(from, cell.index)) stage.scheduler.after(spreadRetryMs, learn);
    else {
      stage.note(cell.name, 'learns assignment', String(next.n));
      cell.learn(next);
    }
  };
  if (cell.index === from) learn();
  else stage.scheduler.after(stage.random.magnitude(10, spreadMs), learn);
}

const spreadMs = 120_000;
const spreadRetryMs = 30_000;

/** Settles whatever is a conflict now: ids may be ahead of the time, by what clocks were. */
const settleAnyAgeMs = -3_600_000;

const settlingMs = 200;

/** What homes write of one another's conflicts and requests calls for no more than this many rounds. */
const mostRounds = 5;

/** Cells compare what they hold, and homes decide and settle, until nothing new comes of it. */
async function settleDown(stage: Stage, cells: readonly Cell[], chronicle: Chronicle): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const before = chronicle.events.size;
    // A request that has just arrived is decided a moment later.
    await stage.scheduler.sleep(settlingMs);
    await converge(stage, cells);
    for (const cell of cells) await cell.visit(settleAnyAgeMs);
    if (chronicle.events.size === before) return;
  }
  stage.fail('everything heals in bounded time', `Homes still write after ${mostRounds} rounds.`);
}

/** How many of the runs of reconcile are played where there is nothing to be pulled. */
const idleReconcileRate = 0.1;

function lacksAny(cell: Cell, peer: Cell): boolean {
  const { held } = cell.database();
  for (const place of peer.database().held.keys()) if (!held.has(place)) return true;
  return false;
}

/** Every cell pulls from every other: afterwards all of them hold all that any of them held. */
async function converge(stage: Stage, cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) {
    for (const peer of cells) {
      if (peer === cell) continue;
      if (!lacksAny(cell, peer) && !stage.random.chance(idleReconcileRate)) continue;
      if (!(await cell.reconcileWith(peer.index))) {
        stage.fail('everything heals in bounded time', `${cell.name} cannot reconcile with ${peer.name}`);
      }
    }
  }
}

/** Some of the commands are sent once more, each to two cells: they are decided by now, and all answer alike. */
async function askAgain(
  random: Random,
  clients: Clients,
  entries: readonly Told[],
  cells: number,
): Promise<void> {
  for (const told of [...entries]) {
    if (told.commandId === undefined || told.sent === 0 || !random.chance(askAgainRate)) continue;
    const index = random.int(cells);
    const first = await clients.ask(told, index);
    await clients.ask(told, index);
    if (first.kind !== 'appended') await clients.ask(told, (index + 1) % cells);
  }
}
