import { type Capped, formatVersion, type VersionVector } from '@twinlog/core';
import { cappedHeader } from './capped-header.ts';
import { formatToken } from './token.ts';

/** What a route answers, before the headers that every answer has. Header names are in lower case. */
export interface Answer {
  readonly status: number;
  /** Written as JSON, members in the order they are in; null for none. */
  readonly body: object | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as a shell sends it. */
export interface Reply {
  readonly status: number;
  /** By name, in lower case, without `set-cookie`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those of `set-cookie`, which alone may come more than once. */
  readonly cookies?: readonly string[];
  readonly body: string | Uint8Array;
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
    etag: `"${formatVersion(version)}"`,
    'consistency-token': formatToken(stream, seen),
    ...cappedHeader(capped),
  };
}

/**
 * What OWASP's REST Security Cheat Sheet asks of an API's answers: none is kept, none is taken for another type, and
 * none is run or framed by a browser; and browsers that came by https come by https again.
 */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The answer as it goes out. One to `HEAD` has the headers of `GET` and no body. */
export function replyTo(
  { status, body, headers }: Answer,
  every: Readonly<Record<string, string>>,
  isHead: boolean,
): Reply {
  const type = body === null ? undefined : { 'content-type': 'application/json' };
  // What a route varies by comes on top of what every answer varies by.
  const vary = every.vary && headers?.vary && { vary: `${every.vary}, ${headers.vary}` };
  return {
    status,
    headers: { ...type, ...securityHeaders, ...every, ...headers, ...vary },
    body: body === null || isHead ? '' : JSON.stringify(body),
  };
}

export function toResponse({ status, headers, cookies = [], body }: Reply): Response {
  const content = body.length === 0 ? null : typeof body === 'string' ? body : Buffer.from(body);
  const response = new Response(content, { status, headers });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/** A response of somebody else's, such as of `/replication/…`, as a shell sends it. */
export async function fromResponse(response: Response): Promise<Reply> {
  const cookies = response.headers.getSetCookie();
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie')),
    ...(cookies.length > 0 && { cookies }),
    body: Buffer.from(await response.arrayBuffer()),
  };
}
