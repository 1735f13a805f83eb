/** `npm run fuzz -- --requests 100000`: mangled requests, every way into a cell. */
import { parseArgs } from 'node:util';
import { readingUsage, UsageError, wholeNumber } from '@twinlog/simulator';
import { fuzz } from './fuzz.ts';

const usage = `Usage: npm run fuzz -- [options]

  --requests N   how many mangled requests: 100,000 unless told
  --seed S       1 unless told
  --json         the result as one JSON object on standard output, progress on standard error

Exit code: 0 no violation; 1 a violation; 2 wrong arguments.`;

function readArguments() {
  return readingUsage(() => {
    const { values } = parseArgs({
      options: {
        requests: { type: 'string', default: '100000' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      ...values,
      requests: wholeNumber('requests', values.requests, 1, 100_000_000),
      seed: wholeNumber('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    };
  });
}

async function main(): Promise<number> {
  const { requests, seed, json, help } = readArguments();
  if (help) {
    console.log(usage);
    return 0;
  }
  const isTty = process.stderr.isTTY;
  const result = await fuzz({
    requests,
    seed,
    onProgress: (done) => {
      if (isTty || done % 10_000 === 0)
        process.stderr.write(`${isTty ? '\r\x1b[K' : ''}${done} of ${requests} requests${isTty ? '' : '\n'}`);
    },
  });
  if (isTty) process.stderr.write('\r\x1b[K');
  if (json) console.log(JSON.stringify(result));
  else {
    const { seconds, answers, stored, deadLetters, violations } = result;
    console.log(`${requests} mangled requests in ${seconds.toFixed(1)} s, seed ${seed}`);
    for (const [answer, count] of Object.entries(answers))
      console.log(`${String(count).padStart(9)}  ${answer}`);
    console.log(`${stored} events stored, ${deadLetters} dead letters, ${violations.length} violations`);
    for (const { request, way, what } of violations.slice(0, 10)) console.log(`✗ ${request} ${way}: ${what}`);
  }
  return result.violations.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
