import type { Policy } from '@twinlog/core';
import type { Hits } from './hits.ts';
import { noOutcomes, type Outcomes } from './outcomes.ts';
import { type Plan, planOf } from './plan.ts';
import type { Sabotage } from './sabotage/composition.ts';
import type { Violation } from './stage.ts';
import { runWorld } from './world.ts';

export interface RunOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly cells: number;
  readonly policy: Policy;
  /** Requests that clients send in a seed, those sent again included; 20 unless told. */
  readonly operations?: number;
  readonly sabotage?: Sabotage;
  /** Told after every seed; `true` to stop. */
  readonly onSeed?: (done: number) => void;
}

export interface Failure {
  readonly plan: Plan;
  readonly violation: Violation;
}

export interface RunResult {
  /** How many seeds were played: fewer than asked for where one failed. */
  readonly seeds: number;
  readonly hits: Hits;
  readonly outcomes: Outcomes;
  /** The hash of all the seeds' trace hashes, in order. */
  readonly traceHash: string;
  /** The first seed that failed: the run ends with it. */
  readonly failure: Failure | undefined;
}

function addUp(sum: Outcomes, more: Outcomes): void {
  for (const key of Object.keys(sum) as (keyof Outcomes)[]) sum[key] += more[key];
}

/** Plays seeds one after another, until all are done or one fails. */
export async function runSeeds(options: RunOptions): Promise<RunResult> {
  const { firstSeed, seeds, cells, policy, operations = 20, sabotage, onSeed } = options;
  const hits: Hits = new Map();
  const outcomes = noOutcomes();
  let traceHash = 0xcbf29ce484222325n;
  let failure: Failure | undefined;
  let done = 0;
  // Faults are thrown by the thousand, and nobody reads where from: a failing seed is played again for that.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  while (done < seeds && failure === undefined) {
    const plan = planOf({ seed: firstSeed + done, cells, policy, operations });
    const world = await runWorld(plan, { hits, sabotage });
    addUp(outcomes, world.outcomes);
    traceHash = BigInt.asUintN(64, (traceHash ^ BigInt(`0x${world.traceHash}`)) * 0x100000001b3n);
    const [violation] = world.violations;
    if (violation) failure = { plan, violation };
    done += 1;
    onSeed?.(done);
  }
  Error.stackTraceLimit = stackTraceLimit;
  return { seeds: done, hits, outcomes, traceHash: traceHash.toString(16).padStart(16, '0'), failure };
}
