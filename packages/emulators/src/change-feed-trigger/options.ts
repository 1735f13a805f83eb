import type { Container } from '@azure/cosmos';
import type { InvocationContext, LogLevel, RetryOptions } from '@azure/functions';

/** A function of the v4 programming model, as given to `app.cosmosDB`. */
export type ChangeFeedHandler = (
  documents: unknown[],
  context: InvocationContext,
) => Promise<unknown> | unknown;

/** What the trigger is told; the names and defaults are those of the trigger's binding. */
export interface ChangeFeedTriggerOptions {
  /** The monitored container. */
  readonly container: Container;
  /** Where the positions are kept, one lease a feed range; a container with the partition key `/id`. */
  readonly leases: Container;
  readonly handler: ChangeFeedHandler;
  readonly functionName?: string;
  /** Makes the leases container if it is not there; `false` unless given. */
  readonly createLeaseContainerIfNotExists?: boolean;
  /** Lets several functions share a leases container; empty unless given. */
  readonly leaseContainerPrefix?: string;
  /** The most documents of one call, 100 unless given; a transaction is never torn apart, so it can be more. */
  readonly maxItemsPerInvocation?: number;
  /** Milliseconds between two polls that find nothing, 5,000 unless given. */
  readonly feedPollDelay?: number;
  /**
   * Where a feed range without a position starts: at the beginning, or (`false`, the default) at the present. As in the
   * cloud, a position is first kept with the first batch: what is written while the trigger is down before that is
   * seen only from the beginning.
   */
  readonly startFromBeginning?: boolean;
  /** Without one, a batch whose function throws is **lost**: the lease advances all the same. */
  readonly retry?: RetryOptions;
  /** Asked before each invocation, counted from 1 and retries included; what it returns is thrown by the function. */
  readonly fault?: (invocation: number) => Error | undefined;
  /** Told about each batch once its lease was advanced, or was not. */
  readonly onBatch?: (batch: DeliveredBatch) => void;
  /** Told about each error of the database; the trigger goes on polling. */
  readonly onError?: (error: unknown) => void;
  /** Gets what the function writes to its context's log; dropped unless given. */
  readonly log?: (level: LogLevel, ...args: unknown[]) => void;
  /** Waits; a test or a scaled clock may shorten it. Rejects when the signal aborts. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1, for the jitter of `exponentialBackoff`. */
  readonly random?: () => number;
}

/** What became of one batch. */
export interface DeliveredBatch {
  /** `<min>-<max>` of the feed range. */
  readonly feedRange: string;
  readonly documents: readonly unknown[];
  /** How often the function was called with it. */
  readonly attempts: number;
  /** `abandoned` is a batch that was given up because the trigger stopped. */
  readonly outcome: 'succeeded' | 'failed' | 'abandoned';
  /** What the function threw last. */
  readonly error?: unknown;
  readonly leaseAdvanced: boolean;
}

/** A running trigger. */
export interface ChangeFeedTrigger {
  /** Polls every feed range at once instead of after `feedPollDelay`. */
  poke(): void;
  /**
   * Stops. Softly, the invocation in flight is awaited and its lease advanced, but no retry is begun. `hard` is a crash:
   * the invocation is abandoned and the lease stays, so the batch is delivered again by the next trigger.
   */
  stop(options?: { readonly hard?: boolean }): Promise<void>;
}
