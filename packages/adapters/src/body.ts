import { isNestedDeeper, JsonNumber, parseJson } from '@twinlog/core';
import { ProblemError } from './problem.ts';

/** The largest body of a request: 64 KiB. */
export const maxBodyBytes = 65_536;

/**
 * The deepest nesting of a body. No request has any; a parser's stack ends somewhere, and where it ends must
 * not differ between the clouds.
 */
const maxDepth = 32;

/**
 * The JSON object in a request's body, its numbers as `JsonNumber`.
 *
 * @param mayBeEmpty whether no body at all, of whatever content type, is the empty object.
 * @throws ProblemError 415 for another content type than JSON in UTF-8, 413 above 64 KiB, 400 for what is not
 * UTF-8, not JSON or not an object. In this order: a later fault is only looked for without an earlier one.
 */
export async function readObject(request: Request, mayBeEmpty = false): Promise<object> {
  const isJson = isJsonType(request.headers.get('content-type') ?? '');
  if (!isJson && !(mayBeEmpty && (await readAtMost(request, 0)))) {
    throw new ProblemError(
      'unsupported_media_type',
      'The body must be JSON in UTF-8: send the header Content-Type: application/json.',
    );
  }
  if (!isJson) return {};
  const bytes = await readAtMost(request, maxBodyBytes);
  if (bytes === undefined) {
    throw new ProblemError('body_too_large', `The body is larger than ${maxBodyBytes} bytes.`);
  }
  return mayBeEmpty && bytes.length === 0 ? {} : objectIn(bytes);
}

/** `application/json`, with no charset or with UTF-8, in any case. */
function isJsonType(contentType: string): boolean {
  return /^application\/json[ \t]*(;[ \t]*(charset=("utf-8"|utf-8)[ \t]*)?)?$/i.test(contentType);
}

/** The body, or undefined if it is longer than `limit` bytes: then reading stopped at the limit. */
async function readAtMost(request: Request, limit: number): Promise<Uint8Array | undefined> {
  const declared = request.headers.get('content-length') ?? '';
  if (/^[0-9]+$/.test(declared) && Number(declared) > limit) return undefined;
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await reader?.read().catch(() => {
      throw new ProblemError('incomplete_body', `The body broke off after ${size} bytes.`);
    });
    if (chunk === undefined || chunk.done) return Buffer.concat(chunks, size);
    size += chunk.value.byteLength;
    if (size > limit) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(chunk.value);
  }
}

function objectIn(bytes: Uint8Array): object {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProblemError('invalid_json', 'The body is not UTF-8.');
  }
  if (isNestedDeeper(text, maxDepth))
    throw new ProblemError('invalid_json', `The body is nested deeper than ${maxDepth}.`);
  try {
    value = parseJson(text);
  } catch {
    throw new ProblemError('invalid_json', 'The body is not JSON.');
  }
  if (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonNumber)
  ) {
    return value;
  }
  throw new ProblemError('not_an_object', 'The body must be a JSON object, as in {"amount": "12.34"}.');
}
