import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseJson } from '../json.ts';
import { currencyExponents } from './currencies.ts';
import {
  amountFields,
  formatMinor,
  formatMoney,
  maxAmountDigits,
  normalAmount,
  parseMoney,
} from './money.ts';

const currency = fc.constantFrom(...currencyExponents.keys());
const exponentOf = (code: string) => currencyExponents.get(code) ?? Number.NaN;
const body = z.strictObject(amountFields).transform(normalAmount);

/** The code with which a JSON body is refused, or the amount it is made into. */
function judged(json: string) {
  const parsed = body.safeParse(parseJson(json));
  if (parsed.success) return parsed.data.amount;
  const [issue] = parsed.error.issues;
  return issue?.code === 'custom' ? `${issue.path.join('.')}: ${issue.params?.code}` : issue?.code;
}

describe('parseMoney and formatMinor', () => {
  it('are inverse and exact for every currency and every number of minor units of up to 18 digits', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 18n - 1n });
    fc.assert(
      fc.property(currency, minor, (code, units) => {
        expect(parseMoney(formatMinor(units, code), code)).toEqual({ currency: code, minor: units });
      }),
    );
  });

  it('read each currency in its own minor unit', () => {
    for (const [code, exponent] of currencyExponents) {
      const smallest = exponent === 0 ? '1' : `0.${'1'.padStart(exponent, '0')}`;
      expect(parseMoney(smallest, code)).toEqual({ currency: code, minor: 1n });
      expect(formatMinor(1n, code)).toBe(smallest);
      expect(parseMoney('1', code)).toEqual({ currency: code, minor: 10n ** BigInt(exponent) });
      expect(parseMoney(`0.${'1'.padStart(exponent + 1, '0')}`, code)).toMatchObject({
        refusal: 'amount_too_precise',
      });
    }
  });

  it('agree with sums done by hand, however many of the decimals are written', () => {
    const digits = (max: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: max });
    fc.assert(
      fc.property(
        currency,
        fc.bigInt({ min: 1n, max: 10n ** 14n - 1n }),
        digits(4),
        (code, whole, decimals) => {
          const fraction = decimals.slice(0, exponentOf(code));
          let expected = whole;
          for (let at = 0; at < exponentOf(code); at++)
            expected = expected * 10n + BigInt(fraction[at] ?? '0');
          const text = fraction === '' ? `${whole}` : `${whole}.${fraction}`;
          expect(parseMoney(text, code)).toEqual({ currency: code, minor: expected });
        },
      ),
    );
  });

  it('keep what a float would lose', () => {
    expect(parseMoney('9007199254740993', 'JPY')).toEqual({ currency: 'JPY', minor: 9007199254740993n });
    expect(parseMoney('9999999999999999.99', 'USD')).toEqual({ currency: 'USD', minor: 999999999999999999n });
    expect(parseMoney('0.29', 'USD')).toEqual({ currency: 'USD', minor: 29n });
    expect(formatMinor(999999999999999999n, 'BHD')).toBe('999999999999999.999');
  });

  it('write all the decimals of the currency, and a sign where an amount is below zero', () => {
    expect(formatMinor(0n, 'USD')).toBe('0.00');
    expect(formatMinor(-5n, 'USD')).toBe('-0.05');
    expect(formatMinor(1230n, 'USD')).toBe('12.30');
    expect(formatMinor(-1230n, 'JPY')).toBe('-1230');
    expect(formatMinor(5n, 'CLF')).toBe('0.0005');
    expect(formatMoney({ minor: 1230n, currency: 'BHD' })).toBe('1.230 BHD');
  });
});

describe('parseMoney', () => {
  it.each(
    [
      ...[
        '',
        ' ',
        '.',
        '-1',
        '+1',
        '-0',
        '00',
        '01',
        '00.10',
        '1.',
        '.5',
        '1,5',
        '1_000',
        '1e2',
        '1E2',
        '0x10',
      ],
      ...[
        ' 1',
        '1 ',
        '1\n',
        '\t1',
        '1.2.3',
        'NaN',
        'Infinity',
        '１２',
        '١٢',
        '1\u00a0',
        '²',
        '1n',
        '1\u0000',
      ],
    ].map((text) => [JSON.stringify(text), text]),
  )('refuses %s, which is not a plain decimal', (_, text) => {
    expect(parseMoney(text, 'USD')).toMatchObject({ refusal: 'amount_not_decimal' });
  });

  it('refuses zero, however it is written', () => {
    for (const text of ['0', '0.0', '0.00']) {
      expect(parseMoney(text, 'USD')).toMatchObject({ refusal: 'amount_not_positive' });
    }
  });

  it('refuses more decimals than the currency has, also where they are zeros', () => {
    expect(parseMoney('1.0', 'JPY')).toMatchObject({ refusal: 'amount_too_precise' });
    expect(parseMoney('1.000', 'USD')).toMatchObject({
      refusal: 'amount_too_precise',
      detail: '"1.000" has 3 decimals and USD has 2.',
    });
    expect(parseMoney('1.2345', 'BHD')).toMatchObject({ refusal: 'amount_too_precise' });
    expect(parseMoney('1.2345', 'CLF')).toEqual({ currency: 'CLF', minor: 12345n });
  });

  it('takes 18 digits and no more, as they are written, the point aside', () => {
    expect(maxAmountDigits).toBe(18);
    for (const text of ['9'.repeat(18), `${'9'.repeat(16)}.99`, `${'9'.repeat(17)}.9`]) {
      expect(parseMoney(text, 'USD')).toHaveProperty('minor');
    }
    for (const text of [
      '9'.repeat(19),
      `${'9'.repeat(17)}.99`,
      `${'9'.repeat(17)}.00`,
      `${'9'.repeat(18)}.0`,
      '1'.padEnd(60_000, '0'),
    ]) {
      expect(parseMoney(text, 'USD')).toMatchObject({ refusal: 'amount_too_large' });
    }
  });

  it.each(['', 'usd', 'US', 'USDT', ' USD', 'XAU', 'XXX', 'constructor', '__proto__'])(
    'refuses "%s", which is not a currency',
    (code) => {
      expect(parseMoney('1', code)).toMatchObject({ refusal: 'unknown_currency' });
    },
  );
});

describe('the sentence of a refused amount', () => {
  it.each([
    ['1e2', 'USD', '"1e2" is not a plain decimal, such as "12.34".'],
    ['1.234', 'USD', '"1.234" has 3 decimals and USD has 2.'],
    ['1234567890123456789', 'USD', '"1234567890123456789" has more than 18 digits.'],
    ['0.00', 'USD', 'The amount must be above zero.'],
    ['1', 'EURO', '"EURO" is not an ISO 4217 currency code, such as USD.'],
  ])('of %s %s names what was sent and what is wanted', (text, code, detail) => {
    expect(parseMoney(text, code)).toMatchObject({ detail });
  });

  it('quotes 40 characters at most, and never half a character', () => {
    const quoted = (text: string) => {
      const money = parseMoney('1', text);
      return 'detail' in money ? money.detail.split(' is ')[0] : undefined;
    };
    expect(quoted('x'.repeat(40))).toBe(`"${'x'.repeat(40)}"`);
    expect(quoted('x'.repeat(41))).toBe(`"${'x'.repeat(40)}…"`);
    expect(quoted(`${'x'.repeat(39)}💶`)).toBe(`"${'x'.repeat(39)}\ufffd…"`);
  });
});

describe('an amount in a JSON body', () => {
  it.each([
    ['12.50', '12.50'],
    ['1.10', '1.10'],
    ['1.1', '1.10'],
    ['7', '7.00'],
    ['"7"', '7.00'],
    ['9999999999999999.99', '9999999999999999.99'],
    ['"1234567890123400"', '1234567890123400.00'],
    ['"12345678901234567"', '12345678901234567'],
    ['"100000000000000000"', '100000000000000000'],
    ['"12345678901234567.5"', '12345678901234567.5'],
    ['1e2', 'amount: amount_not_decimal'],
    ['1E2', 'amount: amount_not_decimal'],
    ['-0', 'amount: amount_not_decimal'],
    ['-3', 'amount: amount_not_decimal'],
    ['0', 'amount: amount_not_positive'],
    ['0.1000000000000000055', 'amount: amount_too_precise'],
    ['1.001', 'amount: amount_too_precise'],
    ['99999999999999999999', 'amount: amount_too_large'],
    ['"1e2"', 'amount: amount_not_decimal'],
    ['null', 'invalid_union'],
    ['true', 'invalid_union'],
    ['["1"]', 'invalid_union'],
    ['{"source":"1"}', 'invalid_union'],
  ])('of %s comes to %s: it is judged on its text', (source, expected) => {
    expect(judged(`{"amount":${source},"currency":"USD"}`)).toBe(expected);
  });

  it('asks for a string where a number is not a plain decimal', () => {
    const { error } = body.safeParse(parseJson('{"amount":1e2,"currency":"USD"}'));
    expect(error?.issues[0]?.message).toBe(
      '1e2 is not a plain decimal. Send the amount as a string, such as "12.34".',
    );
  });

  it('names the currency where it is the currency that is unknown', () => {
    expect(judged('{"amount":"1","currency":"EURO"}')).toBe('currency: unknown_currency');
  });

  it('has one normal form, which is its own normal form', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), currency, (whole, code) => {
        const once = body.parse({ amount: `${whole}`, currency: code });
        expect(body.parse(once)).toEqual(once);
        expect(parseMoney(once.amount, code)).toEqual(parseMoney(`${whole}`, code));
      }),
    );
  });
});
