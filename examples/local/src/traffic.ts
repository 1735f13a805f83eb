import { readFileSync } from 'node:fs';
import { JsonNumber, parseJson } from '@twinlog/core';
import * as z from 'zod';
import { UsageError } from './arguments.ts';

/** One line of a traffic file: one request. */
export interface TrafficLine {
  /** From 1, where it stands in the file. */
  readonly number: number;
  /** The line itself: two lines with the same text are one request, sent twice. */
  readonly text: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is; a body that is not a string in the file is sent as JSON. */
  readonly body: string | undefined;
  /** Milliseconds from the start, if the line says when. */
  readonly at: number | undefined;
  /** A name for the answer, so that later lines can say `${name.field}`. */
  readonly as: string | undefined;
  /** The answers that the line refers to. */
  readonly needs: readonly string[];
}

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z0-9_]+)\}/g;

const lineSchema = z.strictObject({
  method: z.string().regex(/^[A-Z]+$/, 'must be a method in capitals, such as POST'),
  path: z.string().startsWith('/', 'must start with /'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
  at: z
    .instanceof(JsonNumber, { error: 'must be a number of milliseconds' })
    .transform(({ source }) => Number(source))
    .pipe(z.number().min(0))
    .optional(),
  as: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and _')
    .optional(),
});

/**
 * Reads a traffic file: one JSON object a line, empty lines passed over.
 * @throws UsageError naming the file, the line and the fault.
 */
export function readTraffic(file: string): readonly TrafficLine[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${error instanceof Error ? error.message : error}).`);
  }
  return parseTraffic(text, file);
}

export function parseTraffic(content: string, file: string): readonly TrafficLine[] {
  const lines: TrafficLine[] = [];
  const named = new Map<string, string>();
  content.split('\n').forEach((untrimmed, index) => {
    const text = untrimmed.trim();
    if (text === '') return;
    const fail = (fault: string): never => {
      throw new UsageError(`${file}:${index + 1}: ${fault}`);
    };
    const line = parseLine(text, index + 1, fail);
    for (const name of line.needs) {
      if (!named.has(name)) fail(`refers to "${name}", and no line before it has that name ("as").`);
    }
    if (line.as !== undefined) {
      // The very same line again is the same request sent again; its answer has the same name.
      if ((named.get(line.as) ?? text) !== text)
        fail(`the name "${line.as}" is taken by another line before it.`);
      named.set(line.as, text);
    }
    lines.push(line);
  });
  if (lines.length === 0) throw new UsageError(`${file}: has no requests in it.`);
  return lines;
}

function parseLine(text: string, number: number, fail: (fault: string) => never): TrafficLine {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    return fail(`is not JSON (${error instanceof Error ? error.message : error}).`);
  }
  const parsed = lineSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(`${issue?.path.join('.') || 'the line'}: ${issue?.message}`);
  }
  const { method, path, headers, body, at, as } = parsed.data;
  const sent = body === undefined || typeof body === 'string' ? body : jsonText(body);
  const needs = [...`${path} ${sent ?? ''} ${Object.values(headers).join(' ')}`.matchAll(reference)].flatMap(
    ([, name]) => name ?? [],
  );
  return { number, text, method, path, headers, body: sent, at, as, needs: [...new Set(needs)] };
}

/** JSON text in which every number stands as the file has it: a body may be about just that. */
function jsonText(value: unknown): string {
  if (value instanceof JsonNumber) return value.source;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${jsonText(member)}`)
    .join(',')}}`;
}

/** A text with every `${name.field}` replaced by that field of that answer. A field that is not there becomes empty. */
export function fillIn(text: string, answers: ReadonlyMap<string, unknown>): string {
  return text.replaceAll(reference, (_, name: string, field: string) => {
    const answer = answers.get(name);
    const value =
      typeof answer === 'object' && answer !== null
        ? Object.entries(answer).find(([key]) => key === field)
        : undefined;
    return value === undefined ? '' : String(value[1]);
  });
}
