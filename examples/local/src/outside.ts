import { execFile } from 'node:child_process';
import { access, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What is installed outside of the workspace, for commands that few people run. */
export interface Outside {
  /** Names the folder: with the versions, so that another version is another folder. */
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Packages whose install scripts are to run; of all others none does. */
  readonly scripts?: readonly string[];
  /** Is called in the new folder, before it counts as installed. */
  readonly finish?: (folder: string) => Promise<void>;
}

const folderOf = ({ name }: Outside): string => join(tmpdir(), `twinlog-${name}-${process.arch}`);

/** The folder, if it was installed before. */
export async function installedOutside(outside: Outside): Promise<string | undefined> {
  const folder = folderOf(outside);
  return access(folder).then(
    () => folder,
    () => undefined,
  );
}

/** Installs into a folder for temporary files, which the next run finds again. @returns why it cannot, if so */
export async function installOutside(
  outside: Outside,
): Promise<{ readonly folder: string } | { readonly why: string }> {
  const folder = folderOf(outside);
  const making = await mkdtemp(`${folder}-`);
  const { dependencies, scripts = [], finish } = outside;
  try {
    const allowScripts = Object.fromEntries(scripts.map((name) => [name, true]));
    await writeFile(
      join(making, 'package.json'),
      JSON.stringify({ private: true, allowScripts, dependencies }),
    );
    const npm = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    if (scripts.length === 0) npm.push('--ignore-scripts');
    const options = { cwd: making, maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' };
    await promisify(execFile)('npm', npm, options);
    await finish?.(making);
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
    return { folder };
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const said = error instanceof Error ? error.message.trim().split('\n').slice(-8).join('\n  ') : '';
    return { why: `${Object.keys(dependencies).join(' and ')} could not be installed:\n  ${said}` };
  }
}
