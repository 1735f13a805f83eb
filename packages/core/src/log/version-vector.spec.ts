import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TwinlogError } from '../errors.ts';
import {
  covers,
  emptyVersion,
  formatVersion,
  mergeVersions,
  parseVersion,
  type VersionVector,
} from './version-vector.ts';

const origin = fc.constantFrom(
  'aws-us-east-1.1',
  'aws-us-east-1.2',
  'aws-us-east-1.10',
  'azure-eastus.1',
  'b.1',
);
const versions = fc
  .uniqueArray(fc.tuple(origin, fc.integer({ min: 1, max: 3 })), { selector: ([name]) => name })
  .map((entries): VersionVector => new Map(entries));

describe('the text of a version vector', () => {
  it('lists the origins sorted, each with the highest sequence counted', () => {
    const version = new Map([
      ['azure-eastus.1', 1],
      ['aws-us-east-1.1', 3],
    ]);
    expect(formatVersion(version)).toBe('aws-us-east-1.1=3,azure-eastus.1=1');
    expect(formatVersion(new Map([['b.1', 7]]))).toBe('b.1=7');
    expect(formatVersion(emptyVersion)).toBe('');
    expect(parseVersion('')).toEqual(emptyVersion);
    expect([...parseVersion('0cell.1=2,a.1=3')]).toEqual([
      ['0cell.1', 2],
      ['a.1', 3],
    ]);
  });

  it('is read back as the vector it was made of, and is equal exactly for equal vectors', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        expect(parseVersion(formatVersion(a))).toEqual(a);
        expect(formatVersion(parseVersion(formatVersion(a)))).toBe(formatVersion(a));
        expect(formatVersion(a) === formatVersion(b)).toBe(covers(a, b) && covers(b, a));
      }),
    );
  });

  it.each([
    ['x', 'x'],
    ['a.1', 'a.1'],
    ['a.1=', 'a.1='],
    ['a.1=0', 'a.1=0'],
    ['a.1=01', 'a.1=01'],
    ['a.1=-1', 'a.1=-1'],
    ['a.1=1e3', 'a.1=1e3'],
    ['a.1=12345678901', 'a.1=12345678901'],
    ['a.0=1', 'a.0=1'],
    ['a=1', 'a=1'],
    ['A.1=1', 'A.1=1'],
    ['-a.1=1', '-a.1=1'],
    [' a.1=1', ' a.1=1'],
    ['a.1=1,', ''],
    ['a.1=1, b.1=1', ' b.1=1'],
    ['a.1=1\n', 'a.1=1\n'],
    ['b.1=1,a.1=1', 'a.1=1'],
    ['a.1=1,a.1=2', 'a.1=2'],
    ['a.1=1,b.1=1,bad,c.1=1', 'bad'],
    [`${'x'.repeat(64)}.1=1`, 'x'],
  ])('of %j is refused, and the entry at fault named', (text, entry) => {
    const refused = () => parseVersion(text);
    expect(refused).toThrow(TwinlogError);
    expect(refused).toThrow(`"${entry}`);
    expect(refused).toThrow(expect.objectContaining({ code: 'invalid_version_vector' }));
  });

  it('is not repeated at length in its error', () => {
    expect(() => parseVersion('x'.repeat(5_000))).toThrow(/^.{1,300}$/);
  });
});

describe('covers', () => {
  it('is a partial order: reflexive, antisymmetric, transitive', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(covers(a, a)).toBe(true);
        if (covers(a, b) && covers(b, a)) expect(a).toEqual(b);
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true);
        expect(covers(a, emptyVersion)).toBe(true);
        expect(covers(emptyVersion, a)).toBe(a.size === 0);
      }),
      { numRuns: 500 },
    );
  });

  it('does not order concurrent versions', () => {
    expect(covers(parseVersion('a.1=2'), parseVersion('b.1=1'))).toBe(false);
    expect(covers(parseVersion('b.1=1'), parseVersion('a.1=2'))).toBe(false);
  });
});

describe('mergeVersions', () => {
  it('is the least vector that covers both', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, other) => {
        const merged = mergeVersions(a, b);
        expect(covers(merged, a) && covers(merged, b)).toBe(true);
        expect(covers(other, merged)).toBe(covers(other, a) && covers(other, b));
        expect(mergeVersions(b, a)).toEqual(merged);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves what it merges as it was', () => {
    const a = parseVersion('a.1=1');
    mergeVersions(a, parseVersion('a.1=2,b.1=1'));
    expect(formatVersion(a)).toBe('a.1=1');
  });
});
