import * as z from 'zod';
import { type Refusal, refuse } from '../aggregate.ts';

const utc = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:Z|\+00:00)$/i;

/**
 * The normal form of a time in RFC 3339 and UTC: milliseconds and `Z`, finer digits cut off, so that text order is
 * time order. Undefined for any other text, and for a day or an hour that does not exist.
 */
export function normalInstant(text: string): string | undefined {
  const [, second, fraction = ''] = utc.exec(text) ?? [];
  if (second === undefined) return undefined;
  const normal = `${second.toUpperCase()}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const time = Date.parse(normal);
  // Date takes the 30th of February for the 2nd of March, and 24:00 for the next day.
  return Number.isNaN(time) || new Date(time).toISOString() !== normal ? undefined : normal;
}

function refuseTime(text: string, wanted: string): Refusal {
  const shown = text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text;
  return refuse('invalid_time', `"${shown}" is not a time in ${wanted}.`);
}

/** Times lately found to be in their normal form: those of a stream's events are judged whenever it is folded. */
const normal = new Set<string>();
const mostNormal = 1_000;

/** What is wrong with a time that should be in its normal form, undefined if nothing is. */
export function faultOfInstant(text: string): Refusal | undefined {
  if (normal.has(text)) return undefined;
  if (normalInstant(text) === text) {
    if (normal.size >= mostNormal) normal.clear();
    normal.add(text);
    return undefined;
  }
  return refuseTime(text, 'its normal form, such as "2026-01-31T12:00:00.000Z"');
}

/** A time in the body of a command, made into its normal form. */
export const instantField: z.ZodType<string, string> = z.string().transform((text, context) => {
  const instant = normalInstant(text);
  if (instant !== undefined) return instant;
  const { refusal, detail } = refuseTime(text, 'RFC 3339 and UTC, such as "2026-01-31T12:00:00Z"');
  context.addIssue({ code: 'custom', params: { code: refusal }, message: detail });
  return z.NEVER;
});

/** A time in its normal form, as it stands in events. */
export const recordedInstant: z.ZodType<string> = z
  .string()
  .refine((text) => !faultOfInstant(text))
  .meta({ format: 'date-time', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
