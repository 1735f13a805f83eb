import { azureFunctions } from '@twinlog/adapters';
import { type ChangeFeedContext, changeFeedRetry, createChangeFeedRelay } from '@twinlog/bridge';
import { createCosmosDeadLetters, deadLetterContainer } from '@twinlog/bridge/cosmos';
import { systemRuntime } from '@twinlog/core';
import {
  type ChangeFeedTrigger,
  cosmosClient,
  startChangeFeedTrigger,
  startCosmos,
  startFunctionsHost,
} from '@twinlog/emulators';
import { createContainer, createCosmosEventStore, decodeChange } from '@twinlog/store-cosmos';
import { bridgeParts } from './bridge-parts.ts';
import { throwing, type WiredCell, type WiredCellOptions } from './wired-cell.ts';

const log = 'events';
const letters = 'letters';

/** An Azure cell: Cosmos DB, the Functions trigger on its change feed, the Functions host. */
export async function startWiredAzureCell(options: WiredCellOptions): Promise<WiredCell> {
  const { name, clock } = options;
  const cosmos = await startCosmos({ now: clock.now });
  const client = cosmosClient(cosmos);
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  await createContainer(database, log);
  const container = database.container(log);
  await database.containers.createIfNotExists(deadLetterContainer(letters));
  const { container: leases } = await database.containers.createIfNotExists({
    id: 'leases',
    partitionKey: '/id',
  });

  const store = createCosmosEventStore({ container, now: clock.now });
  const deadLetters = createCosmosDeadLetters(database.container(letters));
  const { relaying, handle, peerAt, ...parts } = bridgeParts(options, store, deadLetters, decodeChange);
  const shell = createChangeFeedRelay({
    ...relaying,
    decode: decodeChange,
    retry: changeFeedRetry,
    wait: systemRuntime.sleep,
  });
  const { relay, arm } = throwing((documents: readonly unknown[], context: ChangeFeedContext) =>
    shell(documents, context),
  );

  const host = await startFunctionsHost({
    routePrefix: '',
    functions: [
      {
        name: 'replication',
        methods: ['POST', 'OPTIONS'],
        route: '{*path}',
        handler: azureFunctions(handle),
      },
    ],
  });
  let lostLeases = 0;
  const startTrigger = (): Promise<ChangeFeedTrigger> =>
    startChangeFeedTrigger({
      container,
      leases,
      handler: relay,
      feedPollDelay: 25,
      startFromBeginning: true,
      onBatch: ({ outcome, leaseAdvanced }) => {
        if (outcome === 'succeeded' && !leaseAdvanced) lostLeases += 1;
      },
      // The policy's own, but for its times.
      retry: { ...changeFeedRetry, minimumInterval: 20, maximumInterval: 200 },
    });
  let trigger = await startTrigger();

  let writes = 0;
  let refusedEvery = Number.POSITIVE_INFINITY;
  let isLettersDown = false;
  let refusedLetters = 0;
  cosmos.fault = ({ kind, container: of }) => {
    if (of === letters && isLettersDown) {
      refusedLetters += 1;
      return { kind: 'answer', status: 503 };
    }
    if (of !== log || kind !== 'create') return undefined;
    writes += 1;
    if (writes % refusedEvery !== 0) return undefined;
    return writes % (2 * refusedEvery) === 0 ? { kind: 'throttle', retryAfterMs: 5 } : { kind: 'resetAfter' };
  };

  return {
    ...parts,
    name,
    url: host.url,
    store,
    asPeer: peerAt(host.url),
    onFront: (fault) => {
      host.fault = fault;
    },
    throttleWrites: (every = Number.POSITIVE_INFINITY) => {
      [refusedEvery, writes] = [every, 0];
      return () => Math.floor(writes / every);
    },
    loseDeadLetters: (isDown) => {
      [isLettersDown, refusedLetters] = [isDown, 0];
      return () => refusedLetters;
    },
    poison: async (text) => {
      await container.items.create({ id: 'poison', stream: text, event: '{"id":"no ULID"}' });
    },
    throwMidBatch: arm,
    trigger: {
      crash: () => trigger.stop({ hard: true }),
      start: async () => {
        trigger = await startTrigger();
      },
      startRival: async () => {
        const rival = await startTrigger();
        return () => rival.stop({ hard: true });
      },
      lostLeases: () => lostLeases,
    },
    stop: async () => {
      await Promise.all([trigger.stop({ hard: true }), host.stop()]);
      await cosmos.stop();
      client.dispose();
    },
  };
}
