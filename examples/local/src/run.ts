import { setTimeout as sleep } from 'node:timers/promises';
import type { Arguments } from './arguments.ts';
import { createCrowd } from './crowd.ts';
import { type CutRequests, countCut, failOver, type OutageWindow } from './failover.ts';
import type { LocalCell } from './local-cell.ts';
import type { Matrix } from './matrix.ts';
import { startObservers } from './observers.ts';
import { type JournalEntry, play } from './player.ts';
import { startSchedules } from './schedules.ts';
import type { TrafficLine } from './traffic.ts';
import { type CellLog, type Evidence, judge, type Verdict } from './verdict.ts';

/** How long the cell stays down, and how long the two logs may take to be one again, in ms. */
const outageMs = 8_000;
const settlingMs = 45_000;

/** What a run comes to, and what the outage did to the requests that were under way. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly cut: CutRequests | undefined;
}

/** What is going on, for whoever watches. */
export interface Progress {
  readonly onPlaying: (done: number, total: number, entry: JournalEntry) => void;
  readonly onOutage: (cell: string, state: 'down' | 'back') => void;
  readonly onSettling: (aws: number, azure: number) => void;
}

/** Plays the traffic through a running matrix, with the outage in the middle, and judges what is left. */
export async function run(
  matrix: Matrix,
  lines: readonly TrafficLine[],
  { outage, client }: Pick<Arguments, 'outage' | 'client'>,
  { onPlaying, onOutage, onSettling }: Progress,
): Promise<Outcome> {
  const startedAt = Date.now();
  const stopSchedules = startSchedules(matrix);
  const observers = await startObservers(matrix);
  let failover: Promise<OutageWindow> | undefined;
  const journal = await play({
    lines,
    clientOf: createCrowd(matrix, client),
    onProgress: (done, total, entry) => {
      onPlaying(done, total, entry);
      if (outage === 'none' || failover || done < total / 2) return;
      onOutage(matrix.aws.name, 'down');
      failover = failOver(matrix.aws, outage, outageMs);
      failover.then(
        () => onOutage(matrix.aws.name, 'back'),
        () => {},
      );
    },
  });
  const seconds = (Date.now() - startedAt) / 1_000;
  const window = await failover;
  const observed = await observers.stop();
  await stopSchedules();
  const [aws, azure] = await settle(matrix, onSettling);
  const { policy, replicated, compensations: carriedOut, budgetSeconds } = matrix;
  const evidence: Evidence = {
    policy,
    client,
    journal,
    observed,
    aws,
    azure,
    replicated,
    carriedOut,
    outage: window,
    budgetSeconds,
    seconds,
  };
  return { verdict: judge(evidence), cut: window && countCut(journal, aws.raw, window) };
}

/**
 * Waits until both databases hold as many events and no home owes anything, or the time is up, and folds every stream
 * of each. A cell that was down has forgotten what it owed, so every stream is looked at once.
 */
async function settle(
  matrix: Matrix,
  onSettling: Progress['onSettling'],
): Promise<readonly [CellLog, CellLog]> {
  const deadline = Date.now() + settlingMs;
  let all: ReadonlySet<string> | undefined;
  for (;;) {
    const swept = await Promise.all([matrix.aws.sweep(all), matrix.azure.sweep(all)]);
    const [aws, azure] = await Promise.all([matrix.aws.rawEvents(), matrix.azure.rawEvents()]);
    onSettling(aws.length, azure.length);
    const isQuiet = aws.length === azure.length && swept.every((one) => one?.open === 0);
    if ((isQuiet && all) || Date.now() > deadline) {
      return [
        { raw: aws, folds: await foldAll(matrix.aws, aws) },
        { raw: azure, folds: await foldAll(matrix.azure, azure) },
      ];
    }
    all = isQuiet ? new Set(aws.map(({ stream }) => stream)) : undefined;
    if (!isQuiet) await sleep(200);
  }
}

async function foldAll(cell: LocalCell, events: CellLog['raw']): Promise<CellLog['folds']> {
  const folds = new Map<string, Awaited<ReturnType<LocalCell['fold']>>>();
  for (const stream of new Set(events.map((event) => event.stream)))
    folds.set(stream, await cell.fold(stream));
  return folds;
}
