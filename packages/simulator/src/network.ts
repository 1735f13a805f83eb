import type { DomainEvent } from '@twinlog/core';
import { cellOf, originOf } from '@twinlog/core';
import type { Stage } from './stage.ts';

/** The end of a link: takes in what a message carries, or throws where it cannot. */
export interface Endpoint {
  readonly isUp: () => boolean;
  readonly receive: (values: readonly unknown[]) => Promise<void>;
}

export interface Network {
  /** Whether anything gets from one cell to another now. */
  readonly isOpen: (from: number, to: number) => boolean;
  /** Hands events to the transport, which brings them to every other cell: late, twice, shuffled or not at all. */
  readonly publish: (from: number, events: readonly DomainEvent[]) => Promise<void>;
  /** Messages not delivered and not given up yet. */
  readonly underWay: () => number;
}

/** As Event Grid: 10 s, 30 s, 1 min, 5 min, 10 min, 30 min, 1 h, 3 h, 6 h, 12 h, and then it gives up. */
const backoffs: readonly number[] = [10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200].map(
  (seconds) => seconds * 1_000,
);

/** How long the transport waits for an answer. */
const answerTimeoutMs = 30_000;

const hour = 3_600_000;

interface Message {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  /** JSON text, as on the wire; for a share of the messages the values themselves, for the sake of speed. */
  readonly content: string | readonly unknown[];
}

/** How many of the messages, and of the answers of peers, are made JSON text and read again. */
export const wireRate = 0.02;

function valuesOf(content: Message['content']): readonly unknown[] {
  if (typeof content !== 'string') return content;
  const values: unknown = JSON.parse(content);
  return Array.isArray(values) ? values : [];
}

export function createNetwork(
  stage: Stage,
  names: readonly string[],
  endpoints: readonly Endpoint[],
): Network {
  const { scheduler, random, plan } = stage;
  const { rates } = plan;
  const partitions = plan.incidents.filter((incident) => incident.kind === 'partition');
  const start = scheduler.now();
  const newest = new Map<number, number>();
  let sent = 0;
  let underWay = 0;

  function isOpen(from: number, to: number): boolean {
    if (!stage.faulty || partitions.length === 0) return true;
    const at = scheduler.now() - start;
    return !partitions.some((gap) => gap.from === from && gap.to === to && gap.at <= at && at < gap.until);
  }

  function delay(): number {
    if (!stage.strikes(rates.longDelay)) return random.next() * plan.networkDelayMs;
    const ms = random.magnitude(1_000, 72 * hour);
    if (ms > hour) stage.hit('message delayed over an hour');
    return ms;
  }

  function noteOrder({ from, to, number }: Message): void {
    const link = from * names.length + to;
    const last = newest.get(link) ?? 0;
    if (number < last) stage.hit('message overtaken');
    else newest.set(link, number);
  }

  /** Tries to deliver, and again later where no answer came. */
  function deliver(message: Message, attempt: number): void {
    const endpoint = endpoints[message.to];
    let isOver = false;
    let stopWaiting = () => {};
    const again = () => {
      if (isOver) return;
      isOver = true;
      stopWaiting();
      const backoff = backoffs[attempt];
      if (backoff === undefined) {
        stage.hit('message given up by the transport');
        underWay -= 1;
      } else scheduler.after(backoff, () => deliver(message, attempt + 1));
    };
    const done = () => {
      if (isOver) return;
      if (stage.strikes(rates.receiverLosesAnswer)) {
        stage.hit('receiver loses its answer');
        again();
        return;
      }
      isOver = true;
      stopWaiting();
      underWay -= 1;
    };
    if (!isOpen(message.from, message.to)) {
      stage.hit('message held up by a partition');
      again();
    } else if (endpoint?.isUp()) {
      noteOrder(message);
      endpoint.receive(valuesOf(message.content)).then(done, again);
      stopWaiting = scheduler.timeout(answerTimeoutMs, again);
    } else again();
  }

  function send(from: number, to: number, content: Message['content']): void {
    sent += 1;
    const message: Message = { number: sent, from, to, content };
    if (stage.strikes(rates.loss)) {
      stage.hit('message lost');
      stage.note(names[from] ?? '', 'loses a message to', names[to]);
      return;
    }
    const copies = stage.strikes(rates.duplication) ? 2 : 1;
    if (copies === 2) stage.hit('message duplicated');
    for (let copy = 0; copy < copies; copy++) {
      underWay += 1;
      scheduler.after(delay(), () => deliver(message, 0));
    }
  }

  return {
    isOpen,
    underWay: () => underWay,
    publish: async (from, events) => {
      for (const event of events) {
        if (cellOf(originOf(event)) !== names[from]) {
          stage.fail(
            'no cell sends on what another decided',
            `${names[from]} sent ${event.id}`,
            event.partitionkey,
          );
        }
      }
      if (stage.strikes(rates.publishRefused)) {
        stage.hit('publish refused');
        throw new Error('The topic answered 503.');
      }
      const values: unknown[] = [...events];
      if (stage.strikes(rates.poisonMessage)) {
        stage.hit('poison message');
        values.unshift(poisonOf(stage, events[0]));
      }
      const content = random.chance(wireRate) ? JSON.stringify(values) : values;
      for (let to = 0; to < names.length; to++) if (to !== from) send(from, to, content);
      if (stage.strikes(rates.publishUnacknowledged)) {
        stage.hit('publish acknowledgement lost');
        throw new Error('The topic did not answer.');
      }
    },
  };
}

/** Something that is no event of this matrix, in one of the ways in which that happens. */
function poisonOf({ random }: Stage, event: DomainEvent | undefined): unknown {
  return random.pick<unknown>([
    null,
    'no event',
    { ...event, sequence: '1' },
    { ...event, seen: 'nowhere=0' },
    { ...event, id: 'not a ULID' },
    { ...event, source: 'urn:twinlog:origin:stranger.1' },
  ]);
}
