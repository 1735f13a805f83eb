import { account, capture, create, createCell, stream } from '../log/histories.fixture.ts';
import type { CommandRequest } from '../outcome.ts';
import { type EventStore, ingest } from '../store/event-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { type TransactionCommand, transaction } from '../transaction/transaction.ts';
import { type Assignment, firstAssignment, homeOf, stampOf } from './assignment.ts';
import { createHomeCellService, type HomeCellService } from './home-cell.ts';

export const names = ['aws', 'azure', 'gcp'];
export const first = firstAssignment('home-cell', names);
export const homeName = homeOf(first, transaction.homeKey?.(stream) ?? stream);
export const [otherName = '', thirdName = ''] = names.filter((name) => name !== homeName);

/** An empty store, of which each read and each insert is counted under the name of its cell. */
function counting(
  name: string,
  tally: Map<string, number>,
  insertFaults: ReadonlyMap<string, Error>,
): EventStore {
  const store = createMemoryStore();
  const count = (what: string) => tally.set(`${name} ${what}`, (tally.get(`${name} ${what}`) ?? 0) + 1);
  return {
    ...store,
    read: (id) => {
      count('read');
      return store.read(id);
    },
    insert: (event) => {
      count('insert');
      const fault = insertFaults.get(name);
      return fault ? Promise.reject(fault) : store.insert(event);
    },
  };
}

/** Three cells that reach each other directly, unless a way is cut. */
export function matrix() {
  let assignment: Assignment = first;
  const cuts = new Set<string>();
  const tally = new Map<string, number>();
  /** By cell, what its store throws instead of writing. */
  const insertFaults = new Map<string, Error>();
  const divergences: (readonly [cell: string, ours: string, theirs: string])[] = [];
  let whileAsked = async () => {};
  const services = new Map<string, HomeCellService<Transaction, TransactionCommand>>();
  const cells = new Map(
    names.map((name) => [
      name,
      createCell({
        origin: `${name}.1`,
        store: counting(name, tally, insertFaults),
        assignment: () => ({ stamp: stampOf(assignment), ended: assignment.ended }),
        recoverStream: async () => true,
      }),
    ]),
  );
  const cellOf = (name: string) => {
    const cell = cells.get(name);
    if (!cell) throw new Error(name);
    return cell;
  };
  const serviceOf = (name: string) => {
    const service = services.get(name);
    if (!service) throw new Error(name);
    return service;
  };
  for (const name of names) {
    const { store, runtime, service } = cellOf(name);
    const reach = (to: string) => {
      if (cuts.has(to)) throw new Error(`${to} cannot be reached`);
    };
    services.set(
      name,
      createHomeCellService({
        aggregate: transaction,
        decider: service,
        store,
        runtime,
        cell: name,
        assignment: () => assignment,
        onDivergence: async ({ ours, theirs }) => void divergences.push([name, ours.id, theirs.id]),
        peers: {
          forward: async (to, forwarded) => {
            reach(to);
            return serviceOf(to).decideForwarded(forwarded);
          },
          holds: async (to, id) => {
            reach(to);
            const isHeld = (await cellOf(to).store.read(id)).length > 0;
            await whileAsked();
            return isHeld;
          },
        },
      }),
    );
  }
  return {
    cuts,
    tally,
    insertFaults,
    divergences,
    at: serviceOf,
    storeOf: (name: string) => cellOf(name).store,
    assign: (next: Assignment) => {
      assignment = next;
    },
    /** Has something happen while a cell is asked whether it holds a stream. */
    meanwhile: (action: () => Promise<void>) => {
      whileAsked = action;
    },
    replicate: async () => {
      for (const from of names) {
        for (const event of await cellOf(from).store.read(stream)) {
          for (const to of names) await ingest(cellOf(to).store, event);
        }
      }
    },
  };
}

export const opening = {
  stream,
  account,
  commandId: 'create',
  command: create(10),
} satisfies CommandRequest<TransactionCommand>;
export const capturing = {
  stream,
  commandId: 'key',
  command: capture(4),
} satisfies CommandRequest<TransactionCommand>;
