import type { EventKey } from '@twinlog/core';
import * as z from 'zod';
import { type Digest, maxPage, type TimeRange } from './digest.ts';
import { lastTime, maxKeyedEvents, maxRanges } from './limits.ts';

// What cells ask of each other over HTTP, in JSON. Requests are strict; answers may grow members.

const time = z.int().min(0).max(lastTime);
const origin = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}\.[1-9][0-9]{0,5}$/, 'is not an origin such as aws-us-east-1.1');
const stream = z.string().min(1).max(128);
const sequence = z.int().min(1).max(9_999_999_999);
const id = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'is not a ULID');
const cursor = z.string().min(1).max(1_000);

const timeRange: z.ZodType<TimeRange> = z.strictObject({ from: time, to: time });
const eventKey: z.ZodType<EventKey> = z.strictObject({ stream, origin, sequence, id });

export type DigestsRequest = { readonly origin: string; readonly ranges: readonly TimeRange[] };
export const digestsRequest: z.ZodType<DigestsRequest> = z.strictObject({
  origin,
  ranges: z.array(timeRange).min(1).max(maxRanges),
});

/** A prefix of what was asked for, as `Peer` has it. */
export type DigestsAnswer = { readonly digests: readonly (Digest | null)[] };
export const digestsAnswer: z.ZodType<DigestsAnswer> = z.object({
  digests: z.array(z.object({ count: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{32}$/) }).nullable()),
});

export type KeysRequest = TimeRange & {
  readonly origin: string;
  readonly limit: number;
  readonly after?: string;
};
export const keysRequest: z.ZodType<KeysRequest> = z.strictObject({
  origin,
  from: time,
  to: time,
  limit: z.int().min(1).max(maxPage),
  after: cursor.exactOptional(),
});

/** Keys without their origin, which is the one asked for. */
export type KeysAnswer = { readonly keys: readonly Omit<EventKey, 'origin'>[]; readonly next?: string };
export const keysAnswer: z.ZodType<KeysAnswer> = z.object({
  keys: z.array(z.object({ stream, sequence, id })),
  next: cursor.exactOptional(),
});

/** The events at some places, or a whole stream by pages. */
export type StreamsRequest =
  | { readonly keys: readonly EventKey[] }
  | { readonly stream: string; readonly after?: string };
export const streamsRequest: z.ZodType<StreamsRequest> = z.union([
  z.strictObject({ keys: z.array(eventKey).min(1).max(maxKeyedEvents) }),
  z.strictObject({ stream, after: cursor.exactOptional() }),
]);

/** Each event is judged by whoever stores it, so that a bad one does not spoil the others. */
export type StreamsAnswer = { readonly events: readonly unknown[]; readonly next?: string };
export const streamsAnswer: z.ZodType<StreamsAnswer> = z.object({
  events: z.array(z.unknown()),
  next: cursor.exactOptional(),
});
