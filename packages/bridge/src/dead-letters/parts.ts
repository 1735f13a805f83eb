import * as z from 'zod';
import { type DeadLetter, type DeadLetterContent, type DeadLetterSummary, idOf } from './dead-letter.ts';
import { letterCode, letterContent } from './letter-schema.ts';

/**
 * A letter as databases keep it. A delivery takes up to 1.5 MB, more than an item or a document may, so its content
 * is cut; the first part stands in the head, the others beside it under ids of their own.
 */
export interface StoredLetter {
  readonly head: DeadLetterSummary & { readonly part: string; readonly parts: number };
  readonly rest: readonly { readonly id: string; readonly part: string }[];
}

/** The id of a letter's n-th part, from 1. */
const partId = (id: string, index: number): string => `${id}~${index}`;

/** The ids of all parts but the first, which the head holds. */
export function restIds({ id, parts }: { readonly id: string; readonly parts: number }): string[] {
  return Array.from({ length: parts - 1 }, (_, index) => partId(id, index + 1));
}

/** @param partLength of each part in base 64, so in bytes as well as in characters. */
export function toStored({ content, ...summary }: DeadLetter, partLength: number): StoredLetter {
  const text = Buffer.from(JSON.stringify(content)).toString('base64');
  const parts = Math.max(1, Math.ceil(text.length / partLength));
  const part = (index: number): string => text.slice(index * partLength, (index + 1) * partLength);
  const head = { ...summary, part: part(0), parts };
  return { head, rest: restIds(head).map((id, index) => ({ id, part: part(index + 1) })) };
}

const summary = z.object({
  id: z.string(),
  direction: z.enum(['in', 'out']),
  code: letterCode,
  detail: z.string(),
  at: z.string(),
});
const head = summary.extend({ part: z.string(), parts: z.number().int().min(1) });

/** A letter's head as it was read. @throws ZodError where it is none */
export function readHead(stored: unknown): StoredLetter['head'] {
  return head.parse(stored);
}

export function readSummary(stored: unknown): DeadLetterSummary {
  return summary.parse(stored);
}

/** Puts a letter together again; undefined where a part is missing, or is one of another content. */
export function fromStored(
  { part, parts: _, ...rest }: StoredLetter['head'],
  others: readonly (string | undefined)[],
): DeadLetter | undefined {
  if (others.includes(undefined)) return undefined;
  const content = contentIn(Buffer.from([part, ...others].join(''), 'base64').toString());
  const isOne = others.length === 0 || (content && idOf(rest.direction, content) === rest.id);
  return content && isOne ? { ...rest, content } : undefined;
}

function contentIn(text: string): DeadLetterContent | undefined {
  try {
    return letterContent.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
