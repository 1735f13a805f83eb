import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPaging } from './paging.ts';

const list = { account: 'acc_1', limit: 10 };
const scan = { origin: 'aws-us-east-1.1', from: 0, to: 100, limit: 10 };

const refused = expect.objectContaining({ code: 'invalid_cursor' });

test('a cursor brings back its position, whatever is in it, and however many entries are then asked for', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.integer({ min: 1, max: 1_000 }),
      (position, limit) => {
        const { positionOf, pageOf } = createPaging('secret');
        for (const query of [list, scan]) {
          const { next } = pageOf(query, ['x'], position);
          expect(positionOf({ ...query, limit, ...(next !== undefined && { after: next }) })).toBe(position);
        }
      },
    ),
  );
});

test('the last page has no cursor, and the first one no position', () => {
  const { positionOf, pageOf } = createPaging();
  expect(pageOf(list, [1, 2], undefined)).toEqual({ items: [1, 2] });
  expect(positionOf(list)).toBeUndefined();
});

test('the same page has the same cursor wherever the key is the same, and another one elsewhere', () => {
  const cursorOf = (key?: string) => createPaging(key).pageOf(list, [], 'txn_1').next;
  expect(cursorOf('a')).toBe(cursorOf('a'));
  expect(cursorOf('a')).not.toBe(cursorOf('b'));
  expect(cursorOf()).not.toBe(cursorOf('b'));
});

test('a cursor does not show what it is made of', () => {
  expect(createPaging().pageOf(list, [], 'txn_1').next).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(createPaging().pageOf(list, [], 'txn_1').next).not.toContain('txn');
});

test('a cursor that is altered in any place, cut or made longer is refused', () => {
  const { positionOf, pageOf } = createPaging();
  const next = pageOf(list, [], 'txn_0123456789').next ?? '';
  const altered = [...next].flatMap((character, at) =>
    [character === 'A' ? 'B' : 'A', '', `${character}=`, `${character}A`].map(
      (other) => next.slice(0, at) + other + next.slice(at + 1),
    ),
  );
  for (const after of [...altered, '', 'x', 'txn_0123456789', `${next}\n`])
    expect(() => positionOf({ ...list, after }), after).toThrow(refused);
});

test('a cursor serves no other query and no other key', () => {
  const { positionOf, pageOf } = createPaging('secret');
  const after = pageOf(list, [], 'txn_1').next ?? '';
  expect(() => positionOf({ ...list, account: 'acc_2', after })).toThrow(refused);
  expect(() => positionOf({ ...scan, after })).toThrow(refused);
  expect(() => createPaging('other').positionOf({ ...list, after })).toThrow(refused);
  const scanned = pageOf(scan, [], 'id').next ?? '';
  for (const other of [{ origin: 'aws-us-east-1.11' }, { from: 1 }, { to: 99 }])
    expect(() => positionOf({ ...scan, ...other, after: scanned })).toThrow(refused);
});

test.each([0, -1, 1.5, 1_001, Number.NaN, Number.POSITIVE_INFINITY])('a limit of %d is refused', (limit) => {
  expect(() => createPaging().positionOf({ ...list, limit })).toThrow(
    expect.objectContaining({ code: 'invalid_limit', message: expect.stringContaining(String(limit)) }),
  );
});
