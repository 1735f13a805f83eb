import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import {
  type ChangeRecord,
  createMemoryDeadLetters,
  eventGridLimits,
  eventGridPublisher,
  relay,
  wireSize,
} from '@twinlog/bridge';
import {
  createMemoryStore,
  createService,
  type DomainEvent,
  type EventStore,
  sameEvent,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';
import { startEventGrid } from '@twinlog/emulators';
import { WrongEndStateError } from './contender.ts';
import { type ReceivingCell, startReceivingCell } from './receiver-server.ts';
import { interleave, ratePerSecond, ratioOf, type Spread, spreadOf } from './rounds.ts';
import { commandOf, scriptsOf } from './workload.ts';

/**
 * Records of the change stream that the relay is given at a time: as many as come to 97% of the largest publish request,
 * by their mean size. A trigger's batch size is to be set like that, for a page's last batch is what it is.
 */
const pageShare = 0.97;
/** Of the subscription, and of the baseline's requests. */
const eventsPerDelivery = 100;
/** Requests that are open at a time, on both ways. */
const openRequests = 8;

const sender = 'aws-us-east-1';
const receiver = 'azure-eastus';

export interface ReplicationResult {
  readonly events: number;
  /** Of one event in JSON, in bytes, on average. */
  readonly eventBytes: number;
  readonly rounds: number;
  readonly eventsPerDelivery: number;
  /** Events per second through relay, Event Grid stand-in, receiver and store. */
  readonly rate: Spread;
  /** Events per second when the same requests go straight to the receiver. */
  readonly straight: Spread;
  /** The first against the second, round by round. */
  readonly ratio: Spread;
  readonly goal: number;
  readonly goalMet: boolean;
  /** Of the bytes that publish requests could have carried, the share that they did, the last of each round aside. */
  readonly fullness: number;
  readonly requests: number;
  readonly fullnessGoal: number;
  readonly fullnessGoalMet: boolean;
}

/** So many events that a cell decided, as its service wrote them: creates and captures. */
async function decidedEvents(count: number): Promise<readonly DomainEvent[]> {
  const service = createService({
    aggregate: transaction,
    store: createMemoryStore(),
    origin: `${sender}.1`,
    assignment: `1.${sender}`,
    runtime: systemRuntime,
  });
  const commandsPerStream = 5;
  const events: DomainEvent[] = [];
  for (const { account, requests } of scriptsOf({
    streams: Math.ceil(count / commandsPerStream),
    commandsPerStream,
  })) {
    const stream = transactionId(account, requests[0]?.key, systemRuntime.random);
    for (const request of requests) {
      const command = commandOf(request);
      const outcome = await service.execute({ stream, account, command, commandId: request.key });
      if (outcome.kind !== 'appended') throw new Error(`A ${command.type} ended as ${outcome.kind}.`);
      events.push(outcome.event);
    }
  }
  return events.slice(0, count);
}

/** A way for the events to the receiving cell, opened anew for each round. */
interface Way {
  readonly send: (events: readonly DomainEvent[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function overEventGrid(cell: ReceivingCell, onBatch: (bytes: number) => void): Promise<Way> {
  const topic = await startEventGrid({ maxConcurrentDeliveries: openRequests });
  await topic.subscribe({
    name: 'to-the-other-cell',
    endpoint: cell.url,
    headers: cell.headers,
    maxEventsPerBatch: eventsPerDelivery,
    preferredBatchSizeKb: 1_024,
  });
  const client = new EventGridPublisherClient(
    topic.endpoint,
    'CloudEvent',
    new AzureKeyCredential(topic.keys().key1),
    { allowInsecureConnection: true },
  );
  const send = eventGridPublisher(client);
  const publish = async (events: readonly DomainEvent[]) => {
    onBatch(bytesOf(events) + events.length + 1);
    await send(events);
  };
  const deadLetters = createMemoryDeadLetters();
  return {
    send: async (events) => {
      const records = events.map((event, index): ChangeRecord => {
        return { position: String(index), change: { kind: 'event', event }, record: event };
      });
      const meanBytes = bytesOf(events) / events.length + 1;
      const recordsPerPage = Math.floor((eventGridLimits.maxBytes * pageShare) / meanBytes);
      for (let at = 0; at < records.length; at += recordsPerPage) {
        const page = records.slice(at, at + recordsPerPage);
        const { failed, error } = await relay(page, { cell: sender, publish, deadLetters, now: Date.now });
        if (failed.length > 0)
          throw new Error(`The relay could not publish ${failed.length} events.`, { cause: error });
      }
      await topic.idle();
    },
    close: () => topic.stop(),
  };
}

async function straight(cell: ReceivingCell): Promise<Way> {
  const headers = { ...cell.headers, 'content-type': 'application/cloudevents-batch+json' };
  return {
    send: async (events) => {
      const starts = Array.from(
        { length: Math.ceil(events.length / eventsPerDelivery) },
        (_, n) => n * eventsPerDelivery,
      );
      const queue = starts.values();
      const worker = async () => {
        for (const at of queue) {
          const body = JSON.stringify(events.slice(at, at + eventsPerDelivery));
          const response = await fetch(cell.url, { method: 'POST', headers, body });
          await response.arrayBuffer();
          if (!response.ok) throw new Error(`The receiver answered ${response.status}.`);
        }
      };
      await Promise.all(Array.from({ length: openRequests }, worker));
    },
    close: async () => {},
  };
}

const bytesOf = (events: readonly DomainEvent[]): number =>
  events.reduce((sum, event) => sum + wireSize(event), 0);

/** @throws WrongEndStateError unless the store holds just these events, each with all its content. */
async function checkReceived(store: EventStore, events: readonly DomainEvent[]): Promise<void> {
  const streams = new Set(events.map((event) => event.partitionkey));
  const received = new Map<string, DomainEvent>();
  for (const stream of streams) for (const event of await store.read(stream)) received.set(event.id, event);
  const missing = events.filter((event) => {
    const held = received.get(event.id);
    return held === undefined || !sameEvent(held, event);
  });
  if (missing.length > 0 || received.size !== events.length) {
    throw new WrongEndStateError(
      `Of ${events.length} events sent, ${missing.length} did not arrive as they were, and ${received.size} are held.`,
    );
  }
}

/**
 * Events per second from one cell's change stream into the other cell's store, beside the same events posted
 * straight to the receiver.
 * @throws WrongEndStateError as soon as a round ends with another store than was sent.
 */
export async function measureReplication(
  count: number,
  rounds: number,
  progress: (message: string) => void,
): Promise<ReplicationResult> {
  const goal = 5_000;
  const fullnessGoal = 0.9;
  const events = await decidedEvents(count);
  const ways = [overEventGrid, straight];
  const batches: number[] = [];
  const measured = await interleave(ways, rounds, async (open, round) => {
    progress(`${count} events: ${round}, ${open === straight ? 'straight' : 'over Event Grid'}`);
    const cell = await startReceivingCell(receiver, [sender]);
    const sizes: number[] = [];
    const way = await open(cell, (bytes) => sizes.push(bytes));
    try {
      const rate = await ratePerSecond(count, () => way.send(events));
      batches.push(...sizes.slice(0, -1));
      await checkReceived(cell.store, events);
      if (cell.deadLetters() > 0)
        throw new WrongEndStateError(`${cell.deadLetters()} events became dead letters.`);
      return rate;
    } finally {
      await way.close();
      await cell.stop();
    }
  });
  const over = measured.get(overEventGrid) ?? [];
  const direct = measured.get(straight) ?? [];
  const bytes = bytesOf(events);
  const fullness = batches.reduce((sum, size) => sum + size, 0) / (batches.length * eventGridLimits.maxBytes);
  const rate = spreadOf(over);
  return {
    events: count,
    eventBytes: Math.round(bytes / count),
    rounds,
    eventsPerDelivery,
    rate,
    straight: spreadOf(direct),
    ratio: ratioOf(over, direct),
    goal,
    goalMet: rate.median >= goal,
    fullness,
    requests: batches.length,
    fullnessGoal,
    fullnessGoalMet: fullness >= fullnessGoal,
  };
}
