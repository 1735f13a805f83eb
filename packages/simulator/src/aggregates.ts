import {
  type Aggregate,
  type EventData,
  isRefusal,
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from '@twinlog/core';

export type TransactionAggregate = Aggregate<Transaction, TransactionCommand, TransactionEvent>;

/** What the aggregate made of the data of each event of this world. */
const understood = new Map<EventData, TransactionEvent>();

/** A world begins: the events of the last one are met no more. */
export function forgetEvents(): void {
  understood.clear();
}

/** Production's aggregate, which looks at the data of an event once: what it makes of it is a pure function. */
function remembering(aggregate: TransactionAggregate): TransactionAggregate {
  return {
    ...aggregate,
    events: {
      ...aggregate.events,
      understand: (event) => {
        const known = understood.get(event.data);
        if (known?.type === event.type) return known;
        const effect = aggregate.events.understand(event);
        if (effect !== undefined) understood.set(event.data, effect);
        return effect;
      },
    },
  };
}

export const currentCode: TransactionAggregate = remembering(transaction);

/** The release before refunds: it keeps such an event and does not understand it. */
export const olderCode: TransactionAggregate = {
  ...currentCode,
  events: {
    schemas: new Map([...currentCode.events.schemas].filter(([type]) => type !== 'refunded.v1')),
    understand: (event) => (event.type === 'refunded.v1' ? undefined : currentCode.events.understand(event)),
  },
  readCommand: (recorded) => (recorded.type === 'refund' ? undefined : currentCode.readCommand?.(recorded)),
};

export function isKnownToOlderCode(command: TransactionCommand): boolean {
  return command.type !== 'refund';
}

/** Sabotage: what happens happens twice, where the rules allow it. */
export const doublingCode: TransactionAggregate = {
  ...currentCode,
  evolve: (state, event) => {
    const once = currentCode.evolve(state, event);
    if (isRefusal(once) || event.type === 'created.v1') return once;
    const twice = currentCode.evolve(once, event);
    return isRefusal(twice) ? once : twice;
  },
};
