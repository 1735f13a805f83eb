import { describe, expect, test } from 'vitest';
import { planOf } from './plan.ts';
import { type RunOptions, runSeeds } from './runner.ts';
import { catchSabotage } from './sabotage/catch.ts';
import { sabotages } from './sabotage/composition.ts';
import { patches } from './sabotage/patches.ts';
import { storyOf } from './story.ts';

const run = (options: Partial<RunOptions>) =>
  runSeeds({ firstSeed: 1, seeds: 300, cells: 2, policy: 'any-cell', ...options });

const policies = ['any-cell', 'home-cell'] as const;

test.each(policies.flatMap((policy) => [2, 3, 5].map((cells) => [policy, cells] as const)))(
  'under %s with %i cells no seed of some hundreds breaks an invariant',
  async (policy, cells) => {
    const { failure, seeds } = await run({ policy, cells, firstSeed: 10_000 * cells });
    expect(failure).toBeUndefined();
    expect(seeds).toBe(300);
  },
);

test('the same seeds give the same trace, and others another', async () => {
  const first = await run({ seeds: 40, cells: 3 });
  const again = await run({ seeds: 40, cells: 3 });
  const other = await run({ seeds: 40, cells: 3, firstSeed: 2 });
  expect(again).toEqual(first);
  expect(other.traceHash).not.toBe(first.traceHash);
});

test('a plan is a function of its seed', () => {
  const options = { seed: 42, cells: 3, policy: 'any-cell', operations: 20 } as const;
  expect(planOf(options)).toEqual(planOf(options));
  expect(planOf({ ...options, seed: 43 })).not.toEqual(planOf(options));
});

test.each(sabotages)('1,000 seeds catch the sabotage "%s"', async (sabotage) => {
  const { failure } = await run({ seeds: 1_000, sabotage });
  expect(failure).toBeDefined();
});

// Each in a process of its own, which loads the patched code: two at a time is what two cores do.
describe.concurrent('a patch of the production code', { timeout: 120_000 }, () => {
  test.each(Object.keys(patches))('1,000 seeds catch the sabotage "%s"', async (sabotage) => {
    const { seed } = await catchSabotage(sabotage, 1_000);
    expect(seed).toBeLessThanOrEqual(1_000);
  });
});

test('a failing seed has a story that is shorter than it, with the command that plays it again', async () => {
  const sabotage = 'forget to record refusals';
  const { failure } = await run({ sabotage });
  if (failure === undefined) throw new Error('The sabotage was not caught.');
  const story = await storyOf(failure.plan, failure.violation, sabotage);
  expect(story).toContain(`Seed ${failure.plan.seed} breaks "a refusal leaves an event"`);
  expect(story).toMatch(/Of its [0-9]+ operations it takes [1-5],/);
  expect(story).toMatch(/VIOLATION a refusal leaves an event/);
  expect(story).toContain(
    `npm run simulate -- --seed ${failure.plan.seed} --seeds 1 --cells 2 --policy any-cell`,
  );
  expect(await storyOf(failure.plan, failure.violation, sabotage)).toBe(story);
});
