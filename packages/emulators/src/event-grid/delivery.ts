import type { Clock } from '../clock/index.ts';
import type { CloudEventJson } from './cloud-event.ts';
import { deadLetterBox } from './dead-letter-box.ts';
import type {
  DeliveryFault,
  DeliveryReport,
  SubscriptionCounts,
  SubscriptionPending,
} from './delivery-report.ts';
import type { PublishedEvent } from './publish-endpoint.ts';
import { hopelessReason, isDelivered, retryDelayMs } from './retry-schedule.ts';
import { shuffled } from './shuffle.ts';
import { type SubscriptionPlan, WEBHOOK_ORIGIN } from './subscription.ts';
import { waitingRoom } from './waiting-room.ts';
import { textOfAnswer, type Webhook, type WebhookAnswer } from './webhook.ts';

/** What the deliveries of one subscription need of the topic around them. */
export interface DeliveryWorld {
  readonly clock: Clock;
  readonly random: () => number;
  readonly answerTimeoutMs: () => number;
  readonly maxConcurrentDeliveries: number;
  readonly fault: (delivery: {
    readonly subscription: string;
    readonly events: readonly CloudEventJson[];
    readonly attempt: number;
  }) => DeliveryFault | undefined;
  readonly report: (report: DeliveryReport) => void;
  /** Called when there may be nothing left to do. */
  readonly changed: () => void;
}

/** The deliveries of one subscription. */
export interface Delivery {
  readonly enqueue: (events: readonly PublishedEvent[]) => void;
  /** Delivers now whatever waits for a retry or is held back by a fault. */
  readonly nudge: () => void;
  readonly stop: () => void;
  readonly counts: () => SubscriptionCounts;
  readonly pending: () => SubscriptionPending;
}

/** Events that travel, and fail, together. */
interface Batch {
  readonly events: readonly PublishedEvent[];
  /** Attempts made so far. */
  readonly attempts: number;
  /** A fault has held this attempt back already: it now goes its way. */
  readonly held: boolean;
}

/** A reordered batch goes after the next other delivery, or after so long if there is none. */
const REORDER_AT_MOST_MS = 1_000;

/** Whatever the subscription prefers, a request is no longer than this. */
const MAX_BATCH_BYTES = 1024 * 1024;

/** Runs the deliveries of one subscription: unordered, at least once, each batch all or none. */
export function startDelivery(plan: SubscriptionPlan, hook: Webhook, world: DeliveryWorld): Delivery {
  const { clock, random } = world;
  const counts = { delivered: 0, failedAttempts: 0, deadLettered: 0, dropped: 0, lost: 0 };
  const room = waitingRoom(clock);
  const box = deadLetterBox(plan, clock, counts, world.changed);
  let fresh: PublishedEvent[] = [];
  let nextFresh = 0;
  const ready: Batch[] = [];
  const overtakable = new Set<() => void>();
  let requests = 0;
  let inFlight = 0;
  let stopped = false;

  /** The next fresh events that fit into one request; no event waits for others to come. */
  const takeFresh = (): Batch | undefined => {
    const events: PublishedEvent[] = [];
    const most = Math.min(plan.preferredBatchBytes, MAX_BATCH_BYTES);
    let bytes = 2;
    for (let next = fresh[nextFresh]; next !== undefined; next = fresh[nextFresh]) {
      bytes += next.bytes + 1;
      if (events.length > 0 && (bytes > most || events.length === plan.maxEventsPerBatch)) break;
      events.push(next);
      nextFresh += 1;
    }
    if (nextFresh === fresh.length) {
      fresh = [];
      nextFresh = 0;
    }
    return events.length === 0 ? undefined : { events, attempts: 0, held: false };
  };

  const pump = (): void => {
    while (!stopped && requests < world.maxConcurrentDeliveries) {
      const batch = ready.shift() ?? takeFresh();
      if (batch === undefined) break;
      requests += 1;
      inFlight += batch.events.length;
      void attempt(batch).finally(() => {
        requests -= 1;
        inFlight -= batch.events.length;
        pump();
        world.changed();
      });
    }
  };

  const goOn = (batch: Batch): void => {
    ready.push(batch);
    pump();
  };

  const report = (
    batch: Batch,
    outcome: DeliveryReport['outcome'],
    answer: string,
    nextAttemptAt?: number,
  ) => {
    world.report({
      subscription: plan.name,
      events: batch.events.map((published) => published.event),
      attempt: batch.attempts,
      outcome,
      answer,
      at: clock.now(),
      ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    });
  };

  const attempt = async (batch: Batch): Promise<void> => {
    const made: Batch = { ...batch, attempts: batch.attempts + 1, held: false };
    const events = batch.events.map((published) => published.event);
    const fault = batch.held
      ? undefined
      : world.fault({ subscription: plan.name, events, attempt: made.attempts });
    if (fault?.kind === 'drop') {
      counts.lost += events.length;
      report(made, 'lost', 'fault: drop');
      return;
    }
    const held: Batch = { ...batch, held: true };
    if (fault?.kind === 'delay') {
      room.hold(events.length, fault.ms, () => goOn(held));
      return;
    }
    if (fault?.kind === 'reorder') {
      const release = room.hold(events.length, REORDER_AT_MOST_MS, () => {
        overtakable.delete(release);
        goOn({ ...held, events: shuffled(batch.events, random) });
      });
      overtakable.add(release);
      return;
    }
    const answer = await send(batch, fault?.kind === 'duplicate' ? fault.times : 0);
    if (stopped) return;
    settle(made, answer);
    for (const release of [...overtakable]) release();
  };

  const send = async (batch: Batch, extraTimes: number): Promise<WebhookAnswer> => {
    const batching = plan.maxEventsPerBatch > 1;
    const texts = batch.events.map((published) => published.text);
    const request = {
      method: 'POST',
      headers: {
        ...plan.headers,
        'content-type': `application/cloudevents${batching ? '-batch' : ''}+json; charset=utf-8`,
        origin: WEBHOOK_ORIGIN,
        'aeg-event-type': 'Notification',
        'aeg-subscription-name': plan.name.toUpperCase(),
        'aeg-delivery-count': String(batch.attempts),
        'aeg-metadata-version': '1.0',
      },
      body: Buffer.from(batching ? `[${texts.join(',')}]` : texts.join('')),
      timeoutMs: world.answerTimeoutMs(),
    } as const;
    const calls = Array.from({ length: 1 + extraTimes }, () => hook.call(request));
    const [answer = UNSENT] = await Promise.all(calls);
    return answer;
  };

  const settle = (made: Batch, answer: WebhookAnswer): void => {
    const status = answer.kind === 'answered' ? answer.status : undefined;
    const outcome = textOfAnswer(answer);
    if (status !== undefined && isDelivered(status)) {
      counts.delivered += made.events.length;
      report(made, 'delivered', outcome);
      return;
    }
    counts.failedAttempts += 1;
    const hopeless = status === undefined ? undefined : hopelessReason(status);
    const exhausted = made.attempts >= plan.maxDeliveryAttempts ? 'MaxDeliveryAttemptsExceeded' : undefined;
    const reason = hopeless ?? exhausted;
    if (reason !== undefined) {
      giveUp(made, reason, outcome, clock.now());
      return;
    }
    const delay = retryDelayMs(made.attempts, status, random);
    const failedAt = clock.now();
    room.hold(made.events.length, delay, () => retry(made, outcome, failedAt));
    report(made, 'retry', outcome, failedAt + delay);
  };

  /** Whether an event has outlived its time is looked at when its next attempt is due, not before. */
  const retry = (batch: Batch, lastOutcome: string, lastAttemptAt: number): void => {
    const isExpired = (event: PublishedEvent): boolean =>
      clock.now() - event.publishedAt >= plan.eventTimeToLiveMs;
    const expired = batch.events.filter(isExpired);
    const alive = batch.events.filter((event) => !isExpired(event));
    if (expired.length > 0) {
      giveUp({ ...batch, events: expired }, 'TimeToLiveExceeded', lastOutcome, lastAttemptAt);
    }
    if (alive.length > 0) goOn({ ...batch, events: alive });
    world.changed();
  };

  const giveUp = (batch: Batch, reason: string, lastOutcome: string, lastAttemptAt: number): void => {
    const kept = box.keep(batch.events, {
      deadLetterReason: reason,
      deliveryAttempts: batch.attempts,
      lastDeliveryOutcome: lastOutcome,
      lastDeliveryAttemptTime: new Date(lastAttemptAt).toISOString(),
    });
    report(batch, kept ? 'deadLettered' : 'dropped', `${lastOutcome}: ${reason}`);
  };

  return {
    enqueue: (events) => {
      for (const event of events) fresh.push(event);
      pump();
    },
    nudge: () => {
      room.releaseAll();
      box.nudge();
    },
    stop: () => {
      stopped = true;
      fresh = [];
      nextFresh = 0;
      ready.length = 0;
      room.clear();
      box.stop();
      hook.close();
    },
    counts: () => ({ ...counts }),
    pending: () => ({
      queued: fresh.length - nextFresh + ready.reduce((sum, batch) => sum + batch.events.length, 0),
      inFlight: inFlight + box.writing(),
      waiting: room.events() + box.waiting(),
    }),
  };
}

const UNSENT: WebhookAnswer = { kind: 'unreachable', reason: 'not sent' };
