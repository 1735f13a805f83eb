import type { Clock } from '../clock/index.ts';
import type { PublishRate } from './limits.ts';

/** Whether a request of so many events and bytes is beyond what the present second has left. */
export type PublishRateLimiter = (events: number, bytes: number) => boolean;

/** @param rate unlimited if undefined */
export function publishRateLimiter(rate: PublishRate | undefined, clock: Clock): PublishRateLimiter {
  if (rate === undefined) return () => false;
  let second = Number.NaN;
  let events = 0;
  let bytes = 0;
  return (moreEvents, moreBytes) => {
    const now = Math.floor(clock.now() / 1_000);
    if (now !== second) {
      second = now;
      events = 0;
      bytes = 0;
    }
    if (events + moreEvents > rate.eventsPerSecond || bytes + moreBytes > rate.bytesPerSecond) return true;
    events += moreEvents;
    bytes += moreBytes;
    return false;
  };
}
