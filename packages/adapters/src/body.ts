import { isUtf8 } from 'node:buffer';
import { isNestedDeeper, JsonNumber, parseJson } from '@twinlog/core';
import type { ApiRequest } from './api-request.ts';
import { bodyTimeoutMs, maxBodyBytes, maxDepth, within } from './limits.ts';
import { ProblemError } from './problem.ts';

/**
 * The JSON object in a request's body, its numbers as `JsonNumber`.
 *
 * @param mayBeEmpty whether no body at all, of whatever content type, is the empty object.
 * @throws ProblemError 415 for another content type than JSON in UTF-8 or a compressed body, 413 above 64 KiB, 408
 * for one that does not come in, 400 for what is not UTF-8, not JSON or not an object. In this order: a later fault
 * is only looked for without an earlier one.
 */
export async function readObject(request: ApiRequest, mayBeEmpty = false): Promise<object> {
  const isJson = isJsonType(request.headers.get('content-type') ?? '');
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (!/^(?:identity)?$/i.test(encoding))
    throw new ProblemError('unsupported_media_type', 'The body must not be compressed.');
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
  return (
    contentType === 'application/json' ||
    /^application\/json[ \t]*(;[ \t]*(charset=("utf-8"|utf-8)[ \t]*)?)?$/i.test(contentType)
  );
}

/** The body, or undefined if it is longer than `limit` bytes: then reading stopped at the limit. */
async function readAtMost({ headers, body }: ApiRequest, limit: number): Promise<Uint8Array | undefined> {
  if (body instanceof Uint8Array) return body.length > limit ? undefined : body;
  const declared = headers.get('content-length') ?? '';
  if (/^[0-9]+$/.test(declared) && Number(declared) > limit) return undefined;
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const read = async () => {
    for (;;) {
      const chunk = await reader.read().catch(() => {
        throw new ProblemError('incomplete_body', `The body broke off after ${size} bytes.`);
      });
      if (chunk.done) return Buffer.concat(chunks, size);
      size += chunk.value.byteLength;
      if (size > limit) {
        await reader.cancel();
        return undefined;
      }
      chunks.push(chunk.value);
    }
  };
  return within(bodyTimeoutMs, read(), () => {
    reader.cancel().catch(() => {});
    const detail = `The body did not come in within ${bodyTimeoutMs / 1_000} seconds.`;
    return new ProblemError('body_timeout', detail);
  });
}

function objectIn(bytes: Uint8Array): object {
  if (!isUtf8(bytes)) throw new ProblemError('invalid_json', 'The body is not UTF-8.');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (isNestedDeeper(text, maxDepth))
    throw new ProblemError('invalid_json', `The body is nested deeper than ${maxDepth}.`);
  let value: unknown;
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
