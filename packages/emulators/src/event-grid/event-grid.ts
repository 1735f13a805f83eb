import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, realClock } from '../clock/index.ts';
import { readBody, startLoopbackServer } from '../loopback-server.ts';
import type { CloudEventJson } from './cloud-event.ts';
import { type Delivery, type DeliveryWorld, startDelivery } from './delivery.ts';
import type { DeliveryReport, SubscriptionCounts, SubscriptionPending } from './delivery-report.ts';
import { ANSWER_TIMEOUT_MS, MAX_REQUEST_BYTES, type PublishRate } from './limits.ts';
import { type Refusal, readEvents, refusalBody, refuseAddress, refusePublisher } from './publish-endpoint.ts';
import { publishRateLimiter } from './publish-rate.ts';
import {
  planSubscription,
  type SubscriptionOptions,
  type SubscriptionPlan,
  shakeHands,
} from './subscription.ts';
import { webhook } from './webhook.ts';

/** What to do to one publish request that is otherwise in order. */
export type PublishFault =
  /** 429, with `Retry-After` if given. Nothing is taken. */
  | { readonly kind: 'throttle'; readonly retryAfterSeconds?: number }
  /** This status. Nothing is taken. */
  | { readonly kind: 'answer'; readonly status: number; readonly message?: string }
  /** The connection breaks, and nothing is taken. */
  | { readonly kind: 'resetBefore' }
  /** The connection breaks although the events are taken: an acknowledgement lost. */
  | { readonly kind: 'resetAfter' };

/** How a topic is started. */
export interface EventGridOptions {
  /** 0, the default, for any free one. */
  readonly port?: number;
  /** The first of the two access keys; random unless given. */
  readonly key?: string;
  /** Judges `Authorization: Bearer`; without it no token is valid. */
  readonly verifyBearer?: (token: string) => boolean | Promise<boolean>;
  readonly clock?: Clock;
  /** Uniform in [0, 1): jitter and reordering. */
  readonly random?: () => number;
  /**
   * How long a webhook may take to answer, on `clock`; 30 s as in the service. On a scaled clock that is a
   * short real time: scale it too, or a busy receiver looks dead.
   */
  readonly answerTimeoutMs?: number;
  /** Requests that may be open to one subscription's webhook; 32 by default. */
  readonly maxConcurrentDeliveries?: number;
  /** Answers 429 beyond it; unlimited by default. PUBLISHED_RATE is what a custom topic has. */
  readonly publishRate?: PublishRate;
}

/** An event subscription that has passed its handshake. */
export interface Subscription {
  readonly name: string;
  readonly counts: () => SubscriptionCounts;
  readonly pending: () => SubscriptionPending;
  /** Ends it, with everything still pending. */
  readonly unsubscribe: () => void;
}

/** One custom topic. Its hooks may be set and unset at any time. */
export interface EventGrid {
  /** What the publisher's client is given, for example `http://127.0.0.1:41234/api/events`. */
  readonly endpoint: string;
  readonly keys: () => { readonly key1: string; readonly key2: string };
  /** Replaces one key by a random one; the old one is invalid at once. */
  readonly regenerateKey: (name: 'key1' | 'key2') => string;
  /** @throws Error if the webhook does not pass the handshake, RangeError for options out of bounds */
  readonly subscribe: (options: SubscriptionOptions) => Promise<Subscription>;
  /** Over all subscriptions. */
  readonly pending: () => SubscriptionPending;
  /** Events taken from publishers. */
  readonly published: () => number;
  /** Resolves once nothing is queued, in flight or waiting for a retry. */
  readonly idle: () => Promise<void>;
  /** Delivers now whatever waits for a retry: an operator's help on a short clock. */
  readonly nudge: () => void;
  readonly stop: () => Promise<void>;
  /** As in the options. */
  answerTimeoutMs: number;
  fault: DeliveryWorld['fault'] | undefined;
  publishFault:
    | ((request: { readonly events: readonly CloudEventJson[] }) => PublishFault | undefined)
    | undefined;
  onDelivery: ((report: DeliveryReport) => void) | undefined;
}

const newKey = (): string => randomBytes(32).toString('base64');

/** Starts a custom topic for the CloudEvents schema on 127.0.0.1, for `EventGridPublisherClient`. */
export async function startEventGrid(options: EventGridOptions = {}): Promise<EventGrid> {
  const clock = options.clock ?? realClock;
  const keys = { key1: options.key ?? newKey(), key2: newKey() };
  const subscriptions = new Map<string, { readonly plan: SubscriptionPlan; readonly delivery: Delivery }>();
  const idlers = new Set<() => void>();
  const isOverRate = publishRateLimiter(options.publishRate, clock);
  let published = 0;

  const pending = (): SubscriptionPending => {
    const all = [...subscriptions.values()].map(({ delivery }) => delivery.pending());
    return {
      queued: all.reduce((sum, one) => sum + one.queued, 0),
      inFlight: all.reduce((sum, one) => sum + one.inFlight, 0),
      waiting: all.reduce((sum, one) => sum + one.waiting, 0),
    };
  };
  const isIdle = (): boolean => {
    const { queued, inFlight, waiting } = pending();
    return queued + inFlight + waiting === 0;
  };
  const changed = (): void => {
    if (idlers.size === 0 || !isIdle()) return;
    for (const resolve of idlers) resolve();
    idlers.clear();
  };
  const world: DeliveryWorld = {
    clock,
    random: options.random ?? Math.random,
    answerTimeoutMs: () => grid.answerTimeoutMs,
    maxConcurrentDeliveries: options.maxConcurrentDeliveries ?? 32,
    fault: (delivery) => grid.fault?.(delivery),
    report: (report) => grid.onDelivery?.(report),
    changed,
  };
  const end = (name: string): void => {
    subscriptions.get(name)?.delivery.stop();
    subscriptions.delete(name);
    changed();
  };

  /** 200 with nothing in it, a refusal, or a broken connection. */
  const publish = async (request: IncomingMessage): Promise<Refusal | PublishFault | undefined> => {
    const read = await readBody(request, MAX_REQUEST_BYTES);
    if (read === undefined) return { kind: 'resetBefore' };
    const body = read === 'too large' ? undefined : read;
    const refused =
      refuseAddress(request.method, new URL(request.url ?? '/', server.url)) ??
      (await refusePublisher(request.headers, {
        keys: () => Object.values(keys),
        verifyBearer: options.verifyBearer,
      }));
    if (refused !== undefined) return refused;
    const events = readEvents(request.headers['content-type'], body, clock.now());
    if ('status' in events) return events;
    const fault = grid.publishFault?.({ events: events.map(({ event }) => event) });
    if (fault !== undefined && fault.kind !== 'resetAfter') return fault;
    if (isOverRate(events.length, body?.length ?? 0)) return { kind: 'throttle', retryAfterSeconds: 1 };
    published += events.length;
    for (const { plan, delivery } of subscriptions.values()) {
      delivery.enqueue(events.filter(({ event }) => plan.matches(event)));
    }
    return fault;
  };

  const respond = (response: ServerResponse, outcome: Refusal | PublishFault | undefined): void => {
    if (outcome === undefined) return void response.writeHead(200, { 'content-length': '0' }).end();
    if ('kind' in outcome && (outcome.kind === 'resetBefore' || outcome.kind === 'resetAfter')) {
      return void response.destroy();
    }
    const refusal = 'kind' in outcome ? refusalOfFault(outcome) : outcome;
    if ('kind' in outcome && outcome.kind === 'throttle' && outcome.retryAfterSeconds !== undefined) {
      response.setHeader('retry-after', String(outcome.retryAfterSeconds));
    }
    response.writeHead(refusal.status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(refusalBody(refusal));
  };

  const server = await startLoopbackServer((request, response) => {
    publish(request).then(
      (outcome) => respond(response, outcome),
      () => response.destroy(),
    );
  }, options.port);

  const grid: EventGrid = {
    endpoint: `${server.url}/api/events`,
    keys: () => ({ ...keys }),
    regenerateKey: (name) => {
      keys[name] = newKey();
      return keys[name];
    },
    subscribe: async (wanted) => {
      const plan = planSubscription(wanted);
      const { name } = plan;
      if (subscriptions.has(name)) throw new Error(`The topic has a subscription ${name} already.`);
      const hook = webhook(plan.endpoint, clock);
      await shakeHands(plan, hook, grid.answerTimeoutMs).catch((error: unknown) => {
        hook.close();
        throw error;
      });
      const delivery = startDelivery(plan, hook, world);
      subscriptions.set(name, { plan, delivery });
      return { name, counts: delivery.counts, pending: delivery.pending, unsubscribe: () => end(name) };
    },
    pending,
    published: () => published,
    idle: () =>
      new Promise((resolve) => {
        if (isIdle()) resolve();
        else idlers.add(resolve);
      }),
    nudge: () => {
      for (const { delivery } of subscriptions.values()) delivery.nudge();
    },
    stop: async () => {
      for (const name of [...subscriptions.keys()]) end(name);
      await server.stop();
    },
    answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    fault: undefined,
    publishFault: undefined,
    onDelivery: undefined,
  };
  return grid;
}

function refusalOfFault(fault: Extract<PublishFault, { kind: 'throttle' | 'answer' }>): Refusal {
  if (fault.kind === 'throttle') {
    return { status: 429, code: 'TooManyRequests', message: 'The topic takes no more events this second.' };
  }
  return { status: fault.status, code: String(fault.status), message: fault.message ?? 'An injected fault.' };
}
