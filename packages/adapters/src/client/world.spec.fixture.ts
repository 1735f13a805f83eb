import { createMemoryStore, createService, ingest, transaction } from '@twinlog/core';
import { createHttpApi, type HttpApi } from '../http-api.ts';

/** How a cell's front door is. `deaf`: it takes requests and answers none; `forgetful`: it does what it is asked, and the
 * connection breaks before the answer. */
export type Health = 'well' | 'gone' | 'deaf' | 'forgetful' | 'unavailable';

export interface WorldCell {
  readonly url: string;
  health: Health;
  /** Requests that came, whatever became of them. */
  readonly asked: Request[];
  readonly api: HttpApi;
}

/** Two cells in memory that replicate to each other, a network to them, and a clock that jumps to whatever is due next. */
export interface World {
  readonly aws: WorldCell;
  readonly azure: WorldCell;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Whether events go from cell to cell. */
  replicates: boolean;
  /** Lets time pass until the work is done. */
  readonly run: <Result>(work: Promise<Result>) => Promise<Result>;
}

const startOfTime = Date.UTC(2026, 0, 1);

/** @param random uniform in [0, 1). @param latencyMs from a client to a cell and back. @param lagMs from cell to cell. */
export function createWorld(random: () => number, latencyMs = 20, lagMs = 100): World {
  let time = startOfTime;
  const timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  const now = () => time;
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = { at: time + Math.max(0, Math.ceil(ms)), ring: resolve };
      timers.add(timer);
      signal?.addEventListener('abort', () => {
        timers.delete(timer);
        resolve();
      });
    });
  const runtime = { now, random, sleep };

  const stores = [createMemoryStore(), createMemoryStore()] as const;
  const cellOf = (name: string, mine: 0 | 1): WorldCell => {
    const store = stores[mine];
    const peer = stores[mine === 0 ? 1 : 0];
    const insert: typeof store.insert = async (event) => {
      const inserted = await store.insert(event);
      const deliver = async () => {
        do await sleep(lagMs * (0.5 + random()));
        while (!world.replicates);
        await ingest(peer, event);
      };
      if (event.source.includes(name)) void deliver();
      return inserted;
    };
    const ours = { ...store, insert };
    const service = createService({
      aggregate: transaction,
      store: ours,
      origin: `${name}.1`,
      assignment: '1.aws-us-east-1',
      runtime,
    });
    const api = createHttpApi({ service, store: ours, runtime, authenticate: 'off', warn: () => {} });
    return { url: `https://${name}.example.com`, health: 'well', asked: [], api };
  };

  const world: World = {
    aws: cellOf('aws-us-east-1', 0),
    azure: cellOf('azure-eastus', 1),
    now,
    sleep,
    random,
    replicates: true,
    fetch: async (url, init) => {
      const cell = [world.aws, world.azure].find((one) => url.startsWith(one.url));
      if (!cell) throw new TypeError(`There is nothing at ${url}.`);
      const request = new Request(url, init);
      cell.asked.push(request.clone());
      await sleep(latencyMs / 2);
      init.signal?.throwIfAborted();
      if (cell.health === 'gone') throw new TypeError('fetch failed');
      if (cell.health === 'deaf') await sleep(3_600_000, init.signal ?? undefined);
      if (cell.health === 'unavailable') {
        return Response.json(
          { code: 'store_unavailable', detail: 'No.' },
          { status: 503, headers: { 'retry-after': '1' } },
        );
      }
      const response = await cell.api(new Request(url, { ...init, signal: null }));
      if (cell.health === 'forgetful') throw new TypeError('fetch failed');
      await sleep(latencyMs / 2);
      init.signal?.throwIfAborted();
      return response;
    },
    run: async (work) => {
      let isOver = false;
      const over = work.finally(() => {
        isOver = true;
      });
      over.catch(() => {});
      while (!isOver) {
        // Whatever is under way without waiting for time goes first.
        for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
        const [first] = [...timers].sort((a, b) => a.at - b.at);
        if (isOver || !first) continue;
        timers.delete(first);
        time = Math.max(time, first.at);
        first.ring();
      }
      return over;
    },
  };
  return world;
}
