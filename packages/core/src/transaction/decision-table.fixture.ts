/**
 * What becomes of commands that two cells decide without having heard of each other, worked out from a table of
 * states alone: nothing here knows the aggregate, the fold or the service that are held against it.
 */

/** The commands of the table, by letter, with what each asks for. */
export const alphabet = {
  C1: 'capture 1 of the 2 units',
  C2: 'capture 2',
  R1: 'refund 1',
  R2: 'refund 2',
  V: 'void',
  D: 'decline',
  X: 'expire, at a time after the expiry',
  E: 'expire, at a time before the expiry',
  F: 'capture 1 of another currency',
} as const;
export type Letter = keyof typeof alphabet;
export const letters: readonly Letter[] = ['C1', 'C2', 'R1', 'R2', 'V', 'D', 'X', 'E', 'F'];

/** Accepted in no state of the table, so that the others come to the same without them. */
export const neverAccepted: readonly Letter[] = ['E', 'F'];

/** The states that the commands are sent to, each of a transaction of 2 units. */
export type Given = 'open' | 'half captured' | 'open, no expiry';
export const givens: readonly Given[] = ['open', 'half captured', 'open, no expiry'];

/** What a command leads to in a state, or, after an exclamation mark, the short name of why it is refused. */
const table = `
state                | C1            | C2       | R1                   | R2       | V      | D        | X       | E      | F
open                 | half captured | captured | !back                | !back    | voided | declined | expired | !early | !money
open, no expiry      | half captured | captured | !back                | !back    | voided | declined | !never  | !never | !money
half captured        | captured      | !over    | refunded             | !back    | !taken | !taken   | !taken  | !taken | !money
captured             | !over         | !over    | captured, 1 refunded | refunded | !taken | !taken   | !taken  | !taken | !money
captured, 1 refunded | !over         | !over    | refunded             | !back    | !taken | !taken   | !taken  | !taken | !money
refunded             | !end          | !end     | !end                 | !end     | !end   | !end     | !end    | !end   | !money
voided               | !end          | !end     | !end                 | !end     | !end   | !end     | !end    | !end   | !money
declined             | !end          | !end     | !end                 | !end     | !end   | !end     | !end    | !end   | !money
expired              | !end          | !end     | !end                 | !end     | !end   | !end     | !end    | !end   | !money
`;

const codes: Readonly<Record<string, string>> = {
  over: 'capture_exceeds_amount',
  back: 'refund_exceeds_captured',
  taken: 'transaction_captured',
  early: 'not_yet_expired',
  never: 'not_expirable',
  money: 'currency_mismatch',
};

/** By state and letter. */
export const transitions: ReadonlyMap<string, ReadonlyMap<string, string>> = readTable();

function readTable(): Map<string, Map<string, string>> {
  const [[, ...columns] = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(
    rows.map(([state = '', ...cells]) => {
      const outcomeOf = (cell: string) =>
        cell.startsWith('!') ? `!${codes[cell.slice(1)] ?? `transaction_${state}`}` : cell;
      return [state, new Map(cells.map((cell, at) => [columns[at] ?? '', outcomeOf(cell)]))];
    }),
  );
}

/** One command of a case, and the cell that decides it. */
export interface Step {
  readonly letter: Letter;
  readonly cell: 'A' | 'B';
}

/** Commands in the canonical order of their events; each cell decides its own, and hears of the others afterwards. */
export interface Case {
  readonly given: Given;
  readonly steps: readonly Step[];
}

/** Every order of so many commands, in every distribution over the two cells in which A has the first. */
export function allCases(given: Given, count: number, from: readonly Letter[] = letters): readonly Case[] {
  let cases: readonly (readonly Step[])[] = [[]];
  for (let at = 0; at < count; at++) {
    const cells = at === 0 ? (['A'] as const) : (['A', 'B'] as const);
    cases = cases.flatMap((steps) =>
      from.flatMap((letter) => cells.map((cell) => [...steps, { letter, cell }])),
    );
  }
  return cases.map((steps) => ({ given, steps }));
}

export interface Expected {
  /** By step: `+` stands, `-code` was refused where it was decided, `!code` was accepted and lost. */
  readonly outcomes: readonly string[];
  /** The state in the end. */
  readonly state: string;
}

/** Each cell walks the table on its own; then what was accepted walks it once more, all of it in canonical order. */
export function expectedOf({ given, steps }: Case): Expected {
  const own: Record<Step['cell'], string> = { A: given, B: given };
  let state: string = given;
  const outcomes = steps.map(({ letter, cell }) => {
    const alone = transitions.get(own[cell])?.get(letter) ?? '';
    if (alone.startsWith('!')) return `-${alone.slice(1)}`;
    own[cell] = alone;
    const together = transitions.get(state)?.get(letter) ?? '';
    if (together.startsWith('!')) return together;
    state = together;
    return '+';
  });
  return { outcomes, state };
}
