import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

export const root = path.resolve(import.meta.dirname, '../..');

export async function readManifest(folder) {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
}

/** The packages that go to the registry, core first: `{ folder, manifest }` of each. */
export async function publishedPackages() {
  const names = await readdir(path.join(root, 'packages'));
  const all = await Promise.all(
    names.map(async (name) => {
      const folder = path.join(root, 'packages', name);
      return { folder, manifest: await readManifest(folder) };
    }),
  );
  const isCore = ({ manifest }) => manifest.name === '@twinlog/core';
  return all
    .filter(({ manifest }) => !manifest.private)
    .sort((a, b) => isCore(b) - isCore(a) || a.manifest.name.localeCompare(b.manifest.name));
}

/** What `npm pack` makes of the packages: by name, the tarball's path, its files and sizes in bytes. */
export async function packAll(packages, destination) {
  const folders = packages.flatMap(({ folder }) => ['-w', path.relative(root, folder)]);
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', destination, ...folders],
    { cwd: root, maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' },
  );
  const packed = Object.values(JSON.parse(stdout));
  return new Map(
    packed.map(({ name, filename, files, size, unpackedSize }) => [
      name,
      {
        tarball: path.join(destination, filename),
        files: files.map((file) => file.path),
        size,
        unpackedSize,
      },
    ]),
  );
}
