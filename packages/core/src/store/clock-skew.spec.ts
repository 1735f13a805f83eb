import { expect, test } from 'vitest';
import { createClockSkew } from './clock-skew.ts';

const noon = Date.UTC(2026, 0, 2, 12);
const date = new Date(noon).toUTCString();

test.each([
  ['at the start of the second that the date tells of', 0, 0],
  ['at the end of that second', 999, 0],
  ['one millisecond past it', 1_000, 1],
  ['well past it', 60_000, 59_001],
  ['before it', -5_000, -5_000],
])('a clock %s is %i ms after the date and at least %i ms ahead', (_, after, skew) => {
  const clock = createClockSkew(() => noon + after);
  clock.note(date);
  expect(clock.current()).toBe(skew);
});

test('nothing is known before the first answer, nor from one without a date', () => {
  const clock = createClockSkew(() => noon);
  clock.note(undefined);
  clock.note('yesterday');
  expect(clock.current()).toBeUndefined();
});
