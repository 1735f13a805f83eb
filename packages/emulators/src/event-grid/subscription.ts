import type { CloudEventJson } from './cloud-event.ts';
import { MAX_TIME_TO_LIVE_MS } from './limits.ts';
import type { Webhook } from './webhook.ts';

/** An event that could not be delivered, as it is written to the dead-letter container. */
export interface DeadLetterRecord {
  readonly event: CloudEventJson;
  readonly subscription: string;
  /** For example `MaxDeliveryAttemptsExceeded`, `TimeToLiveExceeded`, `UndeliverableDueToHttpBadRequest`. */
  readonly deadLetterReason: string;
  readonly deliveryAttempts: number;
  /** For example `HTTP 503`, `TimedOut` or the socket's error. */
  readonly lastDeliveryOutcome: string;
  /** RFC 3339. */
  readonly publishTime: string;
  /** RFC 3339. */
  readonly lastDeliveryAttemptTime: string;
}

/** An event subscription, with the service's own defaults and bounds. */
export interface SubscriptionOptions {
  /** 3 to 64 letters, digits and dashes. */
  readonly name: string;
  /** The webhook's URL: https, or http on the loopback interface. */
  readonly endpoint: string;
  /** Only events whose attributes begin with these. */
  readonly filter?: { readonly source?: string; readonly type?: string };
  /** Delivery properties: at most 10 headers of at most 4,096 bytes, sent with handshake and deliveries. */
  readonly headers?: Readonly<Record<string, string>>;
  /** 1 to 5,000. 1, the default, is "batching off": one event a request, as a JSON object. */
  readonly maxEventsPerBatch?: number;
  /** 1 to 1,024; 64 by default. A single larger event still goes, alone. */
  readonly preferredBatchSizeKb?: number;
  /** 1 to 30; 30 by default. */
  readonly maxDeliveryAttempts?: number;
  /** One minute to 24 hours, which is the default. */
  readonly eventTimeToLiveMs?: number;
  /** Where undeliverable events go. Without it they are dropped, as on a subscription fresh from the portal. */
  readonly deadLetter?: (record: DeadLetterRecord) => Promise<void>;
}

/** The options with nothing left open. */
export interface SubscriptionPlan {
  readonly name: string;
  readonly endpoint: URL;
  readonly matches: (event: CloudEventJson) => boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxEventsPerBatch: number;
  readonly preferredBatchBytes: number;
  readonly maxDeliveryAttempts: number;
  readonly eventTimeToLiveMs: number;
  readonly deadLetter: ((record: DeadLetterRecord) => Promise<void>) | undefined;
}

function within(what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${what} is a whole number from ${least} to ${most}, not ${value}.`);
}

/** @throws RangeError for what the service would not let anyone configure */
export function planSubscription(options: SubscriptionOptions): SubscriptionPlan {
  const { name, filter, headers = {} } = options;
  if (!/^[A-Za-z0-9-]{3,64}$/.test(name)) {
    throw new RangeError(`A subscription's name is 3 to 64 letters, digits and dashes, not "${name}".`);
  }
  const endpoint = new URL(options.endpoint);
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(endpoint.hostname);
  if (endpoint.protocol !== 'https:' && !(endpoint.protocol === 'http:' && loopback)) {
    throw new RangeError(`A webhook is an https URL (or http on the loopback), not ${options.endpoint}.`);
  }
  const entries = Object.entries(headers);
  if (entries.length > 10) throw new RangeError(`At most 10 delivery properties, not ${entries.length}.`);
  for (const [header, value] of entries) {
    if (header.toLowerCase().startsWith('aeg-')) {
      throw new RangeError(`The delivery property ${header} begins with aeg-, which is the service's own.`);
    }
    if (Buffer.byteLength(value) > 4_096) {
      throw new RangeError(`The delivery property ${header} is longer than 4,096 bytes.`);
    }
  }
  const startsWith = (value: unknown, prefix = ''): boolean =>
    typeof value === 'string' && value.startsWith(prefix);
  return {
    name,
    endpoint,
    matches: (event) => startsWith(event.source, filter?.source) && startsWith(event.type, filter?.type),
    headers,
    maxEventsPerBatch: within('maxEventsPerBatch', options.maxEventsPerBatch ?? 1, 1, 5_000),
    preferredBatchBytes: 1024 * within('preferredBatchSizeKb', options.preferredBatchSizeKb ?? 64, 1, 1_024),
    maxDeliveryAttempts: within('maxDeliveryAttempts', options.maxDeliveryAttempts ?? 30, 1, 30),
    eventTimeToLiveMs: within(
      'eventTimeToLiveMs',
      options.eventTimeToLiveMs ?? MAX_TIME_TO_LIVE_MS,
      60_000,
      MAX_TIME_TO_LIVE_MS,
    ),
    deadLetter: options.deadLetter,
  };
}

/** Who Event Grid says it is, in the handshake and in each delivery. */
export const WEBHOOK_ORIGIN = 'eventgrid.azure.net';

/**
 * Asks the webhook whether it wants to be called (CloudEvents "HTTP 1.1 Web Hooks for Event Delivery" §4).
 * @throws Error unless it answers 200 and allows this origin
 */
export async function shakeHands(plan: SubscriptionPlan, hook: Webhook, timeoutMs: number): Promise<void> {
  const answer = await hook.call({
    method: 'OPTIONS',
    headers: { ...plan.headers, 'webhook-request-origin': WEBHOOK_ORIGIN },
    timeoutMs,
  });
  const refuse = (what: string): Error =>
    new Error(
      `The subscription ${plan.name} is refused: ${plan.endpoint.href} ${what} to the validation request. ` +
        `It must answer OPTIONS with 200 and WebHook-Allowed-Origin: ${WEBHOOK_ORIGIN} (or *).`,
    );
  if (answer.kind === 'timedOut') throw refuse(`gave no answer within ${timeoutMs} ms`);
  if (answer.kind === 'unreachable') throw refuse(`could not be reached (${answer.reason})`);
  if (answer.status !== 200) throw refuse(`answered ${answer.status}`);
  const allowed = answer.headers['webhook-allowed-origin'];
  if (allowed === '*' || allowed === WEBHOOK_ORIGIN) return;
  throw refuse(`answered ${allowed === undefined ? 'no' : `"${allowed}" as`} WebHook-Allowed-Origin`);
}
