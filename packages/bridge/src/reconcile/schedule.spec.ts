import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueRanges } from './schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

describe('what a scheduled run of reconcile compares', () => {
  test('is the whole log, and nothing twice, while the log is young', () => {
    expect(dueRanges(start, start + day)).toEqual([{ from: start, to: start + day + hour }]);
  });

  test('is the last 26 hours each time, and a small share of what is older', () => {
    const now = start + 1_000 * day + 5 * hour;
    const [share, recent, ...rest] = dueRanges(start, now);
    expect(recent).toEqual({ from: now - 26 * hour, to: now + hour });
    expect(rest).toEqual([]);
    // A quarter of an hour of a week, of a thousand days: a day and a half.
    expect(((share?.to ?? 0) - (share?.from ?? 0)) / day).toBeCloseTo(998.9 / 672, 1);
  });

  test('comes to all of the log in a week and a run, however old it is and whenever one looks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4_000 }),
        fc.integer({ min: 0, max: 14 * day }),
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (days, offset, everyMinutes, place) => {
          const begin = start + days * day + offset;
          const event = start + Math.floor((begin - start) * place);
          let isSeen = false;
          for (
            let now = begin;
            now <= begin + 7 * day + everyMinutes * minute;
            now += everyMinutes * minute
          ) {
            isSeen ||= dueRanges(start, now).some(({ from, to }) => from <= event && event < to);
          }
          expect(isSeen).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});
