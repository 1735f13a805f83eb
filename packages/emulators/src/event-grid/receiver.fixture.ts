import type { IncomingHttpHeaders } from 'node:http';
import { readBody, startLoopbackServer } from '../loopback-server.ts';
import type { CloudEventJson } from './cloud-event.ts';

/** One delivery as a webhook saw it. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly events: readonly CloudEventJson[];
  readonly isArray: boolean;
}

/** A webhook for tests. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  readonly handshakes: IncomingHttpHeaders[];
  /** The status of the next answers, taken one by one, then 200 again; a promise keeps the client waiting. */
  readonly answers: (number | Promise<number>)[];
  readonly stop: () => Promise<void>;
}

/** @param allow what OPTIONS answers: a status, and the value of WebHook-Allowed-Origin if any */
export async function startReceiver(
  allow: { readonly status: number; readonly origin?: string } = { status: 200, origin: '*' },
): Promise<Receiver> {
  const received: Received[] = [];
  const handshakes: IncomingHttpHeaders[] = [];
  const answers: (number | Promise<number>)[] = [];
  const server = await startLoopbackServer(async (request, response) => {
    const body = await readBody(request, 16 * 1024 * 1024);
    if (request.method === 'OPTIONS') {
      handshakes.push(request.headers);
      const origin = allow.origin === undefined ? {} : { 'webhook-allowed-origin': allow.origin };
      response.writeHead(allow.status, origin).end();
      return;
    }
    const parsed: unknown = JSON.parse(body?.toString('utf8') ?? 'null');
    const isArray = Array.isArray(parsed);
    received.push({ headers: request.headers, events: isArray ? parsed : [parsed], isArray });
    const status = await (answers.shift() ?? 200);
    if (!response.destroyed) response.writeHead(status).end();
  });
  return { url: `${server.url}/replication`, received, handshakes, answers, stop: server.cut };
}
