// How the checks call terraform, and on what: a copy, so that no lock file of one machine is left beside the configuration.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const configuration = fileURLToPath(new URL('..', import.meta.url));

const offline = fileURLToPath(new URL('../../../../../shared/tools/terraform-offline/run', import.meta.url));

/** By itself, by a wrapper that knows where providers are, or as TWINLOG_TERRAFORM says. */
export const command = process.env.TWINLOG_TERRAFORM ?? (existsSync(offline) ? offline : 'terraform');

export const isThere = !spawnSync('terraform', ['version'], { stdio: 'ignore' }).error;

/** Initialises a folder, without its backend. `isOutOfReach`: its providers cannot be had on this machine. */
export function initialise(folder) {
  const init = [`-chdir=${folder}`, 'init', '-backend=false', '-input=false', '-no-color'];
  const { status, stdout, stderr } = spawnSync(command, init, { encoding: 'utf8' });
  const isOutOfReach = status === 77 || /Failed to (query available|install) provider/.test(stderr);
  return { status, stdout, stderr, isOutOfReach };
}

const copies = [];
process.on('exit', () => {
  for (const folder of copies) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the configuration, or of what is named, in a folder of its own that goes with the process. */
export function copied(from = configuration) {
  const folder = mkdtempSync(join(tmpdir(), 'twinlog-terraform-'));
  copies.push(folder);
  const isOurs = (path) => from !== configuration || basename(path) !== '.terraform';
  cpSync(from, folder, { recursive: true, verbatimSymlinks: true, filter: isOurs });
  if (from === configuration)
    cpSync(join(folder, 'tests/unguarded.tf'), join(folder, 'modules/azure-cell/unguarded_override.tf'));
  return folder;
}
