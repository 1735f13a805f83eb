import type { ReadableStream } from 'node:stream/web';

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

/**
 * The web request. `Request` refuses some of what a client can send, and each of these still has to end in the
 * API's own answer:
 * - CONNECT, TRACE and TRACK: no route has them, so another method that no route has stands for them;
 * - a body with GET or HEAD: it is left out, as the Functions host does;
 * - a host that is none, an absolute target, or `*`: only the path and the query count;
 * - a header value with characters above a byte: they become ÿ, which no header of the API accepts.
 */
export function webRequest({ method, host, target, headers, body }: PlainRequest): Request {
  const known = /^(?!(?:connect|trace|track)$)[!#$%&'*+\-.^_`|~\w]+$/i.test(method) ? method : 'UNKNOWN';
  const sent = new Headers();
  for (const [name, value] of headers) sent.append(name, value.replace(/[^\t -~\u0080-\u00ff]/gu, '\u00ff'));
  return new Request(urlOf(host, target), {
    method: known,
    headers: sent,
    body: /^(?:get|head)$/i.test(known) ? null : body,
    duplex: 'half',
  });
}

function urlOf(host: string, target: string): URL {
  const origin = /^[\w.:[\]-]+$/.test(host) && URL.canParse(`http://${host}`) ? `http://${host}` : noOrigin;
  if (target.startsWith('/')) return new URL(origin + target);
  const absolute = URL.parse(target);
  return new URL(absolute ? origin + absolute.pathname + absolute.search : `${origin}/${target}`);
}

const noOrigin = 'http://localhost';
