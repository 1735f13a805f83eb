import * as z from 'zod';
import { isRefusal, type Refusal, refuse } from '../aggregate.ts';
import { JsonNumber } from '../json.ts';
import { currencyExponents } from './currencies.ts';

/** An amount of one currency in its minor unit: 12.34 USD is `{ currency: 'USD', minor: 1234n }`. */
export interface Money {
  readonly currency: string;
  readonly minor: bigint;
}

/** Money on the wire and in events: a decimal string and an ISO 4217 currency. */
export type Amount = { readonly amount: string; readonly currency: string };

/** The most digits an amount may be written with, before and after the point together. */
export const maxAmountDigits = 18;

/** A plain decimal without sign or exponent, as amounts are written. */
export const decimal: RegExp = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** A client's text for a sentence, cut short where it is long. */
function quote(text: string): string {
  return text.length > 40 ? `"${text.slice(0, 40).toWellFormed()}…"` : `"${text}"`;
}

/** A positive amount of a known currency, or which rule it breaks. */
export function parseMoney(amount: string, currency: string): Money | Refusal {
  const exponent = currencyExponents.get(currency);
  if (exponent === undefined) {
    return refuse('unknown_currency', `${quote(currency)} is not an ISO 4217 currency code, such as USD.`);
  }
  const [, whole, fraction = ''] = decimal.exec(amount) ?? [];
  if (whole === undefined) {
    return refuse('amount_not_decimal', `${quote(amount)} is not a plain decimal, such as "12.34".`);
  }
  if (fraction.length > exponent) {
    return refuse(
      'amount_too_precise',
      `${quote(amount)} has ${fraction.length} decimals and ${currency} has ${exponent}.`,
    );
  }
  if (whole.length + fraction.length > maxAmountDigits) {
    return refuse('amount_too_large', `${quote(amount)} has more than ${maxAmountDigits} digits.`);
  }
  const minor = BigInt(whole + fraction.padEnd(exponent, '0'));
  return minor === 0n ? refuse('amount_not_positive', 'The amount must be above zero.') : { currency, minor };
}

/** The decimal text of minor units, with all the decimals that the currency has: `12.30`, `1230`, `-0.05`. */
export function formatMinor(minor: bigint, currency: string): string {
  const exponent = currencyExponents.get(currency) ?? 0;
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const point = digits.length - exponent;
  const text = exponent === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return minor < 0n ? `-${text}` : text;
}

/** `12.30 USD`, for sentences. */
export function formatMoney({ minor, currency }: Money): string {
  return `${formatMinor(minor, currency)} ${currency}`;
}

/** A JSON amount as decimal text: a string as it is, a number as it was written in the source. */
const decimalText = z.union([z.string(), z.instanceof(JsonNumber)]).transform((value, context) => {
  if (typeof value === 'string') return value;
  if (decimal.test(value.source)) return value.source;
  const message = `${value.source} is not a plain decimal. Send the amount as a string, such as "12.34".`;
  context.addIssue({ code: 'custom', params: { code: 'amount_not_decimal' }, message });
  return z.NEVER;
});

/** The two fields that are an amount in the body of a command. */
export const amountFields = { amount: decimalText, currency: z.string().min(1) };

/**
 * The normal form of an amount in a command, with all decimals of its currency (`"10"` and `10.0` are the
 * `"10.00"` of USD), or with as few as it takes where all of them would exceed the digits allowed. A rule that it
 * breaks becomes an issue of the schema, with the rule's code.
 */
export function normalAmount({ amount, currency }: Amount, context: z.RefinementCtx): Amount {
  const money = parseMoney(amount, currency);
  if (!isRefusal(money)) {
    const padded = formatMinor(money.minor, currency);
    // Without decimals to pad, it has no more digits than were written: what is too long has a point.
    const isLong = padded.length - 1 > maxAmountDigits;
    return { amount: isLong ? padded.replace(/\.?0+$/, '') : padded, currency };
  }
  const path = [money.refusal === 'unknown_currency' ? 'currency' : 'amount'];
  context.addIssue({ code: 'custom', params: { code: money.refusal }, path, message: money.detail });
  return z.NEVER;
}
