import { hash } from 'node:crypto';
import * as z from 'zod';
import { lately } from '../lately.ts';
import { compareStamps } from '../log/superseded.ts';

/**
 * Who may decide a stream's commands after its create, which every cell accepts. `any-cell` (R16): every cell,
 * at once; a loser in canonical order is a conflict. `home-cell` (R15): the one cell that is the stream's home.
 */
export type Policy = 'any-cell' | 'home-cell';

const cellName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
const origin = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.[1-9][0-9]{0,5}$/);

/** An assignment as JSON, in configuration and in events. */
export const assignmentData = z.strictObject({
  n: z.number().int().min(1),
  cell: cellName,
  policy: z.enum(['any-cell', 'home-cell']),
  cells: z.record(cellName, z.number().int().min(1)),
  ended: z.array(origin).default([]),
  taken_over: z.record(cellName, cellName).default({}),
  drained: z.array(cellName).default([]),
});

/**
 * R14: policy, cells, incarnations and takeovers, as one replicated value. Any change of it is a new version,
 * `(n, cell)`, which is stamped on every decision made under it.
 */
export interface Assignment {
  readonly n: number;
  /** The cell at which this version was made: two cells that change it at once make two versions. */
  readonly cell: string;
  readonly policy: Policy;
  /** Each cell's incarnation in force. */
  readonly cells: ReadonlyMap<string, number>;
  /** Origins that decide no more: incarnations before a restore, cells that left. */
  readonly ended: ReadonlySet<string>;
  /** Cells whose streams another one decides since a takeover. */
  readonly takenOver: ReadonlyMap<string, string>;
  /** Cells that decide nothing while they are listed: to be stopped, or to be taken over safely (R15). */
  readonly drained: ReadonlySet<string>;
}

/** @throws ZodError naming what is missing or wrong. */
export function parseAssignment(value: unknown): Assignment {
  const { n, cell, policy, cells, ended, taken_over, drained } = assignmentData.parse(value);
  return {
    n,
    cell,
    policy,
    cells: new Map(Object.entries(cells)),
    ended: new Set(ended),
    takenOver: new Map(Object.entries(taken_over)),
    drained: new Set(drained),
  };
}

/** The JSON form: what `parseAssignment` reads. */
export function formatAssignment({
  n,
  cell,
  policy,
  cells,
  ended,
  takenOver,
  drained,
}: Assignment): z.output<typeof assignmentData> {
  return {
    n,
    cell,
    policy,
    cells: Object.fromEntries(cells),
    ended: [...ended],
    taken_over: Object.fromEntries(takenOver),
    drained: [...drained],
  };
}

/** The first assignment of a matrix: its cells in their first incarnation. */
export function firstAssignment(policy: Policy, cells: readonly string[]): Assignment {
  const [cell = ''] = cells;
  return {
    n: 1,
    cell,
    policy,
    cells: new Map(cells.map((name) => [name, 1])),
    ended: new Set(),
    takenOver: new Map(),
    drained: new Set(),
  };
}

/** What is stamped on a decision: `n.cell`, and `.home-cell` where that is the policy. */
export function stampOf({ n, cell, policy }: Assignment): string {
  return policy === 'home-cell' ? `${n}.${cell}.home-cell` : `${n}.${cell}`;
}

/** The newer of two assignments. */
export function newerOf(a: Assignment, b: Assignment): Assignment {
  return compareStamps(stampOf(a), stampOf(b)) >= 0 ? a : b;
}

/**
 * The home of all streams with a key: among the cells the one whose hash with the key is the highest (rendezvous
 * hashing, Thaler and Ravishankar 1998), so that a cell that leaves moves only its own streams; then whoever has
 * taken that cell over.
 */
export function homeOf(assignment: Assignment, key: string): string {
  const home = ownHomeOf(assignment, key);
  return takersOf(assignment, home).at(-1) ?? home;
}

/** The cells that have taken a cell over, one after the other: the last of them decides what was that cell's. */
export function takersOf({ takenOver }: Pick<Assignment, 'takenOver'>, cell: string): readonly string[] {
  const takers: string[] = [];
  for (let taker = takenOver.get(cell); taker !== undefined; taker = takenOver.get(taker)) {
    if (takers.length === takenOver.size) break;
    takers.push(taker);
  }
  return takers;
}

/**
 * R15: of a stream's key, the home, or one that had taken it over, that another cell has taken over without its being
 * drained: it may not know, and go on deciding. What its taker decides meanwhile is marked with its name. Undefined under `any-cell`.
 */
export function contestedHome(assignment: Assignment, key: string): string | undefined {
  const { policy, takenOver, drained } = assignment;
  if (policy === 'any-cell' || takenOver.size === 0) return undefined;
  const home = ownHomeOf(assignment, key);
  return [home, ...takersOf(assignment, home)].find((cell) => takenOver.has(cell) && !drained.has(cell));
}

/** How many homes are remembered of an assignment's cells. */
const rememberedHomes = 10_000;

/** Of the cells of each assignment, what draws a stream key's home among them. */
const drawers = new WeakMap<Assignment['cells'], (key: string) => string>();

/** The home before any takeover. */
function ownHomeOf({ cells }: Assignment, key: string): string {
  let draw = drawers.get(cells);
  if (draw === undefined) {
    draw = lately((one) => drawHome(cells, one), rememberedHomes);
    drawers.set(cells, draw);
  }
  return draw(key);
}

/** By rendezvous hashing: the cell whose hash with the key is the highest. */
function drawHome(cells: Assignment['cells'], key: string): string {
  let home = '';
  let highest = '';
  for (const cell of cells.keys()) {
    const weight = hash('sha256', `${cell}\n${key}`, 'hex');
    if (weight > highest) [home, highest] = [cell, weight];
  }
  return home;
}

/** Every origin that an assignment knows: what there is to compare between two logs, ended ones included. */
export function originsOf({ cells, ended }: Assignment): readonly string[] {
  return [...new Set([...[...cells].map(([cell, incarnation]) => `${cell}.${incarnation}`), ...ended])];
}

/**
 * The next assignment, in which `to` decides what `from` decided, and its own again if that had been taken over.
 * Strictly safe only as R15 says.
 */
export function takeOver(current: Assignment, from: string, to: string): Assignment {
  const takenOver = new Map(current.takenOver);
  takenOver.delete(to);
  return { ...current, n: current.n + 1, cell: to, takenOver: takenOver.set(from, to) };
}

/** The next assignment, in which a restored cell has a new incarnation and the one before has ended (R1). */
export function raiseIncarnation(current: Assignment, cell: string): Assignment {
  const incarnation = current.cells.get(cell) ?? 0;
  return {
    ...current,
    n: current.n + 1,
    cell,
    cells: new Map(current.cells).set(cell, incarnation + 1),
    ended: new Set([...current.ended, `${cell}.${incarnation}`]),
  };
}
