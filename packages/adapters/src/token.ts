import { formatVersion, parseVersion, transactionIdPattern, type VersionVector } from '@twinlog/core';
import type { RequestHeaders } from './api-request.ts';
import { ProblemError } from './problem.ts';

/** R18: what a client has seen of a stream, as the header `Consistency-Token` carries it. */
export interface ConsistencyToken {
  readonly stream: string;
  readonly version: VersionVector;
}

/** The longest token read, in characters: a stream and the longest version vector that an event may carry. */
const maxTokenLength = 4_096;

/** `txn_…;aws-us-east-1.1=3,azure-eastus.1=1` */
export function formatToken(stream: string, version: VersionVector): string {
  return `${stream};${formatVersion(version)}`;
}

/**
 * The client's consistency token, if it sent one.
 * @throws ProblemError 422 `invalid_consistency_token`
 */
export function readToken(headers: RequestHeaders): ConsistencyToken | undefined {
  const header = headers.get('consistency-token');
  return header === null ? undefined : parseToken(header);
}

/**
 * The token that the client brought, for an answer that has none of its own: whoever always keeps the last token then
 * never loses one. None where it is malformed.
 */
export function broughtToken(headers: RequestHeaders): Readonly<Record<string, string>> {
  const brought = headers.get('consistency-token');
  if (brought === null) return {};
  try {
    parseToken(brought);
    return { 'consistency-token': brought };
  } catch {
    return {};
  }
}

/** @throws ProblemError 422 `invalid_consistency_token` */
export function parseToken(text: string): ConsistencyToken {
  const end = text.indexOf(';');
  const stream = text.slice(0, Math.max(end, 0));
  if (text.length <= maxTokenLength && transactionIdPattern.test(stream)) {
    try {
      return { stream, version: parseVersion(text.slice(end + 1)) };
    } catch {
      // The answer below says it for every malformed token.
    }
  }
  throw new ProblemError(
    'invalid_consistency_token',
    'The header Consistency-Token is not one that this service gave. Send the last one you were given, as it was, or none.',
  );
}
