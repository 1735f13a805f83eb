import type { OperatedCell } from './matrix.ts';
import type { Terminal } from './terminal.ts';

/** The options that commands have in common, as they were typed. */
export interface Options {
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly resume: boolean;
  readonly cell: string | undefined;
  /** In ms since 1970. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** How many lines a list has at most: `defaultLimit` unless told. */
  readonly limit: number | undefined;
  /** In ms: beyond it a lag is too long. */
  readonly max: number | undefined;
}

export const defaultLimit = 100;

export interface Invocation {
  readonly cells: readonly OperatedCell[];
  readonly args: readonly string[];
  readonly options: Options;
  readonly terminal: Terminal;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * One command. @returns the exit code: 0 where all is well or was done; 1 where something was found, or is left to be
 * done.
 */
export type Command = (invocation: Invocation) => Promise<number>;
