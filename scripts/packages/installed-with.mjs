import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readManifest } from './published.mjs';

/** Licences of packages whose manifest names none, read in their README. */
const saidElsewhere = { 'semaphore@1.1.0': 'MIT' };

/** The folder where Node finds `name` from `folder`, or undefined where it is not installed. */
async function folderOf(name, folder) {
  const above = createRequire(path.join(folder, 'package.json')).resolve.paths(`${name}/package.json`) ?? [];
  for (const place of above) {
    const found = path.join(place, name);
    const isThere = await access(path.join(found, 'package.json')).then(
      () => true,
      () => false,
    );
    if (isThere) return found;
  }
  return undefined;
}

/**
 * Everything that an install of the package in `folder` brings beside it, each once, sorted by name: its runtime
 * dependencies, theirs, and so on.
 * @returns `{ name, version, licence }` of each; optional peers are not brought.
 */
export async function installedWith(folder) {
  const found = new Map();
  const queue = [{ folder, manifest: await readManifest(folder) }];
  for (const { folder: from, manifest } of queue) {
    const optional = Object.keys(manifest.optionalDependencies ?? {});
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
      (name) => !manifest.peerDependenciesMeta?.[name]?.optional,
    );
    for (const name of [...Object.keys(manifest.dependencies ?? {}), ...peers]) {
      const place = await folderOf(name, from);
      if (place === undefined && optional.includes(name)) continue;
      if (place === undefined) throw new Error(`${name}, which ${manifest.name} needs, is not installed.`);
      if (found.has(place)) continue;
      const dependency = await readManifest(place);
      const { version, license = saidElsewhere[`${name}@${version}`] ?? 'no licence' } = dependency;
      found.set(place, { name, version, licence: license });
      queue.push({ folder: place, manifest: dependency });
    }
  }
  return [...found.values()].sort(
    (a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version),
  );
}
