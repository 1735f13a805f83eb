import { type Assignment, type AssignmentChange, parseAssignment } from '@twinlog/core';
import * as z from 'zod';
import type { DeadLetter, DeadLetterSummary } from '../dead-letters/dead-letter.ts';
import { letterCode, letterContent } from '../dead-letters/letter-schema.ts';
import type { Discarded, Redriven } from '../dead-letters/redrive.ts';
import { lastTime } from '../reconcile/limits.ts';
import type { CellStatus, PullReport, RecoveryReport } from './cell-operations.ts';

// What operators ask of cells over HTTP, in JSON. Requests are strict; answers may grow members.

const cell = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not the name of a cell');
const origin = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.[1-9][0-9]{0,5}$/, 'is not an origin');
const time = z.int().min(0).max(lastTime);
const stream = z.string().min(1).max(128);

const change: z.ZodType<AssignmentChange> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('takeover'), from: cell, to: cell }),
  z.strictObject({ kind: z.literal('policy'), policy: z.enum(['any-cell', 'home-cell']) }),
  z.strictObject({ kind: z.enum(['raise', 'drain', 'resume', 'join', 'leave']), cell }),
]);

export const nothing: z.ZodType<object> = z.strictObject({});
export const assignRequest: z.ZodType<{ readonly change: AssignmentChange; readonly expected?: string }> =
  z.strictObject({ change, expected: z.string().max(100).exactOptional() });
export const reconcileRequest: z.ZodType<{
  readonly peer: string;
  readonly origin: string;
  readonly from: number;
  readonly to: number;
}> = z.strictObject({ peer: cell, origin, from: time, to: time });
export const repairRequest: z.ZodType<{ readonly peer: string; readonly stream: string }> = z.strictObject({
  peer: cell,
  stream,
});

const assignment = z.unknown().transform((value, context): Assignment => {
  try {
    return parseAssignment(value);
  } catch {
    context.addIssue('is not an assignment');
    return z.NEVER;
  }
});

export const statusAnswer: z.ZodType<CellStatus> = z.object({
  cell,
  origin,
  peers: z.array(cell),
  assignment,
  ready: z.object({ ok: z.boolean(), reason: z.string().exactOptional() }),
  now: time,
  clockSkewMs: z.number().exactOptional(),
});

export const pullAnswer: z.ZodType<PullReport> = z.object({
  pulled: z.int().min(0),
  duplicates: z.int().min(0),
  divergences: z.array(z.object({ stream: z.string(), ours: z.string(), theirs: z.string() })),
  rejected: z.array(z.object({ stream: z.string(), code: z.string(), detail: z.string() })),
  unfinishedFrom: time.exactOptional(),
});

export const recoveryAnswer: z.ZodType<RecoveryReport> = z.object({
  isComplete: z.boolean(),
  pulled: z.int().min(0),
  left: z.array(z.object({ peer: z.string(), origin: z.string(), upTo: time })),
});

const letterId = z.string().min(1).max(100);
const summary: z.ZodType<DeadLetterSummary> = z.object({
  id: letterId,
  direction: z.enum(['in', 'out']),
  code: letterCode,
  detail: z.string(),
  at: z.string(),
});
const letter: z.ZodType<DeadLetter> = z.object({
  id: letterId,
  direction: z.enum(['in', 'out']),
  code: letterCode,
  detail: z.string(),
  at: z.string(),
  content: letterContent,
});

export const lettersRequest: z.ZodType<{ readonly limit: number; readonly after?: string }> = z.strictObject({
  limit: z.int().min(1).max(1_000),
  after: z.string().max(2_000).exactOptional(),
});
export const lettersAnswer: z.ZodType<{
  readonly items: readonly DeadLetterSummary[];
  readonly next?: string;
}> = z.object({ items: z.array(summary), next: z.string().exactOptional() });
export const letterRequest: z.ZodType<{ readonly id: string }> = z.strictObject({ id: letterId });
export const letterAnswer: z.ZodType<{ readonly letter: DeadLetter | null }> = z.object({
  letter: letter.nullable(),
});
export const driveRequest: z.ZodType<{ readonly id: string; readonly dryRun: boolean }> = z.strictObject({
  id: letterId,
  dryRun: z.boolean(),
});
export const redrivenAnswer: z.ZodType<Redriven> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('redriven') }),
  z.object({ kind: z.literal('untold'), code: letterCode, detail: z.string() }),
  z.object({ kind: z.literal('still_dead'), code: letterCode, detail: z.string() }),
  z.object({ kind: z.literal('unknown') }),
]);
export const discardedAnswer: z.ZodType<Discarded> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('discarded') }),
  z.object({ kind: z.literal('well_formed'), detail: z.string() }),
  z.object({ kind: z.literal('unknown') }),
]);

export const refusal: z.ZodType<{ readonly error: string; readonly code: string }> = z.object({
  error: z.string(),
  code: z.string(),
});
