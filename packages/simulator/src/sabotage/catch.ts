import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sabotages } from './composition.ts';
import { patches } from './patches.ts';

/** Every deliberate fault, by name. */
export const everySabotage: readonly string[] = [...sabotages, ...Object.keys(patches)];

/** How a sabotage was caught. */
export interface Caught {
  readonly sabotage: string;
  readonly policy: string;
  readonly seed: number;
  readonly invariant: string;
}

const player = fileURLToPath(new URL('play.ts', import.meta.url));

/** Has seeds from 1 on played in a process of their own. @throws Error where none of them caught it. */
export function catchSabotage(name: string, seeds = 1_000): Promise<Caught> {
  return new Promise((resolve, reject) => {
    const args = ['--conditions=twinlog-source', player, name, String(seeds)];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(`${seeds} seeds did not catch "${name}". ${stdout}${stderr}`));
    });
  });
}
