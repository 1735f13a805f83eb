import type { CloudEventJson } from './cloud-event.ts';

/** What to do to one delivery attempt. */
export type DeliveryFault =
  /** Gone without a trace, as if the service had lost it. */
  | { readonly kind: 'drop' }
  /** The same request goes out `times` more often, at once. */
  | { readonly kind: 'duplicate'; readonly times: number }
  /** Held back, in milliseconds of the stand-in's clock. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Shuffled within, and sent after the next other delivery of the subscription. */
  | { readonly kind: 'reorder' };

/** What came of one delivery attempt. */
export interface DeliveryReport {
  readonly subscription: string;
  readonly events: readonly CloudEventJson[];
  /** 1 for the first. */
  readonly attempt: number;
  readonly outcome: 'delivered' | 'retry' | 'deadLettered' | 'dropped' | 'lost';
  /** For example `HTTP 503` or `TimedOut`. */
  readonly answer: string;
  /** Milliseconds since 1970 on the stand-in's clock. */
  readonly at: number;
  /** For `retry`: when the next attempt is due. */
  readonly nextAttemptAt?: number;
}

/** Events, but for `failedAttempts`, which counts requests. */
export interface SubscriptionCounts {
  readonly delivered: number;
  readonly failedAttempts: number;
  readonly deadLettered: number;
  /** Given up with no dead letter to go to. */
  readonly dropped: number;
  /** Taken by the fault `drop`. */
  readonly lost: number;
}

/** Events under way. */
export interface SubscriptionPending {
  readonly queued: number;
  readonly inFlight: number;
  /** For a retry, a fault's delay or a dead-letter store that is down. */
  readonly waiting: number;
}
