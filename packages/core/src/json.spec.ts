import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, isNestedDeeper, JsonNumber, parseJson, sameJson } from './json.ts';

describe('parseJson', () => {
  it.each(['0.1000000000000000055', '1.10', '1e2', '-0', '12.50', '123456789012345678901234567890'])(
    'keeps %s as it was written',
    (source) => {
      expect(parseJson(source)).toEqual(new JsonNumber(source));
      expect(parseJson(`{"a":[ ${source} ]}`)).toEqual({ a: [new JsonNumber(source)] });
    },
  );

  it('leaves everything but numbers as JSON.parse would', () => {
    const value = fc.jsonValue({ maxDepth: 4 }).filter((json) => !/[0-9]/.test(JSON.stringify(json)));
    fc.assert(
      fc.property(value, (json) => {
        expect(parseJson(JSON.stringify(json))).toEqual(JSON.parse(JSON.stringify(json)));
      }),
    );
  });

  it('lets no number pass through a float, wherever it stands and however the text is laid out', () => {
    const isFloatIn = (value: unknown): boolean =>
      typeof value === 'number' ||
      (typeof value === 'object' &&
        value !== null &&
        !(value instanceof JsonNumber) &&
        Object.values(value).some(isFloatIn));
    const layout = fc.constantFrom('', ' ', '\t', '\n');
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), layout, (json, indent) => {
        expect(isFloatIn(parseJson(JSON.stringify(json, null, indent)))).toBe(false);
      }),
    );
    for (const space of [' ', '\t', '\n', '\r', '\r\n  '])
      expect(
        isFloatIn(parseJson(`${space}{"a"${space}:${space}[${space}"x"${space},${space}-1${space}]}`)),
      ).toBe(false);
  });

  it('throws a SyntaxError where the text is not JSON', () => {
    for (const text of ['', '{', '01', '1.', '{"a":1,}', 'undefined', "'a'"]) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });
});

describe('canonicalJson', () => {
  it('is equal for equal values, whatever order their members were added in', () => {
    expect(canonicalJson({ b: 1, a: { d: [1, { z: 1, y: 2 }], c: null } })).toBe(
      '{"a":{"c":null,"d":[1,{"y":2,"z":1}]},"b":1}',
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });

  it('is JSON of the same value, so different values give different text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(plain);
      }),
    );
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(canonicalJson([undefined])).toBe('[null]');
    expect(canonicalJson(undefined)).toBe('null');
  });
});

describe('the nesting of JSON text', () => {
  it.each<[string, number]>([
    ['1', 0],
    ['[]', 1],
    ['{"a":[{"b":1}],"c":[[2]]}', 3],
    ['["[[[[",{"\\"[[[":1}]', 2],
  ])('of %s is %d levels', (text, levels) => {
    expect(isNestedDeeper(text, levels)).toBe(false);
    expect(isNestedDeeper(text, levels - 1)).toBe(true);
  });
});

describe('sameJson', () => {
  it('holds where canonical texts are equal, and nowhere else', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const pair = fc.oneof(
      fc.tuple(value, value),
      value.map((json) => [json, JSON.parse(JSON.stringify(json))] as const),
      fc.tuple(
        fc.dictionary(fc.constantFrom('a', 'b'), value),
        fc.dictionary(fc.constantFrom('a', 'b'), value),
      ),
    );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  it.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [null, {}, false],
    ['1', 1, false],
  ])('tells %j and %j apart, or not', (a, b, isSame) => {
    expect(sameJson(a, b)).toBe(isSame);
    expect(sameJson(b, a)).toBe(isSame);
  });
});
