import type { IncomingMessage } from 'node:http';

/**
 * Why a request is not the console's own page's, or undefined if it is. Only names of the loopback interface are taken for
 * `Host`, so that no other name can be pointed here; and what changes something must come from the page itself, and as
 * JSON, which no form of another page can send.
 * @param port where the console listens.
 */
export function refusal(
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  port: number,
): string | undefined {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !hosts.includes(host))
    return 'The console answers on the loopback interface only.';
  const isOwn =
    (origin === undefined || origin === `http://${host}`) && (site ?? 'same-origin') !== 'cross-site';
  if (!isOwn) return 'The console answers its own page only.';
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (origin === undefined) return 'A change must come from the page of the console: it has no Origin.';
  if (request.headers['content-type'] !== 'application/json')
    return 'A change is asked for as application/json.';
  return undefined;
}
