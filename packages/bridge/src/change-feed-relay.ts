import { TwinlogError } from '@twinlog/core';
import { type DeadLetters, deadLetter } from './dead-letters/dead-letter.ts';
import {
  type Change,
  type ChangeRecord,
  type Refusals,
  type RelayOptions,
  type RelayResult,
  relay,
} from './relay.ts';

/** What is needed of an invocation's context (`InvocationContext` of `@azure/functions`). */
export interface ChangeFeedContext {
  readonly retryContext?: { readonly retryCount: number; readonly maxRetryCount: number } | undefined;
}

export interface ChangeFeedRelayOptions extends RelayOptions {
  readonly decode: (document: unknown) => Change;
  /** The policy that the trigger has: `changeFeedRetry`, or another. `maxRetryCount` is -1 for no end. */
  readonly retry: { readonly maxRetryCount: number };
  /** Waits before what could be neither published nor parked is tried again. */
  readonly wait: (ms: number) => Promise<void>;
  /** Told what became of each page, each time it was tried. */
  readonly onRelayed?: (result: RelayResult) => void;
}

/** The retry policy to give to `app.cosmosDB`: without end, and never more than half a minute apart. */
export const changeFeedRetry: {
  readonly strategy: 'exponentialBackoff';
  readonly maxRetryCount: number;
  readonly minimumInterval: number;
  readonly maximumInterval: number;
} = { strategy: 'exponentialBackoff', maxRetryCount: -1, minimumInterval: 500, maximumInterval: 30_000 };

/** From the first wait of its own to the longest, in ms. */
const firstWaitMs = 500;
const longestWaitMs = 30_000;

/**
 * The relay as an Azure function on the container's change feed. The trigger moves its lease past whatever a function
 * returns from, and, where its retries are used up or none were set, past what it throws on as well. So this returns
 * once everything of the page is published or parked, throws as long as the trigger will hand over the page again,
 * and on the last attempt keeps what is left as dead letters, trying for as long as it takes.
 */
export function createChangeFeedRelay(
  options: ChangeFeedRelayOptions,
): (documents: readonly unknown[], context?: ChangeFeedContext) => Promise<void> {
  const { decode, deadLetters, now, retry, wait, onRelayed } = options;
  const refusals: Refusals = new Map();

  const attempt = async (records: readonly ChangeRecord[]): Promise<RelayResult> => {
    const result = await relay(records, options, refusals);
    onRelayed?.(result);
    return result;
  };

  return async (documents, context) => {
    const records = documents.map((document, index) => ({
      position: String(index),
      change: decode(document),
      record: document,
    }));
    let { failed, error } = await attempt(records);
    const { retryCount, maxRetryCount } = context?.retryContext ?? { retryCount: 0, ...retry };
    const isLast = maxRetryCount >= 0 && retryCount >= maxRetryCount;
    if (failed.length > 0 && !isLast)
      throw new TwinlogError('not_published', `${failed.length} events could not be published.`, {
        cause: error,
      });
    for (let waitMs = firstWaitMs; failed.length > 0; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      const left = records.filter(({ position }) => failed.includes(position));
      const unparked = await park(left, deadLetters, now());
      if (unparked.length === 0) return;
      await wait(waitMs);
      ({ failed, error } = await attempt(unparked));
    }
  };
}

/** Keeps records that the transport did not take in time. @returns those that could not be kept either. */
async function park(
  records: readonly ChangeRecord[],
  deadLetters: Pick<DeadLetters, 'put'>,
  now: number,
): Promise<readonly ChangeRecord[]> {
  const unparked: ChangeRecord[] = [];
  const detail = 'It could not be published for as long as the trigger kept it.';
  for (const record of records) {
    const content = { json: JSON.stringify(record.record) ?? 'null' };
    try {
      await deadLetters.put(deadLetter({ direction: 'out', code: 'unpublished', detail }, content, now));
    } catch {
      unparked.push(record);
    }
  }
  return unparked;
}
