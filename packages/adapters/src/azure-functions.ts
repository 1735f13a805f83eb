import type { ReadableStream } from 'node:stream/web';
import { fromPlain } from './api-request.ts';
import { replier, type WebHandler } from './replier.ts';

/** What is read of the `HttpRequest` of `@azure/functions` v4, which is no web `Request`. */
export interface FunctionsRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Iterable<[string, string]>;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** An `HttpResponseInit` of `@azure/functions` v4. */
export interface FunctionsResponse {
  status: number;
  headers: [string, string][];
  body?: Uint8Array;
}

/**
 * The handler of an HTTP function with the route `{*path}`, an anonymous `authLevel`, every method the host
 * has, and an empty `routePrefix` in host.json.
 */
export function azureFunctions(api: WebHandler): (request: FunctionsRequest) => Promise<FunctionsResponse> {
  const reply = replier(api);
  return async ({ method, url, headers, body }) => {
    const { host, pathname, search } = new URL(url);
    const answered = await reply(fromPlain({ method, host, target: pathname + search, headers, body }));
    const bytes = typeof answered.body === 'string' ? Buffer.from(answered.body) : answered.body;
    return {
      status: answered.status,
      headers: [
        ...Object.entries(answered.headers),
        ...(answered.cookies ?? []).map((cookie): [string, string] => ['set-cookie', cookie]),
      ],
      ...(bytes.length > 0 && { body: bytes }),
    };
  };
}
