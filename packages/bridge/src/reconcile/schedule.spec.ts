import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TimeRange } from './digest.ts';
import { dueRanges, inTurn } from './schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

describe('what a scheduled run of reconcile compares', () => {
  test('is the whole log, and nothing twice, while the log is young', () => {
    const recent = [{ from: start, to: start + day + hour }];
    expect(dueRanges(start, start + day)).toEqual({ recent, older: [] });
  });

  test('is the last 26 hours each time, and a small share of what is older', () => {
    const now = start + 1_000 * day + 5 * hour;
    const { recent, older } = dueRanges(start, now);
    expect(recent).toEqual([{ from: now - 26 * hour, to: now + hour }]);
    const [share, ...rest] = older;
    expect(rest).toEqual([]);
    // A quarter of an hour of a week, of a thousand days: a day and a half.
    expect(((share?.to ?? 0) - (share?.from ?? 0)) / day).toBeCloseTo(998.9 / 672, 1);
  });

  test('leaves no gap between one run and the next while the log grows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 * day }),
        fc.integer({ min: 0, max: 7 * day }),
        fc.integer({ min: 1, max: 15 }),
        (age, phase, minutes) => {
          const [first, now] = [start + phase, start + phase + 27 * hour + age];
          const before = dueRanges(first, now).older.at(-1);
          const [next] = dueRanges(first, now + minutes * minute).older;
          const isNewRound = next?.from === first;
          expect(isNewRound || (next?.from ?? 0) <= (before?.to ?? 0)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
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
            const { recent, older } = dueRanges(start, now);
            isSeen ||= [...recent, ...older].some(({ from, to }) => from <= event && event < to);
          }
          expect(isSeen).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('the order in which a run takes them', () => {
  const ranges = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 1, max: 1_000 }))
      .map(([from, length]): TimeRange => ({ from, to: from + length })),
    { minLength: 1, maxLength: 5 },
  );
  const places = (of: readonly TimeRange[]) =>
    of.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));

  test('leaves nothing out, and takes nothing twice', () => {
    fc.assert(
      fc.property(ranges, fc.nat(), (due, now) => {
        const order = (of: readonly TimeRange[]) => places(of).sort((a, b) => a - b);
        expect(order(inTurn(due, now))).toEqual(order(due));
      }),
    );
  });

  test('comes to everything within three times as many runs as there are parts that one run gets through', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat({ max: 1_000_000 }), (parts, first) => {
        const due = [
          { name: 'aws', from: 0, to: 7_000 },
          { name: 'azure', from: 0, to: 3_000 },
        ];
        const seen = new Set<string>();
        for (let run = 0; run < 3 * parts; run += 1) {
          let left = Math.floor(10_000 / parts);
          for (const { from, to, name } of inTurn(due, (first + run) * 5 * minute))
            for (let at = from; at < to && left > 0; at += 1, left -= 1) seen.add(`${name} ${at}`);
        }
        expect(seen.size).toBe(10_000);
      }),
    );
  });
});
