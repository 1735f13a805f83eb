import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { readBody, startLoopbackServer } from '../loopback-server.ts';

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** One request on its way, as a fault hook sees it. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type ProxyFault =
  /** An answer of the proxy's own; the request goes no further. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The connection is broken, and the request goes no further. */
  | { readonly kind: 'resetBefore' }
  /** The request is carried out, and the connection broken instead of an answer. */
  | { readonly kind: 'resetAfter' }
  /** Nothing is answered, ever, and the request goes no further: the client's time-out has to end it. */
  | { readonly kind: 'hangBefore' }
  /** The request is carried out, and nothing answered, ever. */
  | { readonly kind: 'hangAfter' };

export interface FaultProxy {
  readonly url: string;
  readonly port: number;
  /** Asked about every request, before it goes on; may be replaced at any time. */
  fault: ((request: ProxiedRequest) => ProxyFault | undefined) | undefined;
  /** By how much the `Date` of answers is moved, in milliseconds. */
  dateAheadMs: number;
  /** Nobody answers, and open connections are broken, until `restore`. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  stop(): Promise<void>;
}

interface Arrived {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Stands between a service's own SDK and a service, an emulator or a stand-in, and shows faults that the other end
 * cannot be told to have. A request's `Host` goes on as it came, unless it names the proxy: so a client may sign for
 * the real host and still connect here.
 *
 * @param target where requests go on to: `https://dynamodb.us-east-1.amazonaws.com`, `http://127.0.0.1:8000`.
 */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { protocol, hostname, port, host } = new URL(target);
  const isSecure = protocol === 'https:';
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });

  function passOn({ method, path, headers, body }: ProxiedRequest): Promise<Arrived> {
    const ownHost = headers.host === `127.0.0.1:${server.port}`;
    const options = {
      agent,
      hostname,
      port,
      method,
      path,
      headers: { ...headers, ...(ownHost && { host }) },
    };
    return new Promise((resolve, reject) => {
      const outgoing = (isSecure ? httpsRequest : httpRequest)(options, (incoming) => {
        readAll(incoming).then(
          (answer) =>
            resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: answer }),
          reject,
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  function dated(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    const told = Date.parse(headers.date ?? '');
    const time = Number.isNaN(told) ? Date.now() : told;
    return { ...headers, date: new Date(time + proxy.dateAheadMs).toUTCString() };
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming, MAX_REQUEST_BYTES);
    if (body === undefined || body === 'too large') return void incoming.socket.destroy();
    const { method = 'GET', url: path = '/', headers } = incoming;
    const request = { method, path, headers, body };
    const fault = proxy.fault?.(request);
    if (fault?.kind === 'hangBefore') return;
    if (fault?.kind === 'resetBefore') return void incoming.socket.destroy();
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, {
        'content-length': Buffer.byteLength(fault.body),
        ...dated(fault.headers ?? {}),
      });
      return void response.end(fault.body);
    }
    const answer = await passOn(request);
    if (fault?.kind === 'hangAfter') return;
    if (fault?.kind === 'resetAfter') return void incoming.socket.destroy();
    const { 'transfer-encoding': _, ...rest } = dated(answer.headers);
    response.writeHead(answer.status, { ...rest, 'content-length': answer.body.length });
    response.end(answer.body);
  }

  const server = await startLoopbackServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  const proxy: FaultProxy = {
    url: server.url,
    port: server.port,
    fault: undefined,
    dateAheadMs: 0,
    cut: server.cut,
    restore: server.restore,
    stop: async () => {
      await server.stop();
      agent.destroy();
    },
  };
  return proxy;
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}
