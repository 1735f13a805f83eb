import type { Plan, Rates } from './plan.ts';
import type { Sabotage } from './sabotage/composition.ts';
import type { Violation } from './stage.ts';
import { runWorld, type WorldResult } from './world.ts';

/** A plan that fails in the same way, and what happens in it. */
export interface Shrunk {
  readonly plan: Plan;
  readonly world: WorldResult;
  readonly violation: Violation;
}

const mostRuns = 600;

/** Plans that lack one part of this one, the largest parts first. */
function* smaller(plan: Plan): Generator<Plan, void, undefined> {
  const { operations, incidents, rates } = plan;
  for (let width = operations.length >> 1; width >= 1; width >>= 1) {
    for (let at = 0; at < operations.length; at += width) {
      yield { ...plan, operations: operations.toSpliced(at, width) };
    }
  }
  for (let at = 0; at < incidents.length; at++) yield { ...plan, incidents: incidents.toSpliced(at, 1) };
  for (const rate of Object.keys(rates) as (keyof Rates)[]) {
    if (rates[rate] > 0) yield { ...plan, rates: { ...rates, [rate]: 0 } };
  }
  for (const [number, operation] of operations.entries()) {
    for (let at = 1; at < operation.sends.length; at++) {
      yield {
        ...plan,
        operations: operations.with(number, { ...operation, sends: operation.sends.toSpliced(at, 1) }),
      };
    }
  }
  if (plan.storeLatencyMs > 0) yield { ...plan, storeLatencyMs: 0 };
  if (plan.instances > 1) yield { ...plan, instances: 1 };
}

/**
 * Makes a failing plan smaller for as long as the same invariant fails, by leaving out operations, incidents and faults
 * one after another (delta debugging: Zeller and Hildebrandt, 2002). Deterministic: a replay ends at the same story.
 */
export async function shrink(plan: Plan, invariant: string, sabotage: Sabotage | undefined): Promise<Shrunk> {
  let smallest = plan;
  let runs = 0;
  for (let progress = true; progress && runs < mostRuns; ) {
    progress = false;
    for (const candidate of smaller(smallest)) {
      runs += 1;
      if (runs >= mostRuns) break;
      const { violations } = await runWorld(candidate, { hits: new Map(), sabotage });
      if (violations[0]?.invariant !== invariant) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  const world = await runWorld(smallest, { hits: new Map(), keepLines: true, sabotage });
  const [violation] = world.violations;
  if (violation === undefined)
    throw new Error(`Seed ${plan.seed} failed once and not again: a run is not determined by it.`);
  return { plan: smallest, world, violation };
}
