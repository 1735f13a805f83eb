import { readFileSync } from 'node:fs';

/** The data actions of each operation, as `permissions.json` has them. */
export function readPermissions(): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(readFileSync(new URL('../permissions.json', import.meta.url), 'utf8'));
}

/** Every action that a cell's identity needs, each once. */
export function dataActions(): readonly string[] {
  return [...new Set(Object.values(readPermissions()).flat())].sort();
}
