import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../clock/index.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { type EventGrid, type Subscription, startEventGrid } from './event-grid.ts';
import { type Receiver, startReceiver } from './receiver.fixture.ts';
import { RETRY_SCHEDULE_MS } from './retry-schedule.ts';
import type { DeadLetterRecord, SubscriptionOptions } from './subscription.ts';

let clock: ManualClock;
let grid: EventGrid;
let receiver: Receiver;
let reports: DeliveryReport[];
let wake: () => void;

beforeEach(async () => {
  clock = manualClock(1_700_000_000_000);
  reports = [];
  wake = () => {};
  receiver = await startReceiver();
  grid = await startEventGrid({ key: 'k', clock, random: () => 0 });
  grid.onDelivery = (report) => {
    reports.push(report);
    wake();
  };
});
afterEach(async () => {
  await grid.stop();
  await receiver.stop();
});

/** The outcome of the `count`-th delivery attempt so far. */
const reported = async (count: number): Promise<DeliveryReport> => {
  for (;;) {
    const report = reports[count - 1];
    if (report !== undefined) return report;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
};

const subscribe = (options: Partial<SubscriptionOptions> = {}): Promise<Subscription> =>
  grid.subscribe({ name: 'cell', endpoint: receiver.url, ...options });

const send = async (...ids: string[]): Promise<void> => {
  const publisher = new EventGridPublisherClient(grid.endpoint, 'CloudEvent', new AzureKeyCredential('k'), {
    allowInsecureConnection: true,
  });
  await publisher.send(ids.map((id) => ({ id, source: '/cells/a', type: `type.${id}`, data: { id } })));
};

const idsOf = (index: number): unknown[] | undefined => receiver.received[index]?.events.map(({ id }) => id);
const allIds = (): unknown[] => receiver.received.flatMap(({ events }) => events.map(({ id }) => id));

describe('a delivery', () => {
  it('carries the headers of the service and the delivery properties', async () => {
    await subscribe({ headers: { authorization: 'Bearer secret' } });
    await send('1');
    await grid.idle();
    expect(receiver.received[0]?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'CELL',
      'aeg-delivery-count': '0',
      origin: 'eventgrid.azure.net',
      authorization: 'Bearer secret',
    });
  });

  it('is one event, as an object, with batching off', async () => {
    await subscribe();
    await send('1', '2', '3');
    await grid.idle();
    expect(receiver.received.map(({ isArray }) => isArray)).toEqual([false, false, false]);
    expect(allIds().toSorted()).toEqual(['1', '2', '3']);
  });

  it('is an array of at most so many events with batching on', async () => {
    await subscribe({ maxEventsPerBatch: 2 });
    await send('1', '2', '3');
    await grid.idle();
    expect(receiver.received.map(({ events, isArray }) => [events.length, isArray]).toSorted()).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(receiver.received[0]?.headers['content-type']).toBe(
      'application/cloudevents-batch+json; charset=utf-8',
    );
  });

  it('stays below the preferred size, but for a single event that is larger', async () => {
    await subscribe({ maxEventsPerBatch: 100, preferredBatchSizeKb: 1 });
    const long = 'x'.repeat(400);
    await send(`a${long}`, `b${long}${long}${long}${long}`, `c${long}`);
    await grid.idle();
    expect(receiver.received.map(({ events }) => events.length)).toEqual([1, 1, 1]);
  });

  it('goes to every subscription whose filter lets the event through', async () => {
    await subscribe({ name: 'one', filter: { type: 'type.1' } });
    await subscribe({ name: 'none', filter: { source: '/cells/b' } });
    await subscribe({ name: 'all', filter: { source: '/cells/' } });
    await send('1', '2');
    await grid.idle();
    const seen = receiver.received.map(
      ({ headers, events }) => `${headers['aeg-subscription-name']} ${events[0]?.id}`,
    );
    expect(seen.toSorted()).toEqual(['ALL 1', 'ALL 2', 'ONE 1']);
  });

  it.each([200, 201, 202, 203, 204])('that is answered %i is done', async (status) => {
    const subscription = await subscribe();
    receiver.answers.push(status);
    await send('1');
    await grid.idle();
    expect(subscription.counts()).toMatchObject({ delivered: 1, failedAttempts: 0 });
  });
});

describe('a failed delivery', () => {
  it.each([205, 302, 404, 409, 429, 500, 502])(
    'that was answered %i is tried again after 10 s',
    async (status) => {
      const subscription = await subscribe();
      receiver.answers.push(status);
      await send('1');
      expect(await reported(1)).toMatchObject({ outcome: 'retry', answer: `HTTP ${status}` });
      clock.advance(9_999);
      expect(subscription.pending()).toEqual({ queued: 0, inFlight: 0, waiting: 1 });
      clock.advance(1);
      expect(await reported(2)).toMatchObject({ outcome: 'delivered', attempt: 2 });
      expect(receiver.received.map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1']);
    },
  );

  it.each([
    [408, 120_000],
    [503, 30_000],
  ])('that was answered %i waits %i ms at the least', async (status, wait) => {
    await subscribe();
    receiver.answers.push(status);
    await send('1');
    const { at, nextAttemptAt } = await reported(1);
    expect((nextAttemptAt ?? 0) - at).toBe(wait);
  });

  it('follows the published schedule until the event has lived 24 hours', async () => {
    const letters: DeadLetterRecord[] = [];
    await subscribe({ deadLetter: async (record) => void letters.push(record) });
    receiver.answers.push(...Array.from({ length: 30 }, () => 500));
    const publishedAt = clock.now();
    await send('1');
    const waits: number[] = [];
    for (let count = 1; letters.length === 0; count += 1) {
      const { at, outcome, nextAttemptAt = at } = await reported(count);
      if (outcome !== 'retry') break;
      waits.push(nextAttemptAt - at);
      clock.advance(nextAttemptAt - at);
    }
    await grid.idle();
    // The first nine steps end after 10 h 46 min 40 s, one of 12 h later is within the day, the next is not.
    expect(waits).toEqual([...RETRY_SCHEDULE_MS, 12 * 3_600_000]);
    expect(letters).toMatchObject([
      { deadLetterReason: 'TimeToLiveExceeded', deliveryAttempts: 11, lastDeliveryOutcome: 'HTTP 500' },
    ]);
    expect(clock.now() - publishedAt).toBeGreaterThan(24 * 3_600_000);
  });

  it('is given up after the last attempt allowed', async () => {
    const subscription = await subscribe({ maxDeliveryAttempts: 2 });
    receiver.answers.push(500, 500);
    await send('1');
    await reported(1);
    clock.advance(10_000);
    expect(await reported(2)).toMatchObject({
      outcome: 'dropped',
      answer: 'HTTP 500: MaxDeliveryAttemptsExceeded',
    });
    await grid.idle();
    expect(subscription.counts()).toMatchObject({ dropped: 1, deadLettered: 0 });
  });

  it.each([400, 401, 403, 413])(
    'that was answered %i is dropped at once without a dead letter',
    async (status) => {
      const subscription = await subscribe();
      receiver.answers.push(status);
      await send('1');
      await grid.idle();
      expect(subscription.counts()).toMatchObject({ delivered: 0, dropped: 1, failedAttempts: 1 });
    },
  );

  it('that cannot succeed goes to the dead letters whole', async () => {
    const letters: DeadLetterRecord[] = [];
    await subscribe({ deadLetter: async (record) => void letters.push(record) });
    receiver.answers.push(400);
    await send('1');
    await grid.idle();
    expect(letters).toMatchObject([
      {
        event: { id: '1', source: '/cells/a', data: { id: '1' } },
        subscription: 'cell',
        deadLetterReason: 'UndeliverableDueToHttpBadRequest',
        deliveryAttempts: 1,
        lastDeliveryOutcome: 'HTTP 400',
        publishTime: '2023-11-14T22:13:20.000Z',
      },
    ]);
  });

  it('is written to a dead-letter store that comes back within four hours', async () => {
    let down = true;
    const subscription = await subscribe({
      deadLetter: async () => {
        if (down) throw new Error('down');
      },
    });
    receiver.answers.push(400);
    await send('1');
    await clock.awaitTimer(5 * 60_000);
    down = false;
    clock.advance(5 * 60_000);
    await grid.idle();
    expect(subscription.counts()).toMatchObject({ deadLettered: 1, dropped: 0 });
  });

  it('fails for every event of its batch, and they come again together', async () => {
    await subscribe({ maxEventsPerBatch: 10 });
    receiver.answers.push(503);
    await send('1', '2');
    await reported(1);
    clock.advance(30_000);
    await grid.idle();
    expect([idsOf(0), idsOf(1)]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  it('is one that was answered too late, so the event arrives twice', async () => {
    let answer: (status: number) => void = () => {};
    await subscribe();
    receiver.answers.push(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    const waiting = clock.awaitTimer(30_000);
    await send('1');
    await waiting;
    while (receiver.received.length === 0) await new Promise(setImmediate);
    clock.advance(30_000);
    expect(await reported(1)).toMatchObject({ outcome: 'retry', answer: 'TimedOut' });
    answer(200);
    clock.advance(10_000);
    await grid.idle();
    expect(allIds()).toEqual(['1', '1']);
  });

  it('to a webhook that is down is tried again', async () => {
    const subscription = await subscribe();
    await receiver.stop();
    await send('1');
    expect((await reported(1)).answer).toMatch(/^Unreachable: .*ECONN/);
    expect(subscription.pending().waiting).toBe(1);
  });

  it('is tried again at once when nudged', async () => {
    const subscription = await subscribe();
    receiver.answers.push(500);
    await send('1');
    await reported(1);
    grid.nudge();
    await grid.idle();
    expect(subscription.counts()).toMatchObject({ delivered: 1, failedAttempts: 1 });
  });

  it('is forgotten when the subscription ends', async () => {
    const subscription = await subscribe();
    receiver.answers.push(500);
    await send('1');
    await reported(1);
    subscription.unsubscribe();
    await grid.idle();
    expect(clock.dueIn()).toEqual([]);
  });
});

describe('a delivery fault', () => {
  it('loses an event without a trace', async () => {
    const subscription = await subscribe();
    grid.fault = ({ events }) => (events[0]?.id === '1' ? { kind: 'drop' } : undefined);
    await send('1', '2');
    await grid.idle();
    expect(allIds()).toEqual(['2']);
    expect(subscription.counts()).toMatchObject({ delivered: 1, lost: 1 });
  });

  it('duplicates a delivery', async () => {
    await subscribe();
    grid.fault = () => ({ kind: 'duplicate', times: 2 });
    await send('1');
    await grid.idle();
    expect(allIds()).toEqual(['1', '1', '1']);
  });

  it('delays a delivery by the clock', async () => {
    await subscribe();
    grid.fault = () => ({ kind: 'delay', ms: 5_000 });
    await send('1');
    await clock.awaitTimer(5_000);
    expect(receiver.received).toEqual([]);
    clock.advance(5_000);
    await grid.idle();
    expect(allIds()).toEqual(['1']);
  });

  it('sends a delivery after the next one', async () => {
    await subscribe();
    grid.fault = ({ events }) => (events[0]?.id === '1' ? { kind: 'reorder' } : undefined);
    await send('1');
    await send('2');
    await grid.idle();
    expect(allIds()).toEqual(['2', '1']);
  });

  it('does not hold the last delivery for ever', async () => {
    await subscribe({ maxEventsPerBatch: 10 });
    grid.fault = () => ({ kind: 'reorder' });
    await send('1', '2');
    clock.advance(1_000);
    await grid.idle();
    expect(allIds().toSorted()).toEqual(['1', '2']);
  });
});

describe('many deliveries', () => {
  it('all arrive, over several connections', async () => {
    const subscription = await subscribe({ maxEventsPerBatch: 50 });
    const ids = Array.from({ length: 2_000 }, (_, index) => String(index));
    await Promise.all(
      Array.from({ length: 4 }, (_, part) => send(...ids.slice(part * 500, part * 500 + 500))),
    );
    await grid.idle();
    expect(new Set(allIds()).size).toBe(2_000);
    expect(subscription.counts()).toMatchObject({ delivered: 2_000, failedAttempts: 0 });
  });
});
