import type { TimeRange } from './digest.ts';

/** What a scheduled run compares each time: as long as the transport may hold an event back, and two hours. */
const recentMs = 26 * 3_600_000;

/** Event ids may be ahead of the clock: by a peer's skew, or by the newest event that a decision had seen (R2). */
const aheadMs = 3_600_000;

/** How long it takes until all of the log has been compared once, share by share. */
const roundMs = 7 * 24 * 3_600_000;

/** What a run takes of it: so long a share of a week. Runs may be missed, or late, or come as often as they like. */
const shareMs = 15 * 60_000;

/** What is due in one scheduled run: the newest hours of the log, and a share of what is older. */
export interface DueRanges {
  readonly recent: readonly TimeRange[];
  readonly older: readonly TimeRange[];
}

/**
 * What of the log a scheduled run compares: the last 26 hours, which is longer than any transport holds an event
 * back, and of what is older what a place in it has passed in the last quarter of an hour that goes through all of it
 * once a week. So a schedule of ten minutes or less sees all of the log every week, without anybody having to remember
 * how far it came.
 *
 * @param first the time of the oldest event, in ms since 1970. @param now in ms since 1970.
 */
export function dueRanges(first: number, now: number): DueRanges {
  const olderTo = (time: number) => Math.max(first, time - recentMs);
  // Of the log as it was then: by its size of now, the place would jump ahead from run to run while a log is young.
  const placeAt = (time: number) => first + ((olderTo(time) - first) * (time % roundMs)) / roundMs;
  const from = Math.floor(placeAt(now - shareMs));
  const to = Math.ceil(placeAt(now));
  const isNewRound = now % roundMs < shareMs;
  const older = isNewRound
    ? [
        { from: first, to },
        { from, to: olderTo(now) },
      ]
    : [{ from, to }];
  const recent = { from: olderTo(now), to: now + aheadMs };
  const isSome = (range: TimeRange) => range.from < range.to;
  return { recent: [recent].filter(isSome), older: older.filter(isSome) };
}

/** Runs are told apart by time: about as often as they come. */
const turnMs = 5 * 60_000;

/** The fraction by which each run begins behind the one before: of all the one whose multiples spread most evenly. */
const goldenFraction = (Math.sqrt(5) - 1) / 2;

/**
 * The same ranges, begun at another place by each run, and gone round from there. A log may be too large to be compared in
 * the time of one run: then a run gets through a part of it, and the next through another. No instance has to remember how far
 * one came, for the places are spread by the golden section, which leaves no gap for long (three-gap theorem, Sós 1958): where a
 * run gets through one part in n, everything is compared within some 3 n runs.
 *
 * @param now in ms since 1970.
 */
export function inTurn<Range extends TimeRange>(ranges: readonly Range[], now: number): readonly Range[] {
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  let left = Math.floor(total * ((Math.floor(now / turnMs) * goldenFraction) % 1));
  for (const [at, range] of ranges.entries()) {
    const length = range.to - range.from;
    if (left >= length) {
      left -= length;
      continue;
    }
    const cut = range.from + left;
    const behind = [{ ...range, from: cut }, ...ranges.slice(at + 1), ...ranges.slice(0, at)];
    return left === 0 ? behind : [...behind, { ...range, to: cut }];
  }
  return ranges;
}
