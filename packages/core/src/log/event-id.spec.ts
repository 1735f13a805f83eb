import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventIdPattern, eventTime, firstEventIdAt, nextEventId } from './event-id.ts';

const lastTime = 2 ** 48 - 1;
const time = fc.integer({ min: 0, max: lastTime - 1 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('nextEventId', () => {
  it('carries the time of the clock, in milliseconds, where nothing is counted yet', () => {
    fc.assert(
      fc.property(time, random, (now, draw) => {
        const id = nextEventId(now, undefined, () => draw);
        expect(id).toMatch(eventIdPattern);
        expect(eventTime(id)).toBe(now);
      }),
      { examples: [[0, 0]] },
    );
  });

  it('sorts after everything that its decision saw, whatever the clock and the dice say (R2)', () => {
    fc.assert(
      fc.property(time, time, random, random, (now, before, low, high) => {
        const newest = nextEventId(before, undefined, () => high);
        const id = nextEventId(now, newest, () => low);
        expect(id > newest).toBe(true);
        expect(eventTime(id)).toBe(Math.max(now, before + 1));
      }),
    );
  });

  it('differs between two decisions of the same millisecond', () => {
    const ids = Array.from({ length: 100 }, () => nextEventId(1_000, undefined, Math.random));
    expect(new Set(ids).size).toBe(100);
  });
});

describe('firstEventIdAt', () => {
  it('is the lowest id of its moment, from 1970 on', () => {
    expect(firstEventIdAt(0)).toBe('0'.repeat(26));
    fc.assert(
      fc.property(time, random, (moment, draw) => {
        const first = firstEventIdAt(moment);
        expect(eventTime(first)).toBe(moment);
        expect(nextEventId(moment, undefined, () => draw) >= first).toBe(true);
        expect(nextEventId(moment, undefined, () => draw) < firstEventIdAt(moment + 1)).toBe(true);
      }),
    );
  });
});

describe('eventIdPattern', () => {
  it('takes upper-case ULIDs whose time fits 48 bits, and nothing else', () => {
    expect('7ZZZZZZZZZZZZZZZZZZZZZZZZZ').toMatch(eventIdPattern);
    for (const text of [
      '',
      '8'.padEnd(26, '0'),
      '0'.repeat(25),
      '0'.repeat(27),
      'a'.repeat(26),
      '0'.repeat(25).concat('U'),
    ]) {
      expect(text).not.toMatch(eventIdPattern);
    }
  });
});
