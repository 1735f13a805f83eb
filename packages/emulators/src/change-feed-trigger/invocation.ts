import { randomUUID } from 'node:crypto';
import { type Duration, InvocationContext, type RetryOptions } from '@azure/functions';
import { asTheHostWrites } from './host-dates.ts';
import type { ChangeFeedTriggerOptions, DeliveredBatch } from './options.ts';
import { untilAborted } from './until-aborted.ts';

/** Calls a function, again and again as its retry policy says. */
export class Invoker {
  readonly #options: ChangeFeedTriggerOptions;
  readonly #wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  #invocations = 0;

  constructor(
    options: ChangeFeedTriggerOptions,
    wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>,
  ) {
    this.#options = options;
    this.#wait = wait;
  }

  /**
   * Delivers one batch. `stopping` ends the retries, `crashed` abandons the call in flight as well; a batch that is
   * given up so is `abandoned`.
   */
  async deliver(
    documents: readonly unknown[],
    signals: { readonly stopping: AbortSignal; readonly crashed: AbortSignal },
  ): Promise<Pick<DeliveredBatch, 'attempts' | 'outcome' | 'error'>> {
    const { retry } = this.#options;
    for (let attempts = 1, error: unknown; ; attempts++) {
      try {
        await untilAborted(this.#call(documents, attempts, error), signals.crashed);
        return { attempts, outcome: 'succeeded' };
      } catch (thrown) {
        if (signals.crashed.aborted) return { attempts, outcome: 'abandoned' };
        error = thrown;
      }
      if (retry === undefined || (retry.maxRetryCount !== -1 && attempts > retry.maxRetryCount)) {
        return { attempts, outcome: 'failed', error };
      }
      try {
        const delay = delayBefore(retry, attempts, this.#options.random ?? Math.random);
        await untilAborted(this.#wait(delay, signals.stopping), signals.stopping);
      } catch {
        return { attempts, outcome: 'abandoned', error };
      }
    }
  }

  async #call(documents: readonly unknown[], attempt: number, error: unknown): Promise<void> {
    this.#invocations += 1;
    const { retry, log, functionName = 'changeFeed' } = this.#options;
    const exception = { message: error instanceof Error ? error.message : String(error) };
    const context = new InvocationContext({
      functionName,
      invocationId: randomUUID(),
      logHandler: (level, ...args) => log?.(level, ...args),
      ...(attempt > 1 && retry !== undefined
        ? { retryContext: { retryCount: attempt - 1, maxRetryCount: retry.maxRetryCount, exception } }
        : {}),
    });
    const fault = this.#options.fault?.(this.#invocations);
    if (fault !== undefined) throw fault;
    // Each invocation gets a copy of its own.
    await this.#options.handler(documents.map(asTheHostWrites), context);
  }
}

/** Milliseconds before retry number `retry`, counted from 1; the exponential one is up to a fifth longer or shorter. */
function delayBefore(options: RetryOptions, retry: number, random: () => number): number {
  if (options.strategy === 'fixedDelay') return milliseconds(options.delayInterval);
  const exponential = milliseconds(options.minimumInterval) * 2 ** (retry - 1) * (0.8 + 0.4 * random());
  return Math.min(milliseconds(options.maximumInterval), exponential);
}

function milliseconds(duration: Duration | number): number {
  if (typeof duration === 'number') return duration;
  const { hours = 0, minutes = 0, seconds = 0, milliseconds: rest = 0 } = duration;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest;
}
