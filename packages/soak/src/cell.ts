import { createServer } from 'node:http';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { nodeServer } from '@twinlog/adapters';
import {
  changeFeedRetry,
  createChangeFeedRelay,
  createMemoryDeadLetters,
  createQueueingReceiver,
  createReceiver,
  createSqsReceiver,
  createStreamRelay,
  eventGridPublisher,
  httpPeer,
  type Peer,
  reconcileEndpoint,
  sharedKey,
  sharedKeyHeader,
} from '@twinlog/bridge';
import {
  createService,
  type DomainEvent,
  type Service,
  systemRuntime,
  type Transaction,
  type TransactionCommand,
  transaction,
} from '@twinlog/core';
import { type EventGrid, scaledClock, startEventGrid } from '@twinlog/emulators';
import type { Random } from '@twinlog/simulator';
import { decodeChange } from '@twinlog/store-cosmos';
import { decodeStreamRecord } from '@twinlog/store-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { type Pump, startChangeFeedPump, startStreamPump } from './pump.ts';
import { type Queue, startQueue } from './queue.ts';
import {
  deliveryFault,
  type FaultRates,
  faultyDeadLetters,
  faultyStore,
  faultyWebhook,
  type Note,
  publishFault,
} from './random-faults.ts';
import { openSqliteLog, type SqliteLog } from './sqlite-log.ts';

/** Ten minutes of Event Grid's schedule pass in a second. */
const scheduleFactor = 600;
const key = 'a-key-for-the-soak-alone';
/** Changes that a trigger hands over at a time, and events in one delivery. */
const pageSize = 500;
const deliverySize = 100;

/** One cell: a log on disk, the service on it, the bridge's real shells around it, and its topic. */
export interface SoakCell {
  readonly name: string;
  readonly origin: string;
  readonly url: string;
  readonly log: SqliteLog;
  readonly service: Service<Transaction, TransactionCommand>;
  readonly topic: EventGrid;
  /** How the other cell is asked about its log. */
  readonly asPeer: Peer;
  readonly deadLetters: () => ReadonlyMap<string, number>;
  /** Events that are somewhere on their way out of this cell or into it. */
  readonly underWay: () => number;
  /** Events that arrived somewhere of those that this cell's topic took, each as often as it arrived. */
  readonly delivered: () => number;
  readonly listen: (topic: EventGrid) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface SoakCellOptions {
  readonly name: string;
  readonly peers: readonly string[];
  /** `aws`: a Lambda on a stream, events come in by way of a queue. `azure`: a function on a change feed, a webhook. */
  readonly cloud: 'aws' | 'azure';
  readonly file: string;
  readonly random: Random;
  readonly rates: FaultRates;
  readonly note: Note;
  /** How often the trigger and the queue are looked at where there is nothing, in ms: 5 unless told. */
  readonly pollMs?: number;
  /** Told of every event that came in, once it is stored. */
  readonly onReceived?: (event: DomainEvent) => void;
}

export async function startSoakCell(options: SoakCellOptions): Promise<SoakCell> {
  const { name, peers, cloud, random, rates, note, pollMs = 5, onReceived } = options;
  const origin = `${name}.1`;
  const log = openSqliteLog(options.file);
  const store = faultyStore(log.store, random.fork(), rates.store, note);
  const kept = createMemoryDeadLetters();
  const deadLetters = faultyDeadLetters(kept, random.fork(), rates.deadLetters, note);
  const topic = await startEventGrid({
    clock: scaledClock(scheduleFactor),
    random: random.fork().next,
    answerTimeoutMs: 30_000 * scheduleFactor,
    maxConcurrentDeliveries: 8,
  });
  let delivered = 0;
  topic.onDelivery = ({ outcome, events }) => {
    if (outcome === 'delivered') delivered += events.length;
  };
  topic.publishFault = publishFault(random.fork(), rates.publish, note);
  topic.fault = deliveryFault(random.fork(), rates.delivery, note);

  const intake = {
    store,
    cell: name,
    peers,
    deadLetters,
    now: Date.now,
    ...(onReceived && { onReceived }),
  };
  let queue: Queue | undefined;
  const receive = (() => {
    if (cloud === 'azure') return createReceiver({ ...intake, authorise: sharedKey([key]) });
    const inbound = startQueue(createSqsReceiver(intake), { random: random.fork(), doubled: 0.02 });
    queue = inbound;
    return createQueueingReceiver({
      authorise: sharedKey([key]),
      enqueue: inbound.enqueue,
      deadLetters,
      now: Date.now,
    });
  })();
  const webhook = faultyWebhook(receive, random.fork(), rates.webhook, note);
  const reconciling = reconcileEndpoint({ store: log.store, authorise: sharedKey([key]) });
  const server = createServer(
    nodeServer((request) =>
      new URL(request.url).pathname === '/replication/events' ? webhook(request) : reconciling(request),
    ),
  );
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;

  const client = new EventGridPublisherClient(
    topic.endpoint,
    'CloudEvent',
    new AzureKeyCredential(topic.keys().key1),
    { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } },
  );
  const relaying = { cell: name, publish: eventGridPublisher(client), deadLetters, now: Date.now };
  const pumping = { log, random: random.fork(), note, rates, pageSize, pollMs };
  const pump: Pump =
    cloud === 'aws'
      ? startStreamPump({
          ...pumping,
          relay: createStreamRelay<DynamoDBRecord>({ ...relaying, decode: decodeStreamRecord }),
        })
      : startChangeFeedPump({
          ...pumping,
          relay: createChangeFeedRelay({
            ...relaying,
            decode: decodeChange,
            retry: changeFeedRetry,
            wait: systemRuntime.sleep,
          }),
        });

  return {
    name,
    origin,
    url,
    log,
    service: createService({
      aggregate: transaction,
      store,
      origin,
      assignment: `1.${name}`,
      runtime: systemRuntime,
      cachedStreams: 500,
    }),
    topic,
    asPeer: httpPeer({ url, key, fetch: (request) => fetch(request) }),
    deadLetters: () => countsBy([...kept.letters.values()].map(({ code }) => code)),
    underWay: () => {
      const { queued, inFlight, waiting } = topic.pending();
      return pump.behind() + queued + inFlight + waiting + (queue?.size() ?? 0);
    },
    delivered: () => delivered,
    listen: async (from) => {
      await from.subscribe({
        name: `to-${name}`,
        endpoint: `${url}/replication/events`,
        headers: { [sharedKeyHeader]: key },
        maxEventsPerBatch: deliverySize,
        preferredBatchSizeKb: 1_024,
      });
    },
    stop: async () => {
      await pump.stop();
      await topic.stop();
      await queue?.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      log.close();
    },
  };
}

function countsBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
