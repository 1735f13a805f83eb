import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oldestOf } from './oldest.ts';

const key = fc.nat({ max: 12 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('set'), key }),
  fc.record({ kind: fc.constant('moveToTheEnd'), key }),
  fc.record({ kind: fc.constant('delete'), key }),
  fc.constant({ kind: 'dropOldest', key: 0 }),
);

test('the oldest key, dropped time after time, is the first that the map holds, whatever becomes of the others', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const map = new Map<number, string>();
      const oldest = oldestOf(map);
      for (const { kind, key: named } of steps) {
        if (kind === 'delete' || kind === 'moveToTheEnd') map.delete(named);
        if (kind === 'set' || kind === 'moveToTheEnd') map.set(named, kind);
        if (kind !== 'dropOldest') continue;
        const [first] = map.keys();
        const found = oldest();
        expect(found).toBe(first);
        if (found !== undefined) map.delete(found);
      }
    }),
  );
});
