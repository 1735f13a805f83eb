import { createCheckpoints } from './checkpoints.ts';
import type { LambdaPollerOptions, Mapping } from './mapping.ts';
import { createPulse, type Pulse } from './pulse.ts';
import { pollShard } from './shard-poller.ts';
import { listShards, pollableShards, settleLatest } from './stream-shards.ts';

/** How often the list of shards is read again. The end of a shard has it read at once. */
const DISCOVERY_INTERVAL_MS = 1000;
const MAX_RETRY_DELAY_MS = 1000;

export interface LambdaPoller {
  /** Goes on from the checkpoints. */
  start(): void;
  /**
   * Stops polling once the invocations in flight are done and their checkpoints stand. `hard` waits for nothing:
   * those invocations run on unheard, and their records are delivered again after the next start.
   */
  stop(how?: { readonly hard?: boolean }): Promise<void>;
  /** Polls every shard now, and cuts every wait for a retry short. */
  poke(): void;
  /** Resolves once the shards are known and, with `LATEST`, their starting positions are settled. */
  ready(): Promise<void>;
}

interface Run {
  readonly stopping: AbortController;
  readonly abandoned: AbortController;
  readonly finished: Promise<void>;
}

/** Starts Lambda's event source mapping of a function on a DynamoDB stream. It survives a stream that is away. */
export function startLambdaPoller(options: LambdaPollerOptions): LambdaPoller {
  const settings = withDefaults(options, createPulse());
  const { promise: isReady, resolve: setReady } = Promise.withResolvers<void>();
  let current: Run | undefined;

  const poller: LambdaPoller = {
    start() {
      if (current !== undefined) return;
      const stopping = new AbortController();
      const abandoned = new AbortController();
      const mapping = { ...settings, stopping: stopping.signal, abandoned: abandoned.signal };
      current = { stopping, abandoned, finished: pollStream(mapping, setReady) };
    },
    async stop(how = {}) {
      const run = current;
      if (run === undefined) return;
      if (how.hard === true) run.abandoned.abort();
      run.stopping.abort();
      await run.finished;
      if (current === run) current = undefined;
    },
    poke: () => settings.pulse.poke(),
    ready: () => isReady,
  };
  poller.start();
  return poller;
}

async function pollStream(mapping: Mapping, setReady: () => void): Promise<void> {
  const polling = new Map<string, Promise<void>>();
  let failures = 0;
  while (!mapping.stopping.aborted) {
    try {
      const shards = await listShards(mapping);
      if (mapping.startingPosition === 'LATEST') await settleLatest(mapping, shards);
      for (const shardId of await pollableShards(mapping, shards)) {
        if (!polling.has(shardId)) polling.set(shardId, pollShard(mapping, shardId));
      }
      setReady();
      failures = 0;
    } catch {
      // The stream is away, or it is not there yet: ask again until it is.
      failures += 1;
    }
    const wait = failures === 0 ? DISCOVERY_INTERVAL_MS : mapping.retryDelayMs(failures);
    await mapping.pulse.wait(wait, mapping.stopping);
  }
  await Promise.all(polling.values());
}

function withDefaults(options: LambdaPollerOptions, pulse: Pulse): Omit<Mapping, 'stopping' | 'abandoned'> {
  return {
    functionName: 'stream-function',
    startingPosition: 'TRIM_HORIZON',
    pollIntervalMs: 250,
    batchSize: 100,
    maximumBatchingWindowMs: 0,
    bisectBatchOnFunctionError: false,
    maximumRetryAttempts: -1,
    maximumRecordAgeMs: -1,
    functionResponseTypes: [],
    timeoutMs: 30_000,
    checkpoints: createCheckpoints(),
    retryDelayMs: (retry) => Math.min(50 * 2 ** retry, MAX_RETRY_DELAY_MS),
    now: Date.now,
    filter: () => true,
    onBatch: () => {},
    onFailure: undefined,
    ...options,
    pulse,
  };
}
