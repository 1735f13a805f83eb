import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChangeFeedStartFrom, type FeedRange } from '@azure/cosmos';
import { Invoker } from './invocation.ts';
import { type Lease, LeaseStore } from './lease.ts';
import type { ChangeFeedTrigger, ChangeFeedTriggerOptions } from './options.ts';
import { untilAborted } from './until-aborted.ts';
import { WakeUp } from './wake-up.ts';

/**
 * Starts the Functions host's Cosmos DB trigger: it polls each feed range of the monitored container through the SDK's
 * latest-version change feed and calls the function with what is new. At least once, in order within a logical
 * partition. Resolves when every feed range was polled once, or the database could not be reached (it then goes on
 * trying). One trigger at a time a set of leases: the cloud shares feed ranges among instances, the stand-in does not.
 */
export async function startChangeFeedTrigger(options: ChangeFeedTriggerOptions): Promise<ChangeFeedTrigger> {
  const stopping = new AbortController();
  const crashed = new AbortController();
  const wait = options.wait ?? ((milliseconds, signal) => sleep(milliseconds, undefined, { signal }));
  const wakeUp = new WakeUp(wait);
  const poller = new Poller(options, { stopping: stopping.signal, crashed: crashed.signal }, wakeUp, wait);
  const running = poller.run();
  await Promise.race([poller.started, running]);
  return {
    poke: () => wakeUp.poke(),
    stop: async ({ hard = false } = {}) => {
      if (hard) crashed.abort(new Error('the trigger crashed'));
      stopping.abort(new Error('the trigger is stopping'));
      await running;
    },
  };
}

const firstBackoff = 50;

class Poller {
  readonly #options: ChangeFeedTriggerOptions;
  readonly #signals: { readonly stopping: AbortSignal; readonly crashed: AbortSignal };
  readonly #wakeUp: WakeUp;
  readonly #leases: LeaseStore;
  readonly #invoker: Invoker;
  readonly #pollDelay: number;
  readonly #started = Promise.withResolvers<void>();

  constructor(
    options: ChangeFeedTriggerOptions,
    signals: { readonly stopping: AbortSignal; readonly crashed: AbortSignal },
    wakeUp: WakeUp,
    wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>,
  ) {
    this.#options = options;
    this.#signals = signals;
    this.#wakeUp = wakeUp;
    this.#leases = new LeaseStore(options.leases, options.leaseContainerPrefix ?? '', randomUUID());
    this.#invoker = new Invoker(options, wait);
    this.#pollDelay = options.feedPollDelay ?? 5000;
  }

  /** Resolves when every range was polled once, or the first request failed. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Polls until it is stopped. */
  async run(): Promise<void> {
    const found = await this.#persistently(() => untilAborted(this.#openContainer(), this.#signals.stopping));
    if (found === undefined) return;
    let unpolled = found.ranges.length;
    const polled = (): void => {
      unpolled -= 1;
      if (unpolled === 0) this.#started.resolve();
    };
    await Promise.all(found.ranges.map((range) => this.#follow(found.rid, range, polled)));
  }

  async #openContainer(): Promise<{ readonly rid: string; readonly ranges: readonly FeedRange[] }> {
    if (this.#options.createLeaseContainerIfNotExists === true) await this.#leases.createContainer();
    const { resource } = await this.#options.container.read();
    if (resource === undefined) throw new Error(`the container ${this.#options.container.id} is not there`);
    return { rid: resource._rid, ranges: await this.#options.container.getFeedRanges() };
  }

  /** Follows one feed range. After an error it starts again from where it got to. */
  async #follow(rid: string, range: FeedRange, polled: () => void): Promise<void> {
    // The lease's position, or where later polls that found nothing got to: never beyond a batch not yet recorded.
    let position: string | undefined;
    let first = true;
    await this.#persistently(async (succeeded) => {
      const lease = await untilAborted(this.#leases.open(rid, range), this.#signals.stopping);
      await this.#poll(range, lease, position, {
        answered: () => {
          if (first) polled();
          first = false;
        },
        reached: (continuation) => {
          position = continuation;
          succeeded();
        },
      });
    });
  }

  async #poll(
    range: FeedRange,
    opened: Lease,
    position: string | undefined,
    progress: { readonly answered: () => void; readonly reached: (continuation: string) => void },
  ): Promise<void> {
    const iterator = this.#options.container.items.getChangeFeedIterator({
      maxItemCount: this.#options.maxItemsPerInvocation ?? 100,
      changeFeedStartFrom: this.#startFrom(range, position ?? opened.continuationToken ?? undefined),
    });
    const { stopping, crashed } = this.#signals;
    let lease = opened;
    while (!stopping.aborted) {
      const { seen } = this.#wakeUp;
      const page = await untilAborted(iterator.readNext(), stopping);
      progress.answered();
      if (page.count === 0) {
        progress.reached(page.continuationToken);
        await this.#wakeUp.pause(this.#pollDelay, seen, stopping);
        continue;
      }
      const delivery = await this.#invoker.deliver(page.result, this.#signals);
      const batch = {
        feedRange: `${range.minInclusive}-${range.maxExclusive}`,
        documents: page.result,
        ...delivery,
      };
      if (delivery.outcome === 'abandoned') {
        this.#options.onBatch?.({ ...batch, leaseAdvanced: false });
        return;
      }
      try {
        lease = await untilAborted(this.#leases.advance(lease, range, page.continuationToken), crashed);
      } catch (error) {
        this.#options.onBatch?.({ ...batch, leaseAdvanced: false });
        throw error;
      }
      progress.reached(page.continuationToken);
      this.#options.onBatch?.({ ...batch, leaseAdvanced: true });
    }
  }

  #startFrom(range: FeedRange, continuation: string | undefined): ChangeFeedStartFrom {
    if (continuation !== undefined) return ChangeFeedStartFrom.Continuation(continuation);
    const beginning = this.#options.startFromBeginning === true;
    return beginning ? ChangeFeedStartFrom.Beginning(range) : ChangeFeedStartFrom.Now(range);
  }

  /** Does something until it succeeds or the trigger stops; in between it backs off, up to the poll delay. */
  async #persistently<T>(attempt: (succeeded: () => void) => Promise<T>): Promise<T | undefined> {
    let failures = 0;
    while (!this.#signals.stopping.aborted) {
      const { seen } = this.#wakeUp;
      try {
        return await attempt(() => {
          failures = 0;
        });
      } catch (error) {
        if (this.#signals.stopping.aborted) break;
        this.#started.resolve();
        this.#options.onError?.(error);
        const backoff = Math.min(this.#pollDelay, firstBackoff * 2 ** Math.min(failures, 10));
        failures += 1;
        await this.#wakeUp.pause(backoff, seen, this.#signals.stopping).catch(() => undefined);
      }
    }
    return undefined;
  }
}
