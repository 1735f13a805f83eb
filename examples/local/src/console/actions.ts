import * as z from 'zod';
import type { Action } from './state.ts';

const side = z.enum(['aws', 'azure']);
const client = z.enum(['dns', 'sdk']);
/** Requests a second that this machine can be asked for. */
const perSecond = z.number().min(1).max(40);

const actionSchema: z.ZodType<Action> = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('cell'), side, cut: z.boolean() }),
  z.strictObject({ do: z.literal('database'), side, cut: z.boolean() }),
  z.strictObject({
    do: z.literal('link'),
    direction: z.enum(['awsToAzure', 'azureToAws']),
    condition: z.enum(['well', 'slow', 'cut']),
  }),
  z.strictObject({ do: z.literal('traffic'), on: z.boolean(), perSecond, client }),
  z.strictObject({ do: z.literal('send'), count: z.int().min(1).max(100), client }),
  z.strictObject({ do: z.literal('race') }),
]);

/** What the page asks for, or what is wrong with it in a sentence. */
export function readAction(text: string): Action | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'The action is not JSON.';
  }
  const parsed = actionSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `The action is not one of the console's: ${issue?.path.join('.') || 'do'}: ${issue?.message}`;
}
