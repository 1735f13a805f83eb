import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeFeedContext, StreamBatchResponse } from '@twinlog/bridge';
import type { Random } from '@twinlog/simulator';
import { encodeDocument } from '@twinlog/store-cosmos';
import { encodeItem } from '@twinlog/store-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Note } from './random-faults.ts';
import type { Change, SqliteLog } from './sqlite-log.ts';

/** Hands a log's changes to a relay, as the cloud's trigger does, and moves on past what it is done with. */
export interface Pump {
  /** How many changes it is behind. */
  readonly behind: () => number;
  readonly stop: () => Promise<void>;
}

interface PumpOptions {
  readonly log: SqliteLog;
  readonly random: Random;
  readonly note: Note;
  readonly rates: { readonly trigger: number; readonly poison: number };
  readonly pageSize: number;
  /** How long to wait for changes where there are none, in ms. */
  readonly pollMs: number;
}

/** How long to wait before a page is handed over again, in ms. */
const retryMs = 10;

/** @param hand hands a page over and tells how many of its changes, from the first, are done. */
function startPump(
  { log, pageSize, pollMs }: PumpOptions,
  hand: (page: readonly Change[]) => Promise<number>,
): Pump {
  let position = 0;
  let isStopped = false;
  const pumping = (async () => {
    while (!isStopped) {
      const page = log.changesAfter(position, pageSize);
      const done = page.length === 0 ? 0 : await hand(page);
      position = page[done - 1]?.position ?? position;
      if (done < page.length || page.length === 0) await sleep(page.length === 0 ? pollMs : retryMs);
    }
  })();
  return {
    behind: () => log.count() - position,
    stop: async () => {
      isStopped = true;
      await pumping;
    },
  };
}

function streamRecord({ position, event }: Change): DynamoDBRecord {
  const image = Object.entries(encodeItem(event)).map(([name, text]) => [name, { S: text }]);
  return {
    eventName: 'INSERT',
    dynamodb: {
      SequenceNumber: String(position),
      StreamViewType: 'NEW_IMAGE',
      NewImage: Object.fromEntries(image),
    },
  };
}

/**
 * As Lambda on a stream: it goes on from the lowest failure that is named. Now and then an invocation ends unheard, and
 * now and then a record that is no event stands among the others.
 */
export function startStreamPump(
  options: PumpOptions & { readonly relay: (event: DynamoDBStreamEvent) => Promise<StreamBatchResponse> },
): Pump {
  const { random, note, rates, relay } = options;
  let poisoned = 0;
  let poison: DynamoDBRecord | undefined;
  return startPump(options, async (page) => {
    const Records = page.map(streamRecord);
    if (poison === undefined && random.chance(rates.poison)) {
      poisoned += 1;
      note('poison record');
      const NewImage = { id: { S: `poison ${poisoned}` } };
      poison = {
        eventName: 'INSERT',
        dynamodb: { SequenceNumber: `poison-${poisoned}`, StreamViewType: 'NEW_IMAGE', NewImage },
      };
    }
    if (poison !== undefined) Records.splice(random.int(Records.length), 0, poison);
    const { batchItemFailures } = await relay({ Records });
    if (!batchItemFailures.some(({ itemIdentifier }) => itemIdentifier.startsWith('poison')))
      poison = undefined;
    if (random.chance(rates.trigger)) {
      note('invocation unheard');
      return 0;
    }
    const [lowest] = batchItemFailures;
    if (lowest === undefined) return page.length;
    const failed = page.findIndex(({ position }) => String(position) === lowest.itemIdentifier);
    return Math.max(0, failed);
  });
}

/**
 * As the Functions trigger on a change feed, with a retry policy: what a function throws on is handed over again. Now
 * and then two workers hold the lease, and now and then the function throws before it is done.
 */
export function startChangeFeedPump(
  options: PumpOptions & {
    readonly relay: (documents: readonly unknown[], context?: ChangeFeedContext) => Promise<void>;
  },
): Pump {
  const { random, note, rates, relay } = options;
  let poisoned = 0;
  let poison: object | undefined;
  return startPump(options, async (page) => {
    const documents: unknown[] = page.map(({ event }) => encodeDocument(event));
    if (poison === undefined && random.chance(rates.poison)) {
      poisoned += 1;
      note('poison record');
      poison = { id: `poison ${poisoned}`, event: '{}' };
    }
    if (poison !== undefined) documents.splice(random.int(documents.length), 0, poison);
    const workers = random.chance(rates.trigger) ? 2 : 1;
    if (workers > 1) note('lease held twice');
    const ends = await Promise.allSettled(Array.from({ length: workers }, () => relay(documents)));
    const isDone = ends.every(({ status }) => status === 'fulfilled');
    if (isDone) poison = undefined;
    if (random.chance(rates.trigger)) {
      note('trigger thrown');
      return 0;
    }
    return isDone ? page.length : 0;
  });
}
