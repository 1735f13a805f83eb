import { originName } from '@twinlog/core';
import * as z from 'zod';

const cellName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'takes lower-case letters, digits and hyphens');
const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((part) => part !== ''));

const environment = z.object({
  /** This cell's name: `aws-us-east-1`. */
  TWINLOG_CELL: cellName,
  /** Raised by whoever restores the cell's database from a backup (R1). */
  TWINLOG_INCARNATION: z.coerce.number().int().min(1).default(1),
  /** The other cells, separated by commas. */
  TWINLOG_PEERS: list.pipe(z.array(cellName).min(1, 'names at least one other cell')),
  /** The table, or the database and container, of the log: `twinlog`. */
  TWINLOG_STORE: z.string().min(1).default('twinlog'),
  /** Where dead letters are kept, a table or container beside the log's. */
  TWINLOG_DEAD_LETTERS: z.string().min(1).default('twinlog-dead-letters'),
  /** Keys that senders of replicated events may show, separated by commas; two while one is replaced. */
  TWINLOG_RECEIVE_KEYS: list.pipe(
    z.array(z.string().min(16)).min(1, 'holds at least one key of 16 characters'),
  ),
});

/** What a cell needs to know of itself, from its function's environment variables. */
export interface CellSettings {
  readonly cell: string;
  readonly origin: string;
  readonly peers: readonly string[];
  readonly store: string;
  readonly deadLetters: string;
  readonly receiveKeys: readonly string[];
}

/**
 * Reads the settings of a cell.
 * @throws Error naming each variable that is missing or wrong, and what it should be.
 */
export function cellSettings(variables: Readonly<Record<string, string | undefined>>): CellSettings {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`The cell's environment is not complete.\n  ${faults.join('\n  ')}`);
  }
  const { TWINLOG_CELL: cell, TWINLOG_INCARNATION: incarnation } = parsed.data;
  return {
    cell,
    origin: originName(cell, incarnation),
    peers: parsed.data.TWINLOG_PEERS,
    store: parsed.data.TWINLOG_STORE,
    deadLetters: parsed.data.TWINLOG_DEAD_LETTERS,
    receiveKeys: parsed.data.TWINLOG_RECEIVE_KEYS,
  };
}

/** A variable that an entry point cannot do without. */
export function required(variables: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = variables[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}
