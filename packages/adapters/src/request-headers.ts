import type { RequestHeaders } from './api-request.ts';
import { ProblemError } from './problem.ts';

/**
 * 1 to 128 printable ASCII characters, no comma. A header sent twice arrives as one, joined by commas that the
 * clouds write differently: taken for a key, it would be two keys on two clouds, and its command two effects.
 */
const sentOnce = /^[ -+\--~]{1,128}$/;

/**
 * The client's idempotency key.
 * @throws ProblemError 422 `invalid_idempotency_key`
 */
export function readIdempotencyKey(headers: RequestHeaders): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (sentOnce.test(key)) return key;
  throw new ProblemError(
    'invalid_idempotency_key',
    'The header Idempotency-Key must be sent once and have 1 to 128 printable ASCII characters, without a comma.',
  );
}

/**
 * The version that `If-Match` asks for, undefined if any will do (`*`, or no header). What is not one quoted
 * version, a weak one included, is a version that no stream has.
 */
export function readIfMatch(headers: RequestHeaders): string | undefined {
  const header = headers.get('if-match') ?? '*';
  if (header === '*') return undefined;
  return /^"([^"]*)"$/.exec(header)?.[1] ?? 'none';
}

/** Whether `If-None-Match` names the version that there is: by weak comparison, as RFC 9110 has it. */
export function isNotModified(headers: RequestHeaders, etag: string): boolean {
  const header = headers.get('if-none-match');
  if (header === null) return false;
  return header === '*' || [...header.matchAll(/"[^"]*"/g)].some(([tag]) => tag === etag);
}

/** The W3C `traceparent`, undefined where it has not the shape of version 00 or names no trace or span. */
export function readTraceparent(headers: RequestHeaders): string | undefined {
  const header = headers.get('traceparent') ?? '';
  return /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/.test(header)
    ? header
    : undefined;
}

/** The client's `X-Request-Id`, where it can be sent back as it is. */
export function readRequestId(headers: RequestHeaders): string | undefined {
  const header = headers.get('x-request-id') ?? '';
  return sentOnce.test(header) ? header : undefined;
}
