import { apiGateway, createHttpApi } from '@twinlog/adapters';
import { createMemoryStore, createService, systemRuntime, transaction } from '@twinlog/core';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { WrongEndStateError } from '../contender.ts';
import { collectGarbage, interleave, ratioOf, type Spread, spreadOf } from '../rounds.ts';
import { createEvent } from './event.ts';

type Handler = (event: ReturnType<typeof createEvent>) => Promise<{ readonly statusCode: number }>;

interface Entrant {
  readonly name: string;
  readonly start: () => Handler;
}

/** The whole API on the in-memory store: every check, a decision, an event, every header. */
const twinlog: Entrant = {
  name: 'twinlog',
  start: () => {
    const store = createMemoryStore();
    const runtime = systemRuntime;
    const service = createService({
      aggregate: transaction,
      store,
      origin: 'aws-us-east-1.1',
      assignment: '1.aws-us-east-1',
      runtime,
    });
    return apiGateway(createHttpApi({ service, store, runtime, authenticate: 'off', warn: () => {} }));
  },
};

/** Hono's adapter, with one route that answers a constant and checks nothing. */
const hono: Entrant = {
  name: 'hono',
  start: () => {
    const app = new Hono();
    const constant = { transaction_id: 'txn_00000000000000000000000000000000' };
    app.post('/transactions', (context) => context.json(constant, 201));
    const handler = handle(app);
    return async (event) => {
      const { statusCode } = await handler(event);
      return { statusCode };
    };
  },
};

export interface LatencyResult {
  readonly rounds: number;
  readonly requests: number;
  /** Microseconds from event to result object, by percentile. */
  readonly p50: { readonly twinlog: Spread; readonly hono: Spread; readonly ratio: Spread };
  readonly p99: { readonly twinlog: Spread; readonly hono: Spread; readonly ratio: Spread };
  readonly goal: number;
  /** By the median of the rounds' ratios at the 50th percentile. */
  readonly goalMet: boolean;
}

const goal = 2;

/**
 * From API Gateway event to result object, beside Hono's `aws-lambda` adapter.
 * @throws WrongEndStateError for an answer that is not 201.
 */
export async function measureLatency(
  requests: number,
  rounds: number,
  progress: (message: string) => void,
): Promise<LatencyResult> {
  const tails = new Map<Entrant, number[]>([twinlog, hono].map((entrant) => [entrant, []]));
  let number = 0;
  const middles = await interleave([twinlog, hono], rounds, async (entrant, round) => {
    progress(`HTTP latency, ${entrant.name}, ${round}`);
    const handler = entrant.start();
    const times = new Float64Array(requests);
    collectGarbage();
    for (let at = 0; at < requests; at++) {
      const event = createEvent(number++);
      const start = performance.now();
      const { statusCode } = await handler(event);
      times[at] = (performance.now() - start) * 1_000;
      if (statusCode !== 201)
        throw new WrongEndStateError(`${entrant.name} answered a create with ${statusCode}.`);
    }
    times.sort();
    if (round !== 'warm-up') tails.get(entrant)?.push(times[Math.floor(requests * 0.99)] ?? Number.NaN);
    return times[Math.floor(requests / 2)] ?? Number.NaN;
  });
  const compare = (measured: ReadonlyMap<Entrant, readonly number[]>) => {
    const [ours = [], theirs = []] = [measured.get(twinlog), measured.get(hono)];
    return { twinlog: spreadOf(ours), hono: spreadOf(theirs), ratio: ratioOf(ours, theirs) };
  };
  const p50 = compare(middles);
  return { rounds, requests, p50, p99: compare(tails), goal, goalMet: p50.ratio.median <= goal };
}
