import { readFileSync } from 'node:fs';

/** The data actions of each operation, as `permissions.json` has them. */
export function readPermissions(): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(readFileSync(new URL('../permissions.json', import.meta.url), 'utf8'));
}

/** Every action that a cell's identity needs on the container of events, each once. Totals are kept in one of their own. */
export function dataActions(): readonly string[] {
  const { totals: _, ...onEvents } = readPermissions();
  return [...new Set(Object.values(onEvents).flat())].sort();
}
