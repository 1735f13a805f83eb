/**
 * What the Functions host loads: an HTTP function behind API Management, which takes every path (so host.json
 * has an empty `routePrefix`); a function on an Event Grid subscription, for cells that receive by its trigger instead of
 * by their API; timers for what a home sees to and for what makes the log whole; and a function on the container's
 * change feed. That one needs its retry policy: without one the trigger moves past whatever could not be published.
 * host.json wants a bundle of 4.22.0 or later, for Event Grid's extension rewrote dates before.
 *
 * With `COSMOS__credential=managedidentity`, as the trigger's own connection has it, or without an `EVENT_GRID_KEY`, the
 * function app's managed identity is the credential.
 */
import { CosmosClient } from '@azure/cosmos';
import { app, type InvocationContext } from '@azure/functions';
import { changeFeedRetry } from '@twinlog/bridge';
import { notConnected } from '../cell.ts';
import { feedLagLine, replicationLagLines } from '../metric-line.ts';
import { peerTokenFrom } from '../peer-token.ts';
import { cellSettings, required } from '../settings.ts';
import { topicWhenNeeded } from '../topic-when-needed.ts';
import { apiMethods, azureCell } from './cell.ts';
import { managedIdentity } from './identity.ts';

const settings = cellSettings(process.env);
const endpoint = required(process.env, 'COSMOS__accountEndpoint');
const client = new CosmosClient(
  process.env.COSMOS__credential === 'managedidentity'
    ? { endpoint, aadCredentials: managedIdentity(process.env) }
    : { endpoint, key: required(process.env, 'COSMOS__accountKey') },
);
const database = client.database(settings.store);
const cell = azureCell({
  settings,
  log: database.container('events'),
  deadLetters: database.container(settings.deadLetters),
  topic: topicWhenNeeded(process.env, managedIdentity),
  ...peerTokenFrom(settings, () => managedIdentity(process.env)),
  compensate: notConnected,
  writeLog: (record) => console.log(JSON.stringify(record)),
  onReceived: replicationLagLines(Date.now, console.log),
});

app.http('api', {
  methods: apiMethods,
  route: '{*path}',
  authLevel: 'anonymous',
  handler: cell.api,
});

app.eventGrid('receive', { handler: cell.receive });

app.timer('sweep', {
  schedule: '*/30 * * * * *',
  handler: async (_, context) => {
    context.log(JSON.stringify({ sweep: await cell.sweep() }));
  },
});

app.timer('reconcile', {
  schedule: '0 */5 * * * *',
  handler: async (_, context) => {
    const { failed, ...healed } = await cell.reconcile();
    context.log(JSON.stringify({ reconcile: { ...healed, failed: Object.fromEntries(failed) } }));
  },
});

app.cosmosDB('relay', {
  connection: 'COSMOS',
  databaseName: settings.store,
  containerName: 'events',
  leaseContainerName: 'leases',
  startFromBeginning: true,
  feedPollDelay: 1_000,
  retry: changeFeedRetry,
  handler: async (documents: unknown[], context: InvocationContext) => {
    feedLagLine(documents, settings.cell, Date.now(), (line) => context.log(line));
    await cell.relay(documents);
  },
});
