import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  createMemoryStore,
  createService,
  type DomainEvent,
  type EventStore,
  systemRuntime,
  transaction,
} from '@twinlog/core';
import { startDynamoDb } from '@twinlog/emulators';
import { createDynamoDbEventStore, createTable } from '@twinlog/store-dynamodb';
import { WrongEndStateError } from './contender.ts';
import { type Spread, spreadOf } from './rounds.ts';

/** A command on a stream of so many events, each time by a process that has just started. */
export interface LongStreamResult {
  readonly events: number;
  /** Read requests of one command, the same in every round. */
  readonly reads: number;
  readonly writes: Spread;
  readonly ms: Spread;
  /** The median time against that of the shortest stream. */
  readonly ratio: number;
  /** The same without snapshots. */
  readonly wholeMs: Spread;
}

const lengths = [10, 100, 1_000, 10_000] as const;
const [shortest, ...longer] = lengths;
const insertedAtOnce = 50;
const wholeRounds = 5;

const cell = { origin: 'aws-us-east-1.1', assignment: '1.aws-us-east-1', runtime: systemRuntime };
const account = 'account-7';
const capture = { type: 'capture', amount: '1', currency: 'JPY' } as const;

/** Events of a create and of captures, as the service decides them. */
async function eventsOf(stream: string, count: number): Promise<readonly DomainEvent[]> {
  const store = createMemoryStore();
  const service = createService({ aggregate: transaction, store, ...cell });
  const opens = { type: 'create', account_id: account, amount: '1000000', currency: 'JPY' } as const;
  await service.execute({ stream, account, commandId: 'create', command: opens });
  for (let at = 1; at < count; at++)
    await service.execute({ stream, commandId: `before-${at}`, command: capture });
  return store.read(stream);
}

/**
 * Times a command of a process with an empty memory on streams of 10 to 10,000 events, on the DynamoDB stand-in by the
 * vendor's own SDK, with snapshots and without. Snapshots are taken as the service takes them, so the events that have
 * come since the last one grow from round to round.
 *
 * @throws WrongEndStateError where a stream does not hold what was decided.
 */
export async function measureLongStreams(
  rounds: number,
  progress: (message: string) => void,
): Promise<readonly LongStreamResult[]> {
  const emulator = await startDynamoDb();
  const client = new DynamoDBClient({
    endpoint: emulator.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  try {
    await createTable(client, 'events');
    const store = createDynamoDbEventStore({ client, table: 'events' });
    const { snapshots: _, ...withoutSnapshots } = store;
    let [reads, writes] = [0, 0];
    emulator.onRequest = ({ name }) => {
      if (name === 'Query' || name === 'GetItem') reads += 1;
      else writes += 1;
    };

    let sent = 0;
    const command = async (events: number, on: EventStore, stream = `stream-${events}`) => {
      const service = createService({ aggregate: transaction, store: on, ...cell });
      [reads, writes] = [0, 0];
      sent += 1;
      const start = performance.now();
      const outcome = await service.execute({
        stream,
        commandId: `measured-${sent}`,
        command: capture,
      });
      const ms = performance.now() - start;
      if (outcome.kind !== 'appended')
        throw new WrongEndStateError(`twinlog: a command was ${outcome.kind}.`);
      return { ms, reads, writes };
    };

    const write = async (stream: string, count: number) => {
      const events = await eventsOf(stream, count);
      for (let at = 0; at < events.length; at += insertedAtOnce)
        await Promise.all(events.slice(at, at + insertedAtOnce).map((event) => store.insert(event)));
    };
    for (const count of longer) {
      progress(`long streams: writing ${count} events`);
      await write(`stream-${count}`, count);
      // The first command meets no snapshot yet and puts one down.
      await command(count, store);
    }

    const measured = new Map(lengths.map((count) => [count, [] as Awaited<ReturnType<typeof command>>[]]));
    for (let round = 1; round <= rounds; round++) {
      progress(`long streams: round ${round} of ${rounds}`);
      // A stream of ten events is one for one command: with the next it has eleven.
      await write(`short-${round}`, shortest);
      measured.get(shortest)?.push(await command(shortest, store, `short-${round}`));
      for (const count of longer) measured.get(count)?.push(await command(count, store));
    }
    const whole = new Map(lengths.map((count) => [count, [] as number[]]));
    for (let round = 0; round < wholeRounds; round++) {
      await write(`whole-${round}`, shortest);
      whole.get(shortest)?.push((await command(shortest, withoutSnapshots, `whole-${round}`)).ms);
      for (const count of longer) whole.get(count)?.push((await command(count, withoutSnapshots)).ms);
    }

    const base = spreadOf((measured.get(shortest) ?? []).map(({ ms }) => ms)).median;
    return await Promise.all(
      lengths.map(async (events) => {
        const isShort = events === shortest;
        const held = await store.read(isShort ? 'short-1' : `stream-${events}`);
        const expected = events + 1 + (isShort ? 0 : rounds + wholeRounds);
        if (held.length !== expected)
          throw new WrongEndStateError(
            `twinlog: ${held.length} events are held, and ${expected} were decided.`,
          );
        const runs = measured.get(events) ?? [];
        const ms = spreadOf(runs.map((run) => run.ms));
        return {
          events,
          reads: Math.max(...runs.map((run) => run.reads)),
          writes: spreadOf(runs.map((run) => run.writes)),
          ms,
          ratio: ms.median / base,
          wholeMs: spreadOf(whole.get(events) ?? []),
        };
      }),
    );
  } finally {
    client.destroy();
    await emulator.stop();
  }
}
