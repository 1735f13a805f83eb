import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutBatches } from './batch.ts';

const entries = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 120 }) }), { maxLength: 60 });

describe('cutting batches', () => {
  test('keeps every entry once and in order, and no batch of two or more is above the limits', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 9 }), (list, maxCount) => {
        const batches = cutBatches(list, { maxBytes: 200, maxCount });
        expect(batches.flat()).toEqual(list);
        for (const batch of batches) {
          const bytes = batch.reduce((sum, entry) => sum + entry.bytes + 1, 1);
          expect(batch.length).toBeLessThanOrEqual(maxCount);
          if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(200);
        }
      }),
    );
  });

  test('opens a batch only where the next entry no longer fits: 2 bytes of brackets, 1 of comma', () => {
    const three = [{ bytes: 10 }, { bytes: 10 }, { bytes: 10 }];
    expect(cutBatches(three, { maxBytes: 34, maxCount: 9 }).map((batch) => batch.length)).toEqual([3]);
    expect(cutBatches(three, { maxBytes: 33, maxCount: 9 }).map((batch) => batch.length)).toEqual([2, 1]);
    expect(cutBatches(three, { maxBytes: 99, maxCount: 2 }).map((batch) => batch.length)).toEqual([2, 1]);
    expect(cutBatches([], { maxBytes: 99, maxCount: 2 })).toEqual([]);
  });
});
