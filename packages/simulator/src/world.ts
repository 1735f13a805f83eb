import { type DomainEvent, firstAssignment, opensStream, originName } from '@twinlog/core';
import { forgetEvents } from './aggregates.ts';
import { createAnswerCheck } from './answers.ts';
import { createBank } from './bank.ts';
import { befall, spread } from './befall.ts';
import { createCell } from './cell.ts';
import { createChronicle } from './chronicle.ts';
import { createClients } from './client.ts';
import { checkCompensations } from './compensations.ts';
import { checkHealed } from './healed.ts';
import type { Hits } from './hits.ts';
import { checkStream } from './invariants.ts';
import { createJournal } from './journal.ts';
import type { Cell, Matrix } from './matrix.ts';
import { createNetwork } from './network.ts';
import { checkTold, noOutcomes, type Outcomes } from './outcomes.ts';
import type { Plan } from './plan.ts';
import { createRandom } from './random.ts';
import type { Sabotage } from './sabotage/composition.ts';
import { createScheduler } from './scheduler.ts';
import { askAgain, settleDown } from './settle-down.ts';
import { createStage, type Violation } from './stage.ts';
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

/** After how many of the events that a cell takes in the whole stream is looked at: more where an older one comes late. */
const lookRate = 0.03;
const lateLookRate = 0.25;

/** Plays a plan from its start until everything has healed, and holds it against the invariants all along. */
export async function runWorld(
  plan: Plan,
  { hits, keepLines = false, sabotage }: WorldOptions,
): Promise<WorldResult> {
  forgetEvents();
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
  const onReceived = (cell: Cell, { partitionkey, id }: DomainEvent) => {
    const events = cell.database().streams.get(partitionkey) ?? [];
    const isLate = events.some((event) => event.id > id);
    // Another create may turn every verdict that was reached without it (R13): that is looked at each time.
    const hasRivals = events.filter(opensStream).length > 1;
    const rate = hasRivals ? 1 : isLate ? lateLookRate : lookRate;
    if (checks.chance(rate)) checkStream(stage, checks, cell.name, events);
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

  const journal = createJournal();
  const clients = createClients({
    stage,
    cells,
    journal,
    check: createAnswerCheck(stage, chronicle, matrix),
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
