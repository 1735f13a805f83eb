import { fileURLToPath } from 'node:url';
import { type Arguments, parseArguments, UsageError, usage } from './arguments.ts';
import { startMatrix } from './matrix.ts';
import { createProgress } from './progress.ts';
import { describeUrls, describeVerdict } from './report.ts';
import { run } from './run.ts';
import { readTraffic } from './traffic.ts';

const defaultTraffic = fileURLToPath(new URL('../traffic.ndjson', import.meta.url));

async function main({ traffic, outage, policy, client, json, keep }: Arguments): Promise<number> {
  const lines = readTraffic(traffic ?? defaultTraffic);
  const progress = createProgress(process.stderr);
  progress.say('Starting the AWS cell, the Azure cell, both bridges and the router …');
  const matrix = await startMatrix(policy);
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
    const outcome = await Promise.race([run(matrix, lines, { outage, client }, progress), ended]);
    progress.end();
    if (!outcome) return 130;
    const { verdict } = outcome;
    process.stdout.write(json ? `${JSON.stringify(verdict)}\n` : describeVerdict(outcome, matrix));
    if (keep && !interrupted) {
      process.stderr.write(describeUrls(matrix));
      await ended;
    }
    return verdict.verdict === 'pass' ? 0 : 1;
  } finally {
    await matrix.stop();
  }
}

try {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed) process.exit(await main(parsed));
  process.stdout.write(`${usage}\n`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
