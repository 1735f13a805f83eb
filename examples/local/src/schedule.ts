import type { TrafficLine } from './traffic.ts';

/** Requests that go out together. */
export type Volley = readonly TrafficLine[];

/**
 * What one client sends, in order: everything that concerns one transaction. Each volley starts when the one
 * before it has its answers.
 */
export interface Chain {
  readonly volleys: readonly Volley[];
}

/**
 * Deals the lines to clients. Lines that refer to the same answer, and the line that has it, are one chain, in
 * the order of the file; a line that refers to nothing and has no name is a chain of its own, but for the very
 * same line again. Within a chain, consecutive lines with the same `at` go out at once.
 */
export function dealChains(lines: readonly TrafficLine[]): readonly Chain[] {
  const chains = new Map<string, TrafficLine[][]>();
  const chainOf = new Map<string, string>();
  for (const line of lines) {
    const key =
      line.needs.map((name) => chainOf.get(name)).find((known) => known !== undefined) ??
      line.as ??
      line.text;
    if (line.as !== undefined) chainOf.set(line.as, key);
    const volleys = chains.get(key) ?? [];
    chains.set(key, volleys);
    const last = volleys.at(-1);
    if (last && line.at !== undefined && last[0]?.at === line.at) last.push(line);
    else volleys.push([line]);
  }
  return [...chains.values()].map((volleys) => ({ volleys }));
}
