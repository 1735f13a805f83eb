import type { ReadableStream } from 'node:stream/web';

/** What a request's headers are asked for: a name in lower case, and null where it was not sent. */
export interface RequestHeaders {
  readonly get: (name: string) => string | null;
}

/** A request as the API reads it, whichever shell it came through. */
export interface ApiRequest {
  readonly method: string;
  /** Percent-encoded, as a URL has it: without dot segments. */
  readonly path: string;
  /** Percent-encoded, without the question mark. */
  readonly query: string;
  readonly headers: RequestHeaders;
  /** Characters of all header names and values together. */
  readonly headerSize: number;
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** The same as a web request, for whoever needs one. To be made once, and before the body is read. */
  readonly toWeb: () => Request;
}

/** A request as a shell finds it. */
export interface PlainRequest {
  readonly method: string;
  /** Host and port, as the client named them. */
  readonly host: string;
  /** The path, percent-encoded, and the query: `/transactions?limit=1`. */
  readonly target: string;
  /** A header that came more than once is there more than once. */
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

/** A web request as the API reads it. */
export function fromWeb(request: Request): ApiRequest {
  const { pathname, search } = new URL(request.url);
  let headerSize = 0;
  for (const [name, value] of request.headers) headerSize += name.length + value.length;
  return {
    method: request.method,
    path: pathname,
    query: search.slice(1),
    headers: request.headers,
    headerSize,
    body: request.body,
    toWeb: () => request,
  };
}

/**
 * What a shell found, as the API reads it: read exactly as a web request would be, without the cost of making one.
 * `Request` refuses some of what a client can send, and each of these still has to end in the API's own answer:
 * - CONNECT, TRACE and TRACK: no route has them, so another method that no route has stands for them;
 * - a body with GET or HEAD: it is left out, as the Functions host does;
 * - a host that is none, an absolute target, or `*`: only the path and the query count;
 * - a header value with characters above a byte: they become ÿ, which no header of the API accepts.
 */
export function fromPlain(plain: PlainRequest): ApiRequest {
  const method = methodOf(plain.method);
  const [path, query] = pathAndQuery(plain.target);
  const sent = new Map<string, string>();
  let headerSize = 0;
  for (const [name, value] of plain.headers) {
    headerSize += name.length + value.length;
    const key = name.toLowerCase();
    const clean = cleanValue(value);
    const before = sent.get(key);
    sent.set(key, before === undefined ? clean : `${before}${key === 'cookie' ? '; ' : ', '}${clean}`);
  }
  const body = method === 'GET' || method === 'HEAD' ? null : plain.body;
  return {
    method,
    path,
    query,
    headers: { get: (name) => sent.get(name) ?? null },
    headerSize,
    body,
    toWeb: () =>
      new Request(`${originOf(plain.host)}${path}${query === '' ? '' : `?${query}`}`, {
        method,
        headers: [...sent],
        body: body instanceof Uint8Array ? Buffer.from(body) : body,
        duplex: 'half',
      }),
  };
}

/** The methods that `Request` writes in upper case, whatever they were sent in. */
const normalised = /^(?:delete|get|head|options|post|put)$/i;

function methodOf(method: string): string {
  if (method === 'POST' || method === 'GET') return method;
  if (normalised.test(method)) return method.toUpperCase();
  return /^(?!(?:connect|trace|track)$)[!#$%&'*+\-.^_`|~\w]+$/i.test(method) ? method : 'UNKNOWN';
}

/** As `Headers` keeps a value, with what it would refuse made harmless. */
function cleanValue(value: string): string {
  const isPlain = /^[!-~](?:[ -~]*[!-~])?$/.test(value);
  if (isPlain) return value;
  const cleaned = value.replace(/[^\t -~\u0080-\u00ff]/gu, '\u00ff');
  let [from, to] = [0, cleaned.length];
  // By hand: of a value with many tabs in it an expression would look at each run of them from each of its places.
  while (from < to && isBlank(cleaned, from)) from += 1;
  while (from < to && isBlank(cleaned, to - 1)) to -= 1;
  return cleaned.slice(from, to);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

/** A path that a URL would have as it is: no dot segment, nothing to encode, no second slash at its start. */
const plainPath = /^\/(?!\/)(?:[\w~!$&'()*+,;=:@/-]|%[2-9A-Fa-f][\dA-Fa-f])*$/;

function pathAndQuery(target: string): [path: string, query: string] {
  if (plainPath.test(target) && !/%2e/i.test(target)) return [target, ''];
  const { pathname, search } = urlOf(target);
  return [pathname, search.slice(1)];
}

function urlOf(target: string): URL {
  if (target.startsWith('/')) return new URL(noOrigin + target);
  const absolute = URL.parse(target);
  return new URL(absolute ? noOrigin + absolute.pathname + absolute.search : `${noOrigin}/${target}`);
}

function originOf(host: string): string {
  return /^[\w.:[\]-]+$/.test(host) && URL.canParse(`http://${host}`) ? `http://${host}` : noOrigin;
}

const noOrigin = 'http://localhost';
