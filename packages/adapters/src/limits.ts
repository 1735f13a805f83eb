import type { ApiRequest } from './api-request.ts';
import { ProblemError } from './problem.ts';

/** The largest body of a request: 64 KiB. */
export const maxBodyBytes = 65_536;

/** The longest path and query together, decoded, in characters. */
export const maxUrlLength = 4_096;

/** All header names and values together, in characters: what Node's own server takes, and above API Gateway's 10,240. */
export const maxHeaderSize = 16_384;

/**
 * The deepest nesting of a body. No request has any; a parser's stack ends somewhere, and where it ends must
 * not differ between the clouds.
 */
export const maxDepth = 32;

/** How long a body may take to come in, in ms. */
export const bodyTimeoutMs = 10_000;

/** How long a request may take, in ms: API Gateway gives up after 29 s, and a client may `Prefer` to wait for 20. */
export const requestTimeoutMs = 25_000;

/** @throws ProblemError 414 `uri_too_long`, 431 `headers_too_large` */
export function checkSize({ path, query, headerSize }: ApiRequest): void {
  // What was sent may be longer than what it says, and some gateways decode it: only what it says is alike everywhere.
  if (path.length + query.length > maxUrlLength && decodedLength(path, query) > maxUrlLength) {
    const detail = `The path and the query have more than ${maxUrlLength} characters.`;
    throw new ProblemError('uri_too_long', detail);
  }
  if (headerSize > maxHeaderSize) {
    throw new ProblemError(
      'headers_too_large',
      `The headers have more than ${maxHeaderSize} characters. Send fewer, or shorter ones.`,
    );
  }
}

function decodedLength(path: string, query: string): number {
  let length = path.replace(/(?:%[\da-f]{2})+/gi, decodedOr).length;
  for (const [name, value] of new URLSearchParams(`?${query}`)) length += name.length + value.length + 2;
  return length;
}

function decodedOr(encoded: string): string {
  return Buffer.from(encoded.replaceAll('%', ''), 'hex').toString();
}

/**
 * What comes of the action, or the problem where it takes longer. The action goes on: what it writes after that stands.
 * @throws ProblemError with the code
 */
export async function within<Value>(
  ms: number,
  action: Promise<Value>,
  late: () => ProblemError,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([action, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
