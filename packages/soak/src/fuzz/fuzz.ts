import {
  createEventGridReceiver,
  createMemoryDeadLetters,
  createQueueingReceiver,
  createReceiver,
  createSqsReceiver,
  type DeadLetter,
  type DeadLetters,
  sharedKey,
} from '@twinlog/bridge';
import {
  canonicalJson,
  cellOf,
  createMemoryStore,
  createService,
  type DomainEvent,
  type EventStore,
  originOf,
  parseEvent,
  StoreUnavailableError,
  sameEvent,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';
import { createRandom, type Random } from '@twinlog/simulator';
import { assertSendable } from '../queue.ts';
import { type Inbound, mangledRequest } from './mangle.ts';

/** What a cell did to a request that it should not have done. */
export interface Violation {
  /** The number of the request: with the seed it can be made again. */
  readonly request: number;
  readonly way: Way;
  readonly what: string;
}

export interface FuzzResult {
  readonly requests: number;
  readonly seed: number;
  readonly seconds: number;
  /** By way and answer: how many. */
  readonly answers: Readonly<Record<string, number>>;
  readonly stored: number;
  readonly deadLetters: number;
  readonly violations: readonly Violation[];
}

type Way = 'webhook' | 'queue' | 'sqs' | 'trigger';

const key = 'a-key-for-the-fuzzer-alone';
const cell = 'azure-eastus';
const peer = 'aws-us-east-1';
/** After so many requests a cell begins anew, so that it does not hold all of them. */
const requestsPerCell = 500;

/** Sends so many mangled requests to a cell, every way there is into it, and judges what became of each. */
export async function fuzz(options: {
  readonly requests: number;
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}): Promise<FuzzResult> {
  const startedAt = performance.now();
  const random = createRandom(options.seed);
  const events = await decidedEvents(40, random);
  const answers = new Map<string, number>();
  const violations: Violation[] = [];
  let stored = 0;
  let deadLetters = 0;
  let target = fuzzedCell(random);
  for (let request = 0; request < options.requests; request++) {
    if (request % requestsPerCell === 0) {
      stored += target.held.length;
      deadLetters += target.letters.size;
      target = fuzzedCell(random);
      options.onProgress?.(request);
    }
    const inbound = mangledRequest(events, key, random);
    const way = random.pick<Way>(['webhook', 'webhook', 'webhook', 'queue', 'sqs', 'trigger']);
    const { answer, wrong } = await target.send(inbound, way);
    answers.set(`${way} ${answer}`, (answers.get(`${way} ${answer}`) ?? 0) + 1);
    for (const what of wrong) violations.push({ request, way, what });
  }
  return {
    requests: options.requests,
    seed: options.seed,
    seconds: (performance.now() - startedAt) / 1_000,
    answers: Object.fromEntries([...answers].sort()),
    stored: stored + target.held.length,
    deadLetters: deadLetters + target.letters.size,
    violations,
  };
}

interface FuzzedCell {
  readonly held: readonly DomainEvent[];
  readonly letters: ReadonlyMap<string, DeadLetter>;
  readonly send: (
    inbound: Inbound,
    way: Way,
  ) => Promise<{ readonly answer: string; readonly wrong: readonly string[] }>;
}

/** A cell that judges itself: what it holds, what it keeps, and what it says. */
function fuzzedCell(random: Random): FuzzedCell {
  const memory = createMemoryStore();
  const held: DomainEvent[] = [];
  const wrongs: string[] = [];
  const store: EventStore = {
    ...memory,
    insert: async (event) => {
      if (random.chance(0.02)) throw new StoreUnavailableError('An injected fault.');
      const insertion = await memory.insert(event);
      if (insertion.inserted) {
        held.push(event);
        if (!isOfPeer(event)) wrongs.push(`stored what is no event of the peer: ${JSON.stringify(event)}`);
      }
      return insertion;
    },
  };
  const memoryLetters = createMemoryDeadLetters();
  const { letters } = memoryLetters;
  const kept = new Set<string>();
  const deadLetters: DeadLetters = {
    ...memoryLetters,
    put: async (letter) => {
      kept.add('json' in letter.content ? letter.content.json : letter.content.base64);
      await memoryLetters.put(letter);
    },
  };
  const intake = { store, cell, peers: [peer], deadLetters, now: () => 0 };
  const authorise = sharedKey([key]);
  const queue: string[] = [];
  const webhook = createReceiver({ ...intake, authorise });
  const queueing = createQueueingReceiver({
    authorise,
    enqueue: async (message) => {
      try {
        assertSendable(message);
        queue.push(message);
      } catch (error) {
        wrongs.push('put into the queue what SQS does not take');
        throw error;
      }
    },
    deadLetters,
    now: () => 0,
  });
  const sqs = createSqsReceiver(intake);
  const trigger = createEventGridReceiver(intake);

  async function deliver({ method, headers, body }: Inbound, way: Way): Promise<string> {
    if (way === 'sqs') {
      const text = Buffer.from(body).toString();
      const { batchItemFailures } = await sqs({ Records: [{ messageId: 'm', body: text }] });
      return batchItemFailures.length === 0 ? 'done' : 'again';
    }
    if (way === 'trigger') {
      try {
        await trigger(parsed(body));
        return 'done';
      } catch (error) {
        if (error instanceof StoreUnavailableError) return 'again';
        throw error;
      }
    }
    const isBodiless = method === 'GET' || method === 'OPTIONS';
    const request = new Request('http://cell/replication/events', {
      method,
      headers: headersOf(headers),
      body: isBodiless ? null : Buffer.from(body),
    });
    const response = await (way === 'webhook' ? webhook : queueing)(request);
    if (way === 'queue' && response.status === 200) {
      while (queue.length > 0) {
        const Records = queue
          .splice(0)
          .map((message, index) => ({ messageId: String(index), body: message }));
        const { batchItemFailures } = await sqs({ Records });
        for (const { itemIdentifier } of batchItemFailures)
          queue.push(Records[Number(itemIdentifier)]?.body ?? '');
      }
    }
    return String(response.status);
  }

  return {
    held,
    letters,
    send: async (inbound, way) => {
      const before = { held: held.length, letters: letters.size };
      let answer: string;
      try {
        answer = await deliver(inbound, way);
      } catch (error) {
        return { answer: 'crash', wrong: [`crashed: ${error instanceof Error ? error.stack : error}`] };
      }
      const wrong = wrongs.splice(0);
      if (!['200', '400', '401', '405', '413', '503', 'done', 'again'].includes(answer))
        wrong.push(`answered ${answer}`);
      const isUnchanged = held.length === before.held && letters.size === before.letters;
      if (['400', '401', '405', '413'].includes(answer) && !isUnchanged)
        wrong.push(`answered ${answer} and changed something`);
      const isTaken = (answer === '200' && inbound.method === 'POST') || answer === 'done';
      const isKnown = way === 'sqs' || way === 'trigger' || inbound.headers['x-twinlog-key'] === key;
      if (isTaken && !isKnown) wrong.push('took something from a stranger');
      if (isTaken) wrong.push(...(await unaccounted(inbound, way, memory, kept)));
      return { answer, wrong };
    },
  };
}

/** What was acknowledged and is neither in the log nor among the dead letters. */
async function unaccounted(
  { headers, body: sent }: Inbound,
  way: Way,
  store: EventStore,
  kept: ReadonlySet<string>,
): Promise<readonly string[]> {
  // A queue holds text: bytes that are none were replaced before they came to it.
  const body = way === 'sqs' ? Buffer.from(Buffer.from(sent).toString()) : sent;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const value = parsed(body);
  const isBatch = Array.isArray(value) && (type === 'application/cloudevents-batch+json' || way === 'sqs');
  const bytes = Buffer.from(body).toString('base64');
  if (way === 'trigger' || isBatch || type === 'application/cloudevents+json' || way === 'sqs') {
    if (kept.has(bytes)) return [];
    if (value === undefined && way !== 'trigger') return ['acknowledged bytes that it has not kept'];
    const wrong: string[] = [];
    const values: readonly unknown[] =
      Array.isArray(value) && (isBatch || way === 'trigger') ? value : [value];
    for (const one of values) {
      const event = eventIn(one);
      const isHeld =
        event !== undefined &&
        (await store.read(event.partitionkey)).some((other) => sameEvent(other, event));
      if (!isHeld && !kept.has(one === undefined ? 'null' : canonicalJson(one)))
        wrong.push(`acknowledged what it neither holds nor keeps: ${JSON.stringify(one)}`);
    }
    return wrong;
  }
  const event = binaryEventIn(headers, value);
  if (event === undefined) return [];
  if ((await store.read(event.partitionkey)).some((held) => sameEvent(held, event))) return [];
  if ([...kept].some((text) => text.includes(event.id))) return [];
  return [`acknowledged ${event.id} and ${kept.has(bytes) ? 'took it for no event' : 'lost it'}`];
}

/** Binary mode: the attributes are in the headers, percent-encoded. */
function binaryEventIn(headers: Inbound['headers'], data: unknown): DomainEvent | undefined {
  const attributes = [...headersOf(headers)].filter(([name]) => name.startsWith('ce-'));
  try {
    const decoded = attributes.map(([name, text]) => [name.slice(3), decodeURIComponent(text)]);
    return eventIn({ ...Object.fromEntries(decoded), datacontenttype: headers['content-type'], data });
  } catch {
    return undefined;
  }
}

function isOfPeer(event: DomainEvent): boolean {
  return eventIn(event) !== undefined && cellOf(originOf(event)) === peer;
}

function eventIn(value: unknown): DomainEvent | undefined {
  try {
    return parseEvent(value);
  } catch {
    return undefined;
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Those headers that HTTP can carry at all. */
function headersOf(headers: Readonly<Record<string, string>>): Headers {
  const carried = new Headers();
  for (const [name, text] of Object.entries(headers)) {
    try {
      carried.set(name, text);
    } catch {
      // Not to be had over the wire, so of no interest.
    }
  }
  return carried;
}

/** Real events of the peer: creates and captures. */
async function decidedEvents(streams: number, random: Random): Promise<readonly DomainEvent[]> {
  const service = createService({
    aggregate: transaction,
    store: createMemoryStore(),
    origin: `${peer}.1`,
    assignment: `1.${peer}`,
    runtime: { ...systemRuntime, random: random.next },
  });
  const events: DomainEvent[] = [];
  for (let index = 0; index < streams; index++) {
    const account = `account-${index}`;
    const stream = transactionId(account, 'create', random.next);
    for (const command of [
      { type: 'create', account_id: account, amount: '10.00', currency: 'USD' },
      { type: 'capture', amount: '1.00', currency: 'USD' },
    ] as const) {
      const outcome = await service.execute({
        stream,
        commandId: command.type,
        command,
        ...(command.type === 'create' && { account }),
      });
      if (outcome.kind === 'appended') events.push(outcome.event);
    }
  }
  return events;
}
