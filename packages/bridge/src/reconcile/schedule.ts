import type { TimeRange } from './digest.ts';

/** What a scheduled run compares each time: as long as the transport may hold an event back, and two hours. */
const recentMs = 26 * 3_600_000;

/** Event ids may be ahead of the clock: by a peer's skew, or by the newest event that a decision had seen (R2). */
const aheadMs = 3_600_000;

/** How long it takes until all of the log has been compared once, share by share. */
const roundMs = 7 * 24 * 3_600_000;

/** What a run takes of it: so long a share of a week. Runs may be missed, or late, or come as often as they like. */
const shareMs = 15 * 60_000;

/**
 * What of the log a scheduled run compares: the last 26 hours, which is longer than any transport holds an event
 * back, and of what is older the share that the last quarter of an hour is of a week. So a schedule of ten minutes
 * or less sees all of the log every week, without anybody having to remember how far it came.
 *
 * @param first the time of the oldest event, in ms since 1970. @param now in ms since 1970.
 */
export function dueRanges(first: number, now: number): readonly TimeRange[] {
  const recent: TimeRange = { from: Math.max(first, now - recentMs), to: now + aheadMs };
  const age = recent.from - first;
  if (age <= 0) return [recent];
  const place = (time: number) => (time % roundMs) / roundMs;
  const from = first + Math.floor(age * place(now - shareMs));
  const to = first + Math.ceil(age * place(now));
  // Around the turn of the round its end is behind, and its beginning ahead.
  const shares =
    from < to
      ? [{ from, to }]
      : [
          { from: first, to },
          { from, to: recent.from },
        ];
  return [...shares, recent].filter((range) => range.from < range.to);
}
