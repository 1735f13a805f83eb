import { InMemoryEventStorageAdapter } from '@castore/event-storage-adapter-in-memory';
import { CommandHandler, getInMemoryEventStore } from '@event-driven-io/emmett';
import {
  createMemoryStore,
  createService,
  systemRuntime,
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from '@twinlog/core';
import { WrongEndStateError } from '../contender.ts';
import { commandsOn, openStore } from '../contenders/castore.ts';
import { openDeciders } from '../contenders/equinox.ts';
import { decide, evolve } from '../contenders/rules.ts';
import { interleave, ratePerCpuSecond, ratioOf, type Spread, spreadOf } from '../rounds.ts';
import { commandOf, scriptsOf } from '../workload.ts';

/** How long the stream is before the first command that is measured, and how many are. */
const held = 10_000;
const measured = 100;
const rounds = 3;

type Capture = Extract<TransactionCommand, { type: 'capture' }>;

/** One stream of a library that holds a history: what takes a further command, and what is then captured. */
interface LongStream {
  readonly capture: (command: Capture, index: number) => Promise<void>;
  readonly captured: () => Promise<bigint | undefined>;
}

interface LongStreamContender {
  readonly name: string;
  /** Holds the history afterwards, however the library writes many events at once; this is not measured. */
  readonly open: (history: readonly TransactionCommand[]) => Promise<LongStream>;
}

const id = 'transaction-long';
const initialState = (): Transaction | undefined => undefined;

/** The events that the commands lead to. */
function eventsOf(history: readonly TransactionCommand[]): readonly TransactionEvent[] {
  let state: Transaction | undefined;
  return history.map((command) => {
    const event = decide(command, state);
    state = evolve(state, event);
    return event;
  });
}

const twinlog: LongStreamContender = {
  name: 'twinlog',
  open: async (history) => {
    const service = createService({
      aggregate: transaction,
      store: createMemoryStore(),
      origin: 'aws-us-east-1.1',
      assignment: '1.aws-us-east-1',
      runtime: systemRuntime,
    });
    const execute = async (command: TransactionCommand, key: string): Promise<void> => {
      const opens = command.type === 'create' && { account: 'a' };
      const outcome = await service.execute({ stream: id, command, commandId: key, ...opens });
      if (outcome.kind !== 'appended') throw new Error(`A ${command.type} ended as ${outcome.kind}.`);
    };
    for (const [index, command] of history.entries()) await execute(command, `held-${index}`);
    return {
      capture: (command, index) => execute(command, `measured-${index}`),
      captured: async () => {
        const view = await service.read(id);
        return view.kind === 'read' ? view.fold.state?.captured : undefined;
      },
    };
  },
};

const castore: LongStreamContender = {
  name: 'castore',
  open: async (history) => {
    const store = openStore(new InMemoryEventStorageAdapter());
    const { create, capture } = commandsOn(store);
    for (const [index, event] of eventsOf(history).entries()) {
      const version = index + 1;
      if (event.type === 'created.v1') {
        const [command] = history;
        if (command?.type === 'create') await create.handler({ aggregateId: id, command }, [store]);
      } else if (event.type === 'captured.v1')
        await store.pushEvent({ aggregateId: id, version, type: event.type, payload: event.data });
    }
    return {
      capture: (command) => capture.handler({ aggregateId: id, command }, [store]),
      captured: async () => (await store.getAggregate(id)).aggregate?.transaction.captured,
    };
  },
};

const emmett: LongStreamContender = {
  name: 'emmett',
  open: async (history) => {
    const store = getInMemoryEventStore();
    const handle = CommandHandler<Transaction | undefined, TransactionEvent>({ evolve, initialState });
    await store.appendToStream<TransactionEvent>(id, [...eventsOf(history)]);
    return {
      capture: async (command) => void (await handle(store, id, (state) => decide(command, state))),
      captured: async () => {
        const { state } = await store.aggregateStream<Transaction | undefined, TransactionEvent>(id, {
          evolve,
          initialState,
        });
        return state?.captured;
      },
    };
  },
};

const equinox: LongStreamContender = {
  name: 'equinox-js',
  open: async (history) => {
    const deciderOf = openDeciders();
    await deciderOf(id).transact(() => [...eventsOf(history)]);
    return {
      capture: (command) => deciderOf(id).transact((state) => [decide(command, state)]),
      captured: () => deciderOf(id).query((state) => state?.captured),
    };
  },
};

const contenders = [twinlog, castore, emmett, equinox];

export interface LongStreamResult {
  readonly held: number;
  readonly fastestPeer: string;
  readonly results: readonly { readonly name: string; readonly rate: Spread; readonly ratio: Spread }[];
}

/**
 * Commands a second of processor time on one stream of 10,000 events, which the process has met before.
 * @throws WrongEndStateError where a library does not end with what the script says.
 */
export async function compareLongStreams(progress: (message: string) => void): Promise<LongStreamResult> {
  const [script] = scriptsOf({ streams: 1, commandsPerStream: held + measured });
  if (script === undefined) throw new Error('A shape of one stream has one script.');
  const commands = script.requests.map(commandOf);
  const captures = commands.slice(held).filter((command): command is Capture => command.type === 'capture');
  const rates = await interleave(contenders, rounds, async (contender, round) => {
    progress(`1 × 10,000: ${round}, ${contender.name}`);
    const stream = await contender.open(commands.slice(0, held));
    const rate = await ratePerCpuSecond(captures.length, async () => {
      for (const [index, command] of captures.entries()) await stream.capture(command, index);
    });
    if ((await stream.captured()) !== script.captured)
      throw new WrongEndStateError(`${contender.name} ended a long stream with another amount.`);
    return rate;
  });
  const ratesOf = (contender: LongStreamContender) => rates.get(contender) ?? [];
  const [fastest = twinlog] = [castore, emmett, equinox].sort(
    (a, b) => spreadOf(ratesOf(b)).median - spreadOf(ratesOf(a)).median,
  );
  const results = contenders.map((contender) => {
    const own = ratesOf(contender);
    return { name: contender.name, rate: spreadOf(own), ratio: ratioOf(own, ratesOf(fastest)) };
  });
  return { held, fastestPeer: fastest.name, results };
}
