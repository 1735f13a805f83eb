import { type Capped, formatVersion, type VersionVector } from '@twinlog/core';
import { formatToken } from './token.ts';

/** What a route answers, before the headers that every answer has. */
export interface Answer {
  readonly status: number;
  /** Written as JSON, members in the order they are in. */
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The headers of an answer about a stream: its version as the `ETag`, and the consistency token (R18).
 *
 * @param seen what the client may rely on having seen, where that is more than this cell has.
 * @param capped the origins of which the client had seen more than a restore from a backup has left.
 */
export function streamHeaders(
  stream: string,
  version: VersionVector,
  { seen = version, capped }: { readonly seen?: VersionVector } & Capped = {},
): Readonly<Record<string, string>> {
  return {
    ETag: `"${formatVersion(version)}"`,
    'Consistency-Token': formatToken(stream, seen),
    ...(capped && { 'Consistency-Token-Capped': capped.join(', ') }),
  };
}

/** The answer as a web response. One to `HEAD` has the headers of `GET` and no body. */
export function toResponse({ status, body, headers }: Answer, requestId: string, isHead: boolean): Response {
  return new Response(isHead ? null : JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': requestId,
      ...headers,
    },
  });
}
