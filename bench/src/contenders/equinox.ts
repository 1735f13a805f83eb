import { Codec, Decider, StreamId } from '@equinox-js/core';
import { MemoryStoreCategory, VolatileStore } from '@equinox-js/memory-store';
import type { Transaction, TransactionEvent } from '@twinlog/core';
import type { Contender } from '../contender.ts';
import { versionOf } from '../installed.ts';
import { commandOf } from '../workload.ts';
import { decide, evolve } from './rules.ts';

type State = Transaction | undefined;

/** Deciders on its memory store, which keeps events as its codec encodes them. It has no cache for this store. */
export function openDeciders(): (stream: string) => Decider<TransactionEvent, State> {
  const category = MemoryStoreCategory.create<TransactionEvent, State, string, void>(
    new VolatileStore<string>(),
    'Transaction',
    Codec.json<TransactionEvent>(),
    (state, events) => events.reduce<State>(evolve, state),
    undefined,
  );
  return (stream) => Decider.forStream(category, StreamId.create(stream), undefined);
}

export const equinox: Contender = {
  name: 'equinox-js',
  version: versionOf('@equinox-js/core'),
  prepare: (scripts) => {
    const deciderOf = openDeciders();
    const streams = scripts.map(({ account, requests }) => {
      return { id: `transaction-${account}`, commands: requests.map(commandOf) };
    });
    return {
      play: async () => {
        for (const { id, commands } of streams) {
          for (const command of commands) await deciderOf(id).transact((state) => [decide(command, state)]);
        }
      },
      captured: () => Promise.all(streams.map(({ id }) => deciderOf(id).query((state) => state?.captured))),
    };
  },
};
