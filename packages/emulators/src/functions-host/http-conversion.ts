import { type Cookie, HttpRequest, HttpResponse, type HttpResponseInit } from '@azure/functions';

/** An HTTP request as it is on the wire. */
export interface HttpRequestParts {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** In the order of the wire; a name may come more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  /** From the route. */
  readonly params?: Readonly<Record<string, string>>;
}

/** An HTTP response as it goes on the wire. */
export interface HttpResponseParts {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Several values of one name become one, with a comma, as in the host's message to its worker. */
function joined(pairs: Iterable<readonly [name: string, value: string]>): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

/**
 * What a handler gets. Like in the host, repeated headers and repeated query parameters arrive as one value
 * joined with commas; `request.url` alone still tells them apart. GET and HEAD have no body.
 */
export function toHttpRequest(parts: HttpRequestParts): HttpRequest {
  const bodiless = parts.method === 'GET' || parts.method === 'HEAD';
  const hasBody = !bodiless && parts.body !== undefined && parts.body.length > 0;
  return new HttpRequest({
    method: parts.method,
    url: parts.url,
    headers: joined(parts.headers.map(([name, value]) => [name.toLowerCase(), value])),
    query: joined(new URL(parts.url).searchParams),
    params: { ...parts.params },
    ...(hasBody ? { body: { bytes: parts.body } } : {}),
  });
}

/**
 * What goes on the wire for a handler's answer: nothing at all is 204; of several `set-cookie` headers the
 * last survives, so cookies belong into `cookies`; a stream is read to its end first.
 * @throws Error for an answer that the host turns into a 500
 */
export async function toParts(
  answer: HttpResponseInit | HttpResponse | null | undefined,
): Promise<HttpResponseParts> {
  if (answer === null || answer === undefined) return { status: 204, headers: [], body: Buffer.alloc(0) };
  if (typeof answer !== 'object') {
    throw new TypeError(`A handler returns an object with status, headers and body, not a ${typeof answer}.`);
  }
  const response = answer instanceof HttpResponse ? answer : new HttpResponse(answer);
  const headers = new Map(response.headers);
  const cookies = response.cookies.map((cookie): [string, string] => ['set-cookie', cookieLine(cookie)]);
  const own = headers.get('set-cookie');
  headers.delete('set-cookie');
  const lines: (readonly [string, string])[] = [...headers, ...cookies];
  if (own !== undefined) lines.push(['set-cookie', own]);
  return { status: response.status, headers: lines, body: Buffer.from(await response.arrayBuffer()) };
}

/** A cookie as ASP.NET Core writes it. */
function cookieLine(cookie: Cookie): string {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value)}`];
  if (cookie.expires !== undefined) parts.push(`expires=${new Date(cookie.expires).toUTCString()}`);
  if (cookie.maxAge !== undefined) parts.push(`max-age=${Math.trunc(cookie.maxAge)}`);
  if (cookie.domain !== undefined) parts.push(`domain=${cookie.domain}`);
  parts.push(`path=${cookie.path ?? '/'}`);
  if (cookie.secure === true) parts.push('secure');
  if (cookie.sameSite !== undefined) parts.push(`samesite=${cookie.sameSite.toLowerCase()}`);
  if (cookie.httpOnly === true) parts.push('httponly');
  return parts.join('; ');
}
