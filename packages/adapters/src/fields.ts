import type * as z from 'zod';
import { type Fault, faulty } from './problem.ts';

/**
 * The body as the schema reads it.
 * @throws ProblemError 422 with every fault: those of known fields in the schema's order, then unknown fields
 * in the order they were sent.
 */
export function readFields<Output>(schema: z.ZodType<Output>, body: object): Output {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const values = new Map<PropertyKey, unknown>(Object.entries(body));
  const [first, ...others] = parsed.error.issues.flatMap((issue) => faultsOf(issue, values));
  throw first ? faulty(first, ...others) : parsed.error;
}

/** Sentences of our own: those of the schema library change with its version and its locale. */
function faultsOf(issue: z.core.$ZodIssue, values: ReadonlyMap<PropertyKey, unknown>): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((path) => ({
      path,
      code: 'unknown_field',
      detail: `"${path}" is not a field of this request.`,
    }));
  }
  const field = issue.path[0] ?? '';
  const path = issue.path.join('.');
  const value = values.get(field);
  const fault = (code: string, detail: string): Fault[] => [{ path, code, detail }];
  if (value === undefined) return fault('missing_field', `"${path}" is missing.`);
  if (value === '') return fault('empty_field', `"${path}" is empty.`);
  if (issue.code === 'too_big') {
    return fault('too_long', `"${path}" is longer than ${issue.maximum} characters.`);
  }
  const code: unknown = issue.code === 'custom' ? issue.params?.code : undefined;
  if (typeof code === 'string') {
    const isOfId = code === 'invalid_id' || code === 'too_long';
    return fault(code, isOfId ? `"${path}" ${issue.message}` : issue.message);
  }
  const example = path === 'amount' ? ', such as "12.34"' : '';
  return fault('wrong_type', `"${path}" must be a string${example}.`);
}
