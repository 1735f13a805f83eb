import { CommandHandler, getInMemoryEventStore } from '@event-driven-io/emmett';
import type { Transaction, TransactionEvent } from '@twinlog/core';
import type { Contender } from '../contender.ts';
import { versionOf } from '../installed.ts';
import { commandOf } from '../workload.ts';
import { decide, evolve } from './rules.ts';

const initialState = (): Transaction | undefined => undefined;

/** As in Emmett's "Command Handler": one handler per type of stream, called with the store, the id and a decision. */
const handle = CommandHandler<Transaction | undefined, TransactionEvent>({ evolve, initialState });

export const emmett: Contender = {
  name: 'emmett',
  version: versionOf('@event-driven-io/emmett'),
  prepare: (scripts) => {
    const store = getInMemoryEventStore();
    const streams = scripts.map(({ account, requests }) => {
      return { id: `transaction-${account}`, commands: requests.map(commandOf) };
    });
    return {
      play: async () => {
        for (const { id, commands } of streams) {
          for (const command of commands) await handle(store, id, (state) => decide(command, state));
        }
      },
      captured: () =>
        Promise.all(
          streams.map(async ({ id }) => {
            const { state } = await store.aggregateStream<Transaction | undefined, TransactionEvent>(id, {
              evolve,
              initialState,
            });
            return state?.captured;
          }),
        ),
    };
  },
};
