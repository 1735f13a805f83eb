export { type Hit, type Hits, neverHit } from './hits.ts';
export type { Outcomes } from './outcomes.ts';
export { type Plan, planOf } from './plan.ts';
export { createRandom, type Random } from './random.ts';
export { type Failure, type RunOptions, type RunResult, runSeeds } from './runner.ts';
export { type Sabotage, sabotages } from './sabotage/composition.ts';
export { storyOf } from './story.ts';
export { readingUsage, UsageError, wholeNumber } from './usage.ts';
export { runWorld, type WorldOptions, type WorldResult } from './world.ts';
