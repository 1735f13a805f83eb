import { CosmosClient } from '@azure/cosmos';
import type { TopicClient } from '@twinlog/bridge';
import { type DomainEvent, eventTime, foldEvents, transaction } from '@twinlog/core';
import { startChangeFeedTrigger, startCosmos, startFunctionsHost } from '@twinlog/emulators';
import { apiMethods, azureCell, azureTotals, cellSettings } from '@twinlog/example-infra';
import {
  contributionsContainerDefinition,
  createContainer,
  createCosmosEventStore,
} from '@twinlog/store-cosmos';
import type { Compensate, Environment, LocalCell, OnReplicated } from './local-cell.ts';
import { breakable, spoiling } from './outage.ts';
import { readContainer } from './raw-stores.ts';

/** Starts the Azure cell: Cosmos DB, the change feed's function, the API's function. */
export async function startAzureCell(options: {
  readonly variables: Environment;
  readonly topic: { readonly client: TopicClient };
  readonly onReplicated: OnReplicated;
  readonly compensate: Compensate;
  /** How the cell shows its peers who it is, where that is by tokens. */
  readonly peerToken: (() => Promise<string>) | undefined;
}): Promise<LocalCell> {
  const host = await startFunctionsHost({
    routePrefix: '',
    functions: [
      {
        name: 'api',
        methods: apiMethods,
        route: '{*path}',
        handler: (request) => functions.api(request),
      },
    ],
  });
  const variables = await options.variables(host.url);
  let settings = cellSettings(variables);
  const cosmos = await startCosmos();
  const client = new CosmosClient({
    endpoint: cosmos.endpoint,
    key: cosmos.key,
    connectionPolicy: { enableEndpointDiscovery: false },
  });
  const { database } = await client.databases.createIfNotExists({ id: settings.store });
  await createContainer(database, 'events');
  const log = database.container('events');
  const { container: deadLetters } = await database.containers.createIfNotExists({
    id: settings.deadLetters,
    partitionKey: '/id',
  });
  const { container: leases } = await database.containers.createIfNotExists({
    id: 'leases',
    partitionKey: '/id',
  });

  const replicated = (event: DomainEvent) => {
    const decidedAt = eventTime(event.id);
    options.onReplicated({ decidedAt, lag: Date.now() - decidedAt });
  };
  const newFunctions = () =>
    azureCell({
      settings,
      log,
      deadLetters,
      topic: options.topic.client,
      ...(options.peerToken && { peerToken: options.peerToken }),
      compensate: options.compensate,
      onReceived: (event, receipt) => {
        if (receipt === 'stored') replicated(event);
      },
      onPulled: replicated,
    });
  let functions = newFunctions();
  const startRelay = () =>
    startChangeFeedTrigger({
      container: log,
      leases,
      handler: (documents, context) => functions.relay(documents, context),
      feedPollDelay: 100,
      startFromBeginning: true,
      retry: { strategy: 'fixedDelay', maxRetryCount: -1, delayInterval: 500 },
    });
  let relay = await startRelay();
  const { cut, restore, whileUp } = breakable({
    front: host,
    spoilAnswers: (how) => {
      host.fault = how && spoiling[how];
    },
    database: cosmos,
    stopBridge: () => relay.stop({ hard: true }),
    startAgain: async () => {
      functions = newFunctions();
      relay = await startRelay();
    },
  });

  const store = createCosmosEventStore({ container: log, now: Date.now });
  return {
    name: settings.cell,
    url: host.url,
    databaseUrl: cosmos.endpoint,
    database: { cut: () => cosmos.cut(), restore: () => cosmos.restore() },
    cut,
    restore,
    redeploy: (changed) => {
      settings = cellSettings({ ...variables, ...changed });
      functions = newFunctions();
    },
    rawEvents: (streams) => readContainer(log, streams),
    sweep: (streams) => whileUp(() => functions.sweep(streams)),
    reconcile: () => whileUp(() => functions.reconcile()),
    events: (stream) => store.read(stream),
    fold: async (stream) => foldEvents(transaction, await store.read(stream)),
    startTotals: async () => {
      const definition = contributionsContainerDefinition(settings.totals);
      const { container } = await database.containers.createIfNotExists(definition);
      const { totals, of } = azureTotals({ log, totals: container });
      const feed = await startChangeFeedTrigger({
        container: log,
        leases,
        leaseContainerPrefix: 'totals',
        handler: totals,
        feedPollDelay: 100,
        startFromBeginning: true,
        retry: { strategy: 'fixedDelay', maxRetryCount: -1, delayInterval: 500 },
      });
      return { of, stop: () => feed.stop({ hard: true }) };
    },
    stop: async () => {
      await Promise.all([relay.stop({ hard: true }), host.stop()]);
      await cosmos.stop();
      client.dispose();
    },
  };
}
