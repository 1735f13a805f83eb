import { Command, type EventStorageAdapter, EventStore, EventType, tuple } from '@castore/core';
import { InMemoryEventStorageAdapter } from '@castore/event-storage-adapter-in-memory';
import type { Transaction, TransactionCommand, TransactionEvent } from '@twinlog/core';
import type { Contender } from '../contender.ts';
import { versionOf } from '../installed.ts';
import { commandOf } from '../workload.ts';
import { decide, evolve } from './rules.ts';

type DataOf<Type extends TransactionEvent['type']> = Extract<TransactionEvent, { type: Type }>['data'];
type Capture = Extract<TransactionCommand, { type: 'capture' }>;
type Create = Extract<TransactionCommand, { type: 'create' }>;

const created = new EventType<'created.v1', DataOf<'created.v1'>>({ type: 'created.v1' });
const captured = new EventType<'captured.v1', DataOf<'captured.v1'>>({ type: 'captured.v1' });

type Detail = NonNullable<(typeof created | typeof captured)['_types']>['detail'];

/** Castore's aggregates carry their id and version; the state stands whole beside them, so nothing is copied. */
interface TransactionAggregate {
  aggregateId: string;
  version: number;
  transaction: Transaction;
}

const asEvent = (detail: Detail): TransactionEvent =>
  detail.type === 'created.v1'
    ? { type: detail.type, data: detail.payload }
    : { type: detail.type, data: detail.payload };

function reducer(aggregate: TransactionAggregate | undefined, detail: Detail): TransactionAggregate {
  const { aggregateId, version } = detail;
  return { aggregateId, version, transaction: evolve(aggregate?.transaction, asEvent(detail)) };
}

/** A store of transactions on an adapter of castore's. */
export const openStore = (eventStorageAdapter: EventStorageAdapter) =>
  new EventStore({
    eventStoreId: 'TRANSACTIONS',
    eventTypes: [created, captured],
    reducer,
    eventStorageAdapter,
  });

/** As in Castore's "Pushing events": the first event of an aggregate is pushed without fetching it. */
export const commandsOn = (store: ReturnType<typeof openStore>) => ({
  create: new Command({
    commandId: 'CREATE_TRANSACTION',
    requiredEventStores: tuple(store),
    handler: async (input: { aggregateId: string; command: Create }, [transactions]): Promise<void> => {
      const { aggregateId, command } = input;
      const event = decide(command, undefined);
      if (event.type !== 'created.v1') throw new Error(`A create led to ${event.type}.`);
      await transactions.pushEvent({ aggregateId, version: 1, type: event.type, payload: event.data });
    },
  }),
  capture: new Command({
    commandId: 'CAPTURE_TRANSACTION',
    requiredEventStores: tuple(store),
    handler: async (input: { aggregateId: string; command: Capture }, [transactions]): Promise<void> => {
      const { aggregateId, command } = input;
      const { aggregate } = await transactions.getExistingAggregate(aggregateId);
      const event = decide(command, aggregate.transaction);
      if (event.type !== 'captured.v1') throw new Error(`A capture led to ${event.type}.`);
      evolve(aggregate.transaction, event);
      const version = aggregate.version + 1;
      await transactions.pushEvent({ aggregateId, version, type: event.type, payload: event.data });
    },
  }),
});

export const castore: Contender = {
  name: 'castore',
  version: versionOf('@castore/core'),
  prepare: (scripts) => {
    const store = openStore(new InMemoryEventStorageAdapter());
    const { create, capture } = commandsOn(store);
    const streams = scripts.map(({ account, requests }) => {
      return { aggregateId: `transaction-${account}`, commands: requests.map(commandOf) };
    });
    return {
      play: async () => {
        for (const { aggregateId, commands } of streams) {
          for (const command of commands) {
            if (command.type === 'create') await create.handler({ aggregateId, command }, [store]);
            else if (command.type === 'capture') await capture.handler({ aggregateId, command }, [store]);
          }
        }
      },
      captured: () =>
        Promise.all(
          streams.map(async ({ aggregateId }) => {
            const { aggregate } = await store.getAggregate(aggregateId);
            return aggregate?.transaction.captured;
          }),
        ),
    };
  },
};
