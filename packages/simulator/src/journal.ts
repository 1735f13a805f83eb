import type { DomainEvent, TransactionCommand } from '@twinlog/core';
import type { Operation } from './plan.ts';

/** What clients were told of one command: the same id with other content is another command. */
export interface Told {
  readonly stream: string;
  readonly account: string;
  readonly command: TransactionCommand;
  readonly commandId: string | undefined;
  /** Events of which a client was told that they took effect, with the state it was shown, as text. */
  readonly effects: Map<string, { readonly event: DomainEvent; readonly body: string }>;
  /** Codes and details of refusals. */
  readonly refusals: Set<string>;
  /** R15: ids under which it was answered 202, to be decided by its home. */
  readonly requested: Set<string>;
  /** How often it was sent. */
  sent: number;
}

export interface Journal {
  readonly entries: readonly Told[];
  /** The entry of an operation. Those without a command id have one for every sending. */
  readonly entryOf: (operation: Operation) => Told;
}

export function createJournal(): Journal {
  const entries: Told[] = [];
  /** By stream and command id: what one id was used for, one command mostly. */
  const known = new Map<string, Told[]>();
  return {
    entries,
    entryOf: ({ stream, account, command, commandId }) => {
      const key = `${stream} ${commandId}`;
      const used = commandId === undefined ? [] : (known.get(key) ?? []);
      const entry = used.find((told) => JSON.stringify(told.command) === JSON.stringify(command));
      if (entry !== undefined) return entry;
      const made: Told = {
        stream,
        account,
        command,
        commandId,
        effects: new Map(),
        refusals: new Set(),
        requested: new Set(),
        sent: 0,
      };
      entries.push(made);
      if (commandId !== undefined) known.set(key, [...used, made]);
      return made;
    },
  };
}
