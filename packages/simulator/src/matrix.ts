import type { Assignment } from '@twinlog/core';
import type { Bank } from './bank.ts';
import type { Cell } from './cell.ts';
import type { Network } from './network.ts';

/** What a cell knows of the world around it. */
export interface Matrix {
  readonly names: readonly string[];
  readonly cells: readonly Cell[];
  readonly network: () => Network;
  readonly bank: () => Bank;
  /** The newest assignment, as the operators know it: they change it one act at a time. */
  readonly assignment: () => Assignment;
  /** An operator changes the assignment at a cell; the others learn of it later. */
  readonly assign: (at: number, next: Assignment) => void;
  /** Every origin that there ever was, ended incarnations included. */
  readonly origins: () => readonly string[];
  /** A cell has stored an event of a stream that another one decided. */
  readonly onReceived: (cell: Cell, stream: string) => void;
}
