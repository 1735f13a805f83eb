/** `npm run soak -- --events 1000000`: what it does is in README.md, what it takes in `--help`. */
import { UsageError } from '@twinlog/simulator';
import { parseArguments, usage } from './arguments.ts';
import { progressText, reportText } from './report.ts';
import type { SoakProgress } from './run.ts';

function showProgress(progress: SoakProgress): void {
  const text = progressText(progress);
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
}

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed === undefined) {
    console.log(usage);
    return 0;
  }
  const { json, ...options } = parsed;
  // Only now: it brings the stand-ins and the SDKs along, for which nobody need wait who has mistyped something.
  const { runSoak } = await import('./run.ts');
  const result = await runSoak({ ...options, onProgress: showProgress });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : reportText(result));
  return result.passed ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
