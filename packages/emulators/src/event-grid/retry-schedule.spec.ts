import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-schedule.ts';

describe('the retry schedule', () => {
  it('is the published one, its last step repeated', () => {
    const seconds = Array.from({ length: 12 }, (_, index) => retryDelayMs(index + 1, 500, () => 0) / 1_000);
    expect(seconds).toEqual([10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 43_200, 43_200]);
  });

  it('adds a tenth at most', () => {
    expect(retryDelayMs(1, undefined, () => 0.999_999)).toBe(11_000);
  });
});
