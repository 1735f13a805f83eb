import {
  type DomainEvent,
  type Outcome,
  StoreUnavailableError,
  type Transaction,
  type TransactionCommand,
  transactionId,
} from '@twinlog/core';
import type { Random } from '@twinlog/simulator';
import type { SoakCell } from './cell.ts';

/** What a client's transaction is to it: what it may still ask for, and what it was told. */
interface Open {
  readonly stream: string;
  readonly account: string;
  /** The cell that it was opened in. */
  readonly cell: SoakCell;
  captures: number;
  readonly told: Set<string>;
}

const capturesPerStream = 4;
/** How many transactions of a cell are in the making at a time. */
const openPerCell = 64;

/** Of the commands: sent again to the same cell; sent again to another cell; a capture sent to another cell at first. */
const rates = { again: 0.02, againElsewhere: 0.01, elsewhere: 0.05 };

export interface Traffic {
  /** One command in each cell. @returns how many events that made. */
  readonly step: () => Promise<number>;
  /** Some of the streams, from all over the run: at most a thousand. */
  readonly sample: () => readonly string[];
}

/**
 * Clients that create transactions and capture them in parts, send commands again that they were answered already, to the
 * same cell and to another, and captures to a cell that may not know the transaction yet.
 * @param onTold told of each event that a client was told of, once.
 */
export function createTraffic(
  cells: readonly SoakCell[],
  random: Random,
  onTold: (event: DomainEvent) => void,
): Traffic {
  const open = new Map<SoakCell, Open[]>(cells.map((cell) => [cell, []]));
  let sampled: string[] = [];
  let keepEvery = 1;
  let opened = 0;

  /** Sends until there is an answer. @returns whether the command is in an event. */
  async function send(cell: SoakCell, to: Open, key: string, command: TransactionCommand): Promise<number> {
    const { stream, account, told } = to;
    for (;;) {
      let outcome: Outcome<Transaction>;
      try {
        outcome = await cell.service.execute({
          stream,
          commandId: key,
          command,
          ...(command.type === 'create' && { account }),
        });
      } catch (error) {
        if (error instanceof StoreUnavailableError) continue;
        throw error;
      }
      if (outcome.kind === 'busy') continue;
      if (outcome.kind === 'refused')
        throw new Error(`No command of this traffic is to be refused, and ${key} was: ${outcome.detail}`);
      if (outcome.kind !== 'appended' && outcome.kind !== 'alreadyAppended') return 0;
      if (told.has(outcome.event.id)) return 0;
      told.add(outcome.event.id);
      onTold(outcome.event);
      return 1;
    }
  }

  async function command(cell: SoakCell, to: Open, key: string, what: TransactionCommand): Promise<number> {
    const other = cells[(cells.indexOf(cell) + 1 + random.int(cells.length - 1)) % cells.length] ?? cell;
    let made = 0;
    if (what.type === 'capture' && random.chance(rates.elsewhere)) made = await send(other, to, key, what);
    if (made === 0) made = await send(cell, to, key, what);
    if (random.chance(rates.again)) made += await send(cell, to, key, what);
    if (random.chance(rates.againElsewhere)) made += await send(other, to, key, what);
    return made;
  }

  async function stepIn(cell: SoakCell): Promise<number> {
    const streams = open.get(cell) ?? [];
    const at = random.int(openPerCell);
    const current = streams[at];
    if (current === undefined) {
      opened += 1;
      const account = `account-${opened}`;
      const key = `create-${opened}`;
      const stream = transactionId(account, key, random.next);
      if (opened % keepEvery === 0) sampled.push(stream);
      if (sampled.length > 1_000) {
        sampled = sampled.filter((_, index) => index % 2 === 1);
        keepEvery *= 2;
      }
      const made: Open = { stream, account, cell, captures: 0, told: new Set() };
      streams.push(made);
      return command(cell, made, key, {
        type: 'create',
        account_id: account,
        amount: '100.00',
        currency: 'USD',
      });
    }
    current.captures += 1;
    if (current.captures === capturesPerStream) streams.splice(at, 1);
    const key = `capture-${current.captures}`;
    return command(cell, current, key, { type: 'capture', amount: '1.00', currency: 'USD' });
  }

  return {
    step: async () => {
      let made = 0;
      for (const cell of cells) made += await stepIn(cell);
      return made;
    },
    sample: () => sampled,
  };
}
