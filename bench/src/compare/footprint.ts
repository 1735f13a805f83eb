import { execFile } from 'node:child_process';
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { versionOf } from '../installed.ts';
import { spreadOf } from '../rounds.ts';

const run = promisify(execFile);

export interface Footprint {
  readonly name: string;
  readonly version: string;
  /** Processor time of a Node process that imports it, less that of one that imports nothing, in ms; the median of seven. */
  readonly importMs: number;
  /** What an install brings with it, in packages and bytes. */
  readonly packages: number;
  readonly bytes: number;
}

const contenders = [
  { name: 'twinlog', entry: '@twinlog/core', packages: [] },
  { name: 'castore', entry: '@castore/core', packages: ['@castore/core'] },
  { name: 'emmett', entry: '@event-driven-io/emmett', packages: ['@event-driven-io/emmett'] },
  { name: 'equinox-js', entry: '@equinox-js/core', packages: ['@equinox-js/core'] },
];

async function cpuOf(args: readonly string[], cwd: string): Promise<number> {
  const report =
    'process.on("exit", () => { const { user, system } = process.cpuUsage(); console.log(user + system); });';
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '--eval', `${report}${args.map((name) => `await import('${name}');`).join('')}`],
    { cwd },
  );
  return Number(stdout.trim().split('\n').at(-1)) / 1_000;
}

async function sizeOf(folder: string): Promise<{ readonly packages: number; readonly bytes: number }> {
  let [packages, bytes] = [0, 0];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.bin')) continue;
    const file = path.join(entry.parentPath, entry.name);
    if (/node_modules[\\/](@[^\\/]+[\\/])?[^\\/@]+[\\/]package\.json$/.test(file)) packages += 1;
    bytes += (await lstat(file)).size;
  }
  return { packages, bytes };
}

/** Each library's main package in a project of its own: what it brings, and what its import costs. */
export async function measureFootprints(
  root: string,
  progress: (message: string) => void,
): Promise<readonly Footprint[]> {
  const results: Footprint[] = [];
  for (const { name, entry, packages } of contenders) {
    progress(`footprint: ${name}`);
    const project = await mkdtemp(path.join(tmpdir(), 'twinlog-footprint-'));
    try {
      await writeFile(path.join(project, 'package.json'), '{ "private": true, "type": "module" }');
      const specs =
        packages.length > 0
          ? packages.map((each) => `${each}@${versionOf(each)}`)
          : [path.join(project, await pack(root, project))];
      const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
      await run('npm', ['install', ...quiet, ...specs], { cwd: project });
      const times: number[] = [];
      for (let round = 0; round < 7; round++)
        times.push((await cpuOf([entry], project)) - (await cpuOf([], project)));
      const size = await sizeOf(path.join(project, 'node_modules'));
      results.push({ name, version: versionOf(entry), importMs: spreadOf(times).median, ...size });
    } finally {
      await rm(project, { recursive: true });
    }
  }
  return results;
}

/** Core as it would be published. @returns the tarball's name. */
async function pack(root: string, destination: string): Promise<string> {
  const args = [
    'pack',
    '--silent',
    '--ignore-scripts',
    '--pack-destination',
    destination,
    '-w',
    'packages/core',
  ];
  const { stdout } = await run('npm', args, { cwd: root });
  return stdout.trim();
}
