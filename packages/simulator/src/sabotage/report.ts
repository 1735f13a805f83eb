/** Has every sabotage caught, one after another, and prints the table of `docs/simulation.md`. */
import { catchSabotage, everySabotage } from './catch.ts';

console.log('| deliberate fault | played under | caught by seed | as a breach of |');
console.log('| --- | --- | ---: | --- |');
let missed = 0;
for (const name of everySabotage) {
  try {
    const { sabotage, policy, seed, invariant } = await catchSabotage(name);
    console.log(`| ${sabotage} | \`${policy}\` | ${seed} | ${invariant} |`);
  } catch (error) {
    missed += 1;
    console.error(error instanceof Error ? error.message : error);
  }
}
process.exitCode = missed > 0 ? 1 : 0;
