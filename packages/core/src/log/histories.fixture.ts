import * as fc from 'fast-check';
import type { CommandRequest, Decider } from '../outcome.ts';
import type { Runtime } from '../runtime.ts';
import { createService } from '../service.ts';
import type { ServiceOptions } from '../service-options.ts';
import { type EventStore, ingest } from '../store/event-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import {
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from '../transaction/transaction.ts';
import { type DomainEvent, dataschemaOf, formatSequence, sourceOf, timeOf } from './event.ts';
import { firstEventIdAt } from './event-id.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Fold } from './folded.ts';
import { formatVersion } from './version-vector.ts';

/** Where the clocks of these histories start: 2026-01-01. */
export const epoch: number = Date.UTC(2026, 0, 1);

export const stream = 'txn_1';
export const account = 'account-1';

/** A clock that only `sleep` moves, to the earliest sleeper once nothing else can run; and seeded randomness. */
export interface VirtualRuntime extends Runtime {
  readonly advance: (ms: number) => void;
  readonly slept: number[];
}

export function createVirtualRuntime(seed: number, start: number = epoch): VirtualRuntime {
  let now = start;
  let state = seed >>> 0;
  const slept: number[] = [];
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const wakeEarliest = () => {
    sleepers.sort((a, b) => a.at - b.at);
    const earliest = sleepers.shift();
    if (earliest === undefined) return;
    now = Math.max(now, Math.ceil(earliest.at));
    earliest.wake();
  };
  return {
    now: () => now,
    // mulberry32
    random: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    sleep: (ms) => {
      slept.push(ms);
      return new Promise((wake) => {
        sleepers.push({ at: now + ms, wake });
        setImmediate(wakeEarliest);
      });
    },
    advance: (ms) => {
      now += ms;
    },
    slept,
  };
}

export interface Cell {
  readonly origin: string;
  readonly runtime: VirtualRuntime;
  readonly store: EventStore;
  readonly service: Decider<Transaction, TransactionCommand>;
}

type CellOptions = Partial<
  Omit<ServiceOptions<Transaction, TransactionCommand, TransactionEvent>, 'runtime'>
> & {
  readonly runtime?: VirtualRuntime;
};

export function createCell(options: CellOptions = {}): Cell {
  const {
    origin = 'aws.1',
    store = createMemoryStore(),
    runtime = createVirtualRuntime(origin.length),
  } = options;
  const service = createService({
    aggregate: transaction,
    assignment: '1.aws',
    ...options,
    origin,
    store,
    runtime,
  });
  return { origin, runtime, store, service };
}

/** Amounts of these histories are in JPY, whose minor unit is the yen itself. */
export function yen(amount: number): { amount: string; currency: string } {
  return { amount: String(amount), currency: 'JPY' };
}

export function create(amount: number): TransactionCommand {
  return { type: 'create', account_id: account, ...yen(amount) };
}

export function capture(amount: number): TransactionCommand {
  return { type: 'capture', ...yen(amount) };
}

export function refund(amount: number): TransactionCommand {
  return { type: 'refund', ...yen(amount) };
}

export const cancel: TransactionCommand = { type: 'void' };

/** A create of 100 yen, by its key. */
export const opens: CommandRequest<TransactionCommand> = {
  stream,
  account,
  commandId: 'create',
  command: create(100),
};

/** An event written by hand: `at` milliseconds after the epoch, as the given origin's given place. */
export function handMade(
  place: { origin: string; sequence: number; at: number; seen: string },
  effect: { type: string; data: DomainEvent['data']; key?: string; command?: unknown },
): DomainEvent {
  const id = firstEventIdAt(epoch + place.at);
  const type = `${transaction.typePrefix}.${effect.type}`;
  return {
    specversion: '1.0',
    id,
    source: sourceOf(place.origin),
    type,
    subject: `account/${account}/transaction/${stream}`,
    time: timeOf(id),
    datacontenttype: 'application/json',
    dataschema: dataschemaOf(type),
    partitionkey: stream,
    sequence: formatSequence(place.sequence),
    seen: place.seen,
    assignment: '1.aws',
    ...(effect.key !== undefined && {
      commandid: effect.key,
      fingerprint: fingerprintOf(effect.command ?? effect.data),
    }),
    data: effect.data,
  };
}

/** All that a fold says, in a form that two equal folds share. */
export function viewOf(fold: Fold<Transaction>): object {
  const { state, opening, newest, conflicts, pending, held } = fold;
  const claims = Object.fromEntries([...fold.claims].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    state,
    opening,
    newest,
    version: formatVersion(fold.version),
    claims: { ...claims },
    conflicts,
    pending,
    held,
  };
}

type Step =
  | {
      readonly kind: 'command';
      readonly cell: number;
      readonly key: number;
      readonly command: TransactionCommand;
    }
  | { readonly kind: 'exchange'; readonly from: number; readonly to: number; readonly subset: number }
  | { readonly kind: 'wait'; readonly cell: number; readonly ms: number };

export type Script = readonly Step[];

const cellIndex = fc.nat({ max: 2 });
const amount = fc.integer({ min: 1, max: 4 });

/** What may happen to three cells: commands (some sent again, here or elsewhere), partial exchanges, clock drift. */
export const scripts: fc.Arbitrary<Script> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('command' as const),
        cell: cellIndex,
        // 0 is a command without an id.
        key: fc.nat({ max: 5 }),
        command: fc.oneof(
          { weight: 4, arbitrary: amount.map(capture) },
          { weight: 2, arbitrary: amount.map(refund) },
          { weight: 1, arbitrary: fc.constant(cancel) },
          { weight: 2, arbitrary: fc.integer({ min: 3, max: 5 }).map(create) },
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('exchange' as const),
        from: cellIndex,
        to: cellIndex,
        subset: fc.nat({ max: 0xffff }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        cell: cellIndex,
        ms: fc.integer({ min: 1, max: 50 }),
      }),
    },
  ),
  { minLength: 4, maxLength: 24, size: 'max' },
);

/** Plays a script: three cells whose clocks drift apart decide through the real service and tell each other some of it. */
export async function play(
  script: Script,
): Promise<{ readonly cells: readonly Cell[]; readonly events: readonly DomainEvent[] }> {
  const cells = ['aws.1', 'azure.1', 'other.2'].map((origin, index) =>
    createCell({ origin, runtime: createVirtualRuntime(index + 1) }),
  );
  const at = (index: number): Cell => {
    const cell = cells[index];
    if (cell === undefined) throw new Error(`There is no cell ${index}.`);
    return cell;
  };
  for (const step of script) {
    if (step.kind === 'wait') at(step.cell).runtime.advance(step.ms);
    else if (step.kind === 'exchange') {
      const held = await at(step.from).store.read(stream);
      const chosen = held.filter((_, index) => (step.subset >> (index % 16)) & 1);
      for (const event of chosen) await ingest(at(step.to).store, event);
    } else {
      const { command, key } = step;
      const opens = command.type === 'create';
      const commandId = opens ? 'key-create' : key === 0 ? undefined : `key-${key}`;
      await at(step.cell).service.execute({
        stream,
        command,
        ...(commandId !== undefined && { commandId }),
        ...(opens && { account }),
      });
    }
  }
  const held = await Promise.all(cells.map((cell) => cell.store.read(stream)));
  const events = new Map(held.flat().map((event) => [event.source + event.sequence, event]));
  return { cells, events: [...events.values()] };
}
