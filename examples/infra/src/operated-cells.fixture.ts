import {
  createMemoryDeadLetters,
  createRedriver,
  type DeadLetters,
  localPeer,
  operationsEndpoint,
  operationsPath,
  type Peer,
  PeerUnavailableError,
  reconcileEndpoint,
  sharedKey,
} from '@twinlog/bridge';
import { run } from '@twinlog/bridge/cli';
import {
  type Assignment,
  createMemoryStore,
  createService,
  type EventStore,
  type Policy,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';
import { createGate } from './gate.ts';
import { assignmentInForce } from './in-force.ts';
import { createOperations } from './operating.ts';

export interface OperatedCell {
  readonly store: EventStore;
  readonly letters: DeadLetters;
  /** Creates a transaction. @returns its id. */
  readonly create: (account: string) => Promise<string>;
  readonly assignment: () => Promise<Assignment>;
}

export interface OperatedCells {
  readonly cell: (name: string) => OperatedCell;
  /** Cells that nobody reaches. */
  readonly away: Set<string>;
  /** What happens right before a request gets to a cell. */
  readonly before: (hook: (request: Request) => Promise<void>) => void;
  /** `twinlog` with these arguments. @param configured the cells that the operator knows: all of them unless told. */
  readonly twinlog: (
    line: string,
    configured?: readonly string[],
  ) => Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
}

const key = 'a-key-of-operators';

/** Cells in memory with all that operators reach of them. Nothing goes from one to another unless it is asked to pull. */
export function operatedCells(names: readonly string[], policy: Policy): OperatedCells {
  const runtime = systemRuntime;
  const away = new Set<string>();
  let hook = async (_: Request) => {};
  const stores = new Map(names.map((name) => [name, createMemoryStore()]));
  const storeOf = (name: string): EventStore => {
    const store = stores.get(name);
    if (!store) throw new Error(name);
    return store;
  };
  const asked = new Map<string, (request: Request) => Promise<Response>>();
  const cells = new Map<string, OperatedCell>();

  for (const cell of names) {
    const store = storeOf(cell);
    const others = names.filter((name) => name !== cell);
    const settings = { cell, peers: others, origin: `${cell}.1`, incarnation: 1, policy };
    const assignments = assignmentInForce({ settings, store, runtime });
    const peers = new Map(others.map((name) => [name, reached(name, away, localPeer(storeOf(name)))]));
    const gate = createGate({ settings, assignments, store, runtime, peers });
    const letters = createMemoryDeadLetters();
    const redriver = createRedriver({
      ...{ store, cell, peers: others, deadLetters: letters, now: Date.now },
      publish: async () => {},
      decode: () => ({ kind: 'ignored' }),
    });
    const authorise = sharedKey([key]);
    const operations = createOperations({
      ...{ settings, store, peers, gate, assignments, runtime, redriver },
      deadLetters: letters,
      listener: { onPulled: assignments.note },
    });
    const operate = operationsEndpoint({ operations, authorise });
    const compare = reconcileEndpoint({ store, authorise });
    asked.set(cell, (request) =>
      new URL(request.url).pathname.startsWith(operationsPath) ? operate(request) : compare(request),
    );
    const service = createService({
      ...{ aggregate: transaction, store, origin: settings.origin, runtime },
      assignment: assignments.inForce,
    });
    cells.set(cell, {
      store,
      letters,
      assignment: assignments.refresh,
      create: async (account) => {
        const stream = transactionId(account, 'create', runtime.random);
        const command = { type: 'create', account_id: account, amount: '10.00', currency: 'USD' } as const;
        await service.execute({ stream, account, commandId: 'create', command });
        return stream;
      },
    });
  }

  return {
    away,
    cell: (name) => {
      const found = cells.get(name);
      if (!found) throw new Error(name);
      return found;
    },
    before: (next) => {
      hook = next;
    },
    twinlog: async (line, configured = names) => {
      const printed = { out: '', err: '' };
      const code = await run(line.split(' '), {
        variables: {
          TWINLOG_CELLS: configured.map((name) => `${name}=http://${name}`).join(','),
          TWINLOG_KEY: key,
        },
        readFile: () => undefined,
        fetch: async (request) => {
          await hook(request);
          const { hostname } = new URL(request.url);
          const answer = asked.get(hostname);
          if (answer === undefined || away.has(hostname)) throw new TypeError('fetch failed');
          return answer(request);
        },
        terminal: {
          write: (text) => {
            printed.out += text;
          },
          writeError: (text) => {
            printed.err += text;
          },
          isWatched: false,
        },
        now: Date.now,
        sleep: async () => {},
      });
      return { code, ...printed };
    },
  };
}

/** Another cell's log, unless that is away. */
function reached(name: string, away: ReadonlySet<string>, peer: Peer): Peer {
  const reach = () => {
    if (away.has(name)) throw new PeerUnavailableError(`No answer from ${name}.`);
  };
  return {
    digests: async (query) => {
      reach();
      return peer.digests(query);
    },
    keys: async (query) => {
      reach();
      return peer.keys(query);
    },
    events: async (keys) => {
      reach();
      return peer.events(keys);
    },
    read: async (stream) => {
      reach();
      return peer.read(stream);
    },
  };
}
