import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { sampleAwsEnvironment } from '@twinlog/example-infra/bundle';
import { interleave, ratioOf, type Spread, spreadOf } from '../rounds.ts';
import { type Bundle, type Bundled, bundle } from './bundles.ts';

export interface ColdStartResult {
  readonly rounds: number;
  /** Milliseconds of processor time, and of the clock, that a new process takes to import the bundle. */
  readonly processor: { readonly api: Spread; readonly sdk: Spread; readonly ratio: Spread };
  readonly clock: { readonly api: Spread; readonly sdk: Spread; readonly ratio: Spread };
  readonly bytes: { readonly api: number; readonly apiInAll: number; readonly sdk: number };
  readonly goal: number;
  /** By the median of the rounds' ratios of processor time: the clock also counts what else runs on the machine. */
  readonly goalMet: boolean;
}

const goal = 1.4;
const run = promisify(execFile);

/** How often a bundle is imported in a round, each time by a new process; the fastest counts. */
const startsPerRound = 3;

const script = `
const [file] = process.argv.slice(1);
const start = performance.now();
const used = process.cpuUsage();
await import(file);
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({ clock: performance.now() - start, processor: (user + system) / 1000 }));
`;

async function importOnce(entry: string): Promise<{ readonly clock: number; readonly processor: number }> {
  const options = ['--input-type=module', '--eval', script, resolve(entry)];
  const { stdout } = await run(process.execPath, options, { env: sampleAwsEnvironment });
  return JSON.parse(stdout);
}

/** What a cell's API function takes to start as it is deployed, beside the SDK's client alone, bundled and run alike. */
export async function measureColdStart(
  rounds: number,
  progress: (message: string) => void,
): Promise<ColdStartResult> {
  const directory = await mkdtemp(join(tmpdir(), 'twinlog-bundles-'));
  try {
    const names = ['api', 'sdk'] as const;
    const bundles = new Map<Bundled, Bundle>();
    for (const name of names) bundles.set(name, await bundle(name, join(directory, name)));
    const clocks = new Map<Bundled, number[]>(names.map((name) => [name, []]));
    const processors = await interleave(names, rounds, async (name, round) => {
      progress(`cold start, ${name}, ${round}`);
      const starts = [];
      for (let at = 0; at < startsPerRound; at++)
        starts.push(await importOnce(bundles.get(name)?.entry ?? ''));
      if (round !== 'warm-up') clocks.get(name)?.push(Math.min(...starts.map(({ clock }) => clock)));
      return Math.min(...starts.map(({ processor }) => processor));
    });
    const compare = (measured: ReadonlyMap<Bundled, readonly number[]>) => {
      const [api = [], sdk = []] = [measured.get('api'), measured.get('sdk')];
      return { api: spreadOf(api), sdk: spreadOf(sdk), ratio: ratioOf(api, sdk) };
    };
    const processor = compare(processors);
    const [api, sdk] = [bundles.get('api'), bundles.get('sdk')];
    return {
      rounds,
      processor,
      clock: compare(clocks),
      bytes: { api: api?.atStart ?? 0, apiInAll: api?.inAll ?? 0, sdk: sdk?.atStart ?? 0 },
      goal,
      goalMet: processor.ratio.median <= goal,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
