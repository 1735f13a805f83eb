import type { Clock } from '../clock/index.ts';
import type { PublishedEvent } from './publish-endpoint.ts';
import type { DeadLetterRecord, SubscriptionPlan } from './subscription.ts';
import { waitingRoom } from './waiting-room.ts';

/** A dead-letter store that is down is tried again so often, and for so long ("Dead-letter events"). */
const TRY_AGAIN_MS = 5 * 60 * 1000;
const GIVE_UP_MS = 4 * 60 * 60 * 1000;

/** Hands undeliverable events to the subscription's dead-letter store, if it has one. */
export interface DeadLetterBox {
  /** Whether there is a store; without one the events are dropped. */
  readonly keep: (
    events: readonly PublishedEvent[],
    what: Omit<DeadLetterRecord, 'event' | 'subscription' | 'publishTime'>,
  ) => boolean;
  readonly nudge: () => void;
  readonly stop: () => void;
  readonly writing: () => number;
  readonly waiting: () => number;
}

export function deadLetterBox(
  plan: SubscriptionPlan,
  clock: Clock,
  counts: { deadLettered: number; dropped: number },
  changed: () => void,
): DeadLetterBox {
  const room = waitingRoom(clock);
  let writing = 0;
  let stopped = false;

  const write = async (
    record: DeadLetterRecord,
    store: NonNullable<SubscriptionPlan['deadLetter']>,
    since: number,
  ): Promise<void> => {
    writing += 1;
    try {
      await store(record);
      counts.deadLettered += 1;
    } catch {
      if (stopped) return;
      if (clock.now() - since >= GIVE_UP_MS) counts.dropped += 1;
      else room.hold(1, TRY_AGAIN_MS, () => void write(record, store, since));
    } finally {
      writing -= 1;
      changed();
    }
  };

  return {
    keep: (events, what) => {
      const store = plan.deadLetter;
      if (store === undefined) {
        counts.dropped += events.length;
        return false;
      }
      for (const { event, publishedAt } of events) {
        const publishTime = new Date(publishedAt).toISOString();
        void write({ event, subscription: plan.name, publishTime, ...what }, store, clock.now());
      }
      return true;
    },
    nudge: room.releaseAll,
    stop: () => {
      stopped = true;
      room.clear();
    },
    writing: () => writing,
    waiting: room.events,
  };
}
