import { createHttpApi } from '@twinlog/adapters';
import { createReceiver, type DeadLetters, type ReceiverOptions, sharedKey } from '@twinlog/bridge';
import { createService, type EventStore, systemRuntime, transaction } from '@twinlog/core';
import type { CellSettings } from './settings.ts';

/** How long a cell's judgement of its own store holds, in ms: probes of one second come for free. */
const healthMemoryMs = 500;

export interface CellParts {
  readonly settings: CellSettings;
  readonly store: EventStore;
  readonly deadLetters: DeadLetters;
  readonly onReceived?: ReceiverOptions['onReceived'];
}

/** What is alike in every cell, whatever its cloud: the service, its HTTP API and the receiving end of replication. */
export function cellApi({
  settings,
  store,
  deadLetters,
  onReceived,
}: CellParts): (request: Request) => Promise<Response> {
  const runtime = systemRuntime;
  const { origin, cell, peers, receiveKeys } = settings;
  const service = createService({ aggregate: transaction, store, origin, assignment: `1.${cell}`, runtime });
  const replication = createReceiver({
    store,
    cell,
    peers,
    authorise: sharedKey(receiveKeys),
    deadLetters,
    now: runtime.now,
    ...(onReceived && { onReceived }),
  });
  return createHttpApi({ service, store, runtime, replication, health: storeHealth(store) });
}

/** Healthy while the store answers, judged at most twice a second. */
function storeHealth(store: EventStore): () => Promise<{ ok: boolean }> {
  let judged = Number.NEGATIVE_INFINITY;
  let judgement: Promise<{ ok: boolean }> = Promise.resolve({ ok: false });
  return () => {
    if (systemRuntime.now() - judged >= healthMemoryMs) {
      judged = systemRuntime.now();
      judgement = store.read('health').then(
        () => ({ ok: true }),
        () => ({ ok: false }),
      );
    }
    return judgement;
  };
}
