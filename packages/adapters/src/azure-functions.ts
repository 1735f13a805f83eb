import type { ReadableStream } from 'node:stream/web';
import type { HttpApi } from './http-api.ts';
import { webRequest } from './web-request.ts';

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
export function azureFunctions(api: HttpApi): (request: FunctionsRequest) => Promise<FunctionsResponse> {
  return async ({ method, url, headers, body }) => {
    const { host, pathname, search } = new URL(url);
    const response = await api(webRequest({ method, host, target: pathname + search, headers, body }));
    const bytes = new Uint8Array(await response.arrayBuffer());
    return {
      status: response.status,
      headers: [...response.headers],
      ...(bytes.length > 0 && { body: bytes }),
    };
  };
}
