import { formatVersion, mergeVersions, type VersionVector } from '@twinlog/core';
import { anyOrigin } from '@twinlog/core/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatToken } from '../token.ts';
import { mergeTokens, recentTokens } from './token.ts';

const anyVersion: fc.Arbitrary<VersionVector> = fc
  .array(fc.tuple(anyOrigin, fc.integer({ min: 1, max: 999 })), { maxLength: 4 })
  .map((entries) => new Map(entries));

test('two tokens of a transaction merge to one that has seen just what either has', () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, (a, b) => {
      const merged = mergeTokens(formatToken('txn_1', a), formatToken('txn_1', b));
      expect(merged).toBe(`txn_1;${formatVersion(mergeVersions(a, b))}`);
    }),
  );
});

test('the first token of a transaction is taken as it is, and so is one about another', () => {
  expect(mergeTokens(undefined, 'txn_1;a.1=1')).toBe('txn_1;a.1=1');
  expect(mergeTokens('txn_2;a.1=7', 'txn_1;a.1=1')).toBe('txn_1;a.1=1');
});

test('the 10,000 tokens used last are kept', () => {
  const tokens = recentTokens();
  tokens.set('first', 'a');
  tokens.set('second', 'b');
  tokens.set('first', 'c');
  for (let other = 0; other < 9_999; other += 1) tokens.set(`other-${other}`, 'd');
  expect([tokens.get('first'), tokens.get('second'), tokens.get('other-0')]).toEqual(['c', undefined, 'd']);
});
