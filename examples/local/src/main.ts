import type { Arguments } from './arguments.ts';
import { startConsole } from './console/console.ts';
import { startMatrix } from './matrix.ts';
import { createProgress } from './progress.ts';
import { describeUrls, describeVerdict } from './report.ts';
import { type Progress, run } from './run.ts';
import { printTraces } from './traces.ts';
import type { TrafficLine } from './traffic.ts';

/**
 * The main job: starts the matrix, plays the traffic, prints the verdict, and stays up if told to.
 *
 * @returns the exit code: 0 if nothing was lost, nothing happened twice and the stores are equal; 130 where it was broken off.
 */
export async function main(
  lines: readonly TrafficLine[],
  { outage, policy, client, json, keep, traces }: Arguments,
): Promise<number> {
  const progress = createProgress(process.stderr);
  progress.say('Starting the AWS cell, the Azure cell, both bridges and the router …');
  const matrix = await startMatrix(policy);
  const page = keep ? await startConsole(matrix) : undefined;
  if (page) progress.say(`Watch it at ${page.url}`);
  let interrupted = false;
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        interrupted = true;
        resolve();
      });
    }
  });
  try {
    const outcome = await Promise.race([
      run(matrix, lines, { outage, client }, both(progress, page?.progress)),
      ended,
    ]);
    progress.end();
    if (!outcome) return 130;
    const { verdict } = outcome;
    process.stdout.write(json ? `${JSON.stringify(verdict)}\n` : describeVerdict(outcome, matrix));
    if (page && !interrupted) {
      page.open(verdict);
      process.stderr.write(describeUrls(matrix, page.url));
      if (traces) printTraces((text) => process.stderr.write(text));
      await ended;
    }
    return verdict.verdict === 'pass' ? 0 : 1;
  } finally {
    await page?.stop();
    await matrix.stop();
  }
}

/** Tells both how it goes. */
function both(one: Progress, other: Progress | undefined): Progress {
  return {
    onPlaying: (...about) => {
      one.onPlaying(...about);
      other?.onPlaying(...about);
    },
    onOutage: (...about) => {
      one.onOutage(...about);
      other?.onOutage(...about);
    },
    onSettling: (...about) => {
      one.onSettling(...about);
      other?.onSettling(...about);
    },
  };
}
