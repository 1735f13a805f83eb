import { expect, test } from 'vitest';
import { itemSize } from './item.ts';

test('sizes are those of the sample records in the Streams documentation', () => {
  const keys = { Id: { N: '101' } };
  const before = { Message: { S: 'New item!' }, Id: { N: '101' } };
  const after = { Message: { S: 'This item has changed' }, Id: { N: '101' } };
  expect(itemSize(keys) + itemSize(before)).toBe(26);
  expect(itemSize(keys) + itemSize(before) + itemSize(after)).toBe(59);
  expect(itemSize(keys) + itemSize(after)).toBe(38);
});

test('text counts in UTF-8 bytes, binary in decoded bytes, and trailing zeros of a number not at all', () => {
  expect(itemSize({ é: { S: '€' } })).toBe(2 + 3);
  expect(itemSize({ b: { B: Buffer.from('four').toString('base64') } })).toBe(1 + 4);
  expect(itemSize({ n: { N: '1000000' } })).toBe(1 + 2);
  expect(itemSize({ n: { N: '-1234' } })).toBe(1 + 4);
});

test('lists and maps cost three bytes and one more for each member', () => {
  expect(itemSize({ l: { L: [{ S: 'ab' }, { NULL: true }] } })).toBe(1 + 3 + (1 + 2) + (1 + 1));
  expect(itemSize({ m: { M: { k: { BOOL: true } } } })).toBe(1 + 3 + 1 + (1 + 1));
});
