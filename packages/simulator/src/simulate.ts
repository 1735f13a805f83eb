import { type Arguments, parseArguments, usage } from './arguments.ts';
import { neverHit } from './hits.ts';
import { hitTable, outcomeTable } from './report.ts';
import { type RunResult, runSeeds } from './runner.ts';
import { replayCommand, storyOf } from './story.ts';
import { UsageError } from './usage.ts';

/** From so many seeds on, a fault or rule that was never met fails the run: with fewer it may be chance. */
const enoughSeeds = 10_000;

const progressMs = 1_000;

/** Prints how far a run is, once a second. */
function createProgress(seeds: number, print: (line: string) => void): (done: number) => void {
  const started = performance.now();
  let next = started + progressMs;
  return (done) => {
    const now = performance.now();
    if (now < next) return;
    next = now + progressMs;
    print(`${done} of ${seeds} seeds, ${Math.round((1_000 * done) / (now - started))} a second`);
  };
}

/** What a run took, in seconds: by the clock on the wall, and of one core's time, whatever else the machine did. */
interface Took {
  readonly seconds: number;
  readonly coreSeconds: number;
}

function startTiming(): () => Took {
  const started = performance.now();
  const { user, system } = process.threadCpuUsage();
  return () => {
    const used = process.threadCpuUsage();
    return {
      seconds: (performance.now() - started) / 1_000,
      coreSeconds: (used.user - user + used.system - system) / 1_000_000,
    };
  };
}

async function report(options: Arguments, result: RunResult, took: Took): Promise<number> {
  const { seeds, hits, outcomes, traceHash, failure } = result;
  const never = neverHit(hits, options.policy);
  const isProof = options.seeds >= enoughSeeds;
  const exitCode = failure || (isProof && never.length > 0) ? 1 : 0;
  const story = failure ? await storyOf(failure.plan, failure.violation) : undefined;
  const seedsPerSecond = Math.round(seeds / took.seconds);
  const seedsPerCoreSecond = Math.round(seeds / took.coreSeconds);
  if (options.json) {
    const { firstSeed, cells, policy } = options;
    const report = {
      policy,
      cells,
      firstSeed,
      seeds,
      seedsPerSecond,
      seedsPerCoreSecond,
      traceHash,
      outcomes,
      hits: Object.fromEntries(hits),
      neverHit: never,
      violation: failure && {
        seed: failure.plan.seed,
        ...failure.violation,
        replay: replayCommand(failure.plan),
        story,
      },
    };
    console.log(JSON.stringify(report));
    return exitCode;
  }
  console.log(hitTable(hits));
  console.log(outcomeTable(options.policy, outcomes));
  console.log(
    `${seeds} seeds, ${options.cells} cells, ${seedsPerSecond} seeds a second (${seedsPerCoreSecond} a second of a core's time), trace hash ${traceHash}`,
  );
  if (never.length > 0) {
    console.log(
      `Never met: ${never.join('; ')}${isProof ? '' : ` (held against a run from ${enoughSeeds} seeds on)`}`,
    );
  }
  console.log(story ?? 'No violation.');
  return exitCode;
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args);
  if (options === undefined) {
    console.log(usage);
    return 0;
  }
  const took = startTiming();
  const onSeed = createProgress(options.seeds, options.json ? console.error : console.log);
  const result = await runSeeds({ ...options, onSeed });
  return report(options, result, took());
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
