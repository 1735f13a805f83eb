import * as z from 'zod';
import type { DeadLetterCode, DeadLetterContent } from './dead-letter.ts';

export const letterCode: z.ZodType<DeadLetterCode> = z.enum([
  'malformed',
  'invalid_event',
  'unknown_origin',
  'own_origin',
  'divergence',
  'too_large',
  'unstorable',
  'refused',
  'unpublished',
]);

export const letterContent: z.ZodType<DeadLetterContent> = z.union([
  z.object({ json: z.string() }),
  z.object({ base64: z.string(), headers: z.record(z.string(), z.string()).exactOptional() }),
]);
