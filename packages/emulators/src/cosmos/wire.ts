import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, errorBody } from './answer.ts';
import type { CosmosFault, CosmosOperationKind, CosmosRequestRecord } from './fault.ts';
import { type CosmosRequest, segmentsOf } from './request.ts';

/** How one request is to be answered. `fault` and `answer` may throw; nothing is written before `answer` is called. */
export interface Reply {
  readonly kind: CosmosOperationKind;
  readonly fault: () => CosmosFault | undefined;
  readonly answer: () => Answer;
}

export interface WireOptions {
  readonly port: number;
  readonly now: () => number;
  readonly reply: (request: CosmosRequest) => Reply;
  readonly refuse: (error: unknown) => Answer;
  readonly record: (record: CosmosRequestRecord) => void;
}

/** A listening socket that can be cut off and brought back. */
export interface Wire {
  readonly port: number;
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
}

/** Listens on loopback and answers each request. @throws where the port is taken. */
export async function listenForRequests(options: WireOptions): Promise<Wire> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  const listen = async (port: number): Promise<number> => {
    const listening = createServer((request, response) => void handle(options, request, response));
    // The service keeps idle connections for minutes; closing them sooner would race with the SDK's pool.
    listening.keepAliveTimeout = 120_000;
    listening.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    listening.listen(port, '127.0.0.1');
    await once(listening, 'listening');
    server = listening;
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has an address');
    return address.port;
  };

  const port = await listen(options.port);
  return {
    port,
    cut: async () => {
      const listening = server;
      if (listening === undefined) return;
      server = undefined;
      listening.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await once(listening, 'close');
    },
    restore: async () => {
      if (server === undefined) await listen(port);
    },
  };
}

async function handle(
  options: WireOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(incoming);
  if (body === undefined) return;
  let kind: CosmosOperationKind = 'metadata';
  const record = (status: number, responseBytes: number): void =>
    options.record({ kind, status, requestBytes: body.length, responseBytes });
  const reset = (): void => {
    incoming.socket.resetAndDestroy();
    record(0, 0);
  };
  let answer: Answer;
  try {
    const { method = 'GET', headers, url = '/' } = incoming;
    const reply = options.reply({ method, headers, segments: segmentsOf(url), body: body.toString() });
    kind = reply.kind;
    const fault = reply.fault();
    if (fault?.kind === 'resetBefore') return reset();
    if (fault?.kind === 'delay') await sleep(fault.ms);
    // Cut off while it waited: it never took effect.
    if (incoming.socket.destroyed) return record(0, 0);
    answer = instead(fault) ?? reply.answer();
    if (fault?.kind === 'resetAfter') return reset();
  } catch (error) {
    answer = options.refuse(error);
  }
  record(answer.status, send(response, answer, options.now()));
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function instead(fault: CosmosFault | undefined): Answer | undefined {
  if (fault?.kind === 'throttle') {
    const body = errorBody(429, 'The request rate is too large. Please retry after some time.');
    return {
      status: 429,
      substatus: 3200,
      headers: { 'x-ms-retry-after-ms': String(fault.retryAfterMs) },
      body,
      charge: 0,
    };
  }
  if (fault?.kind !== 'answer') return undefined;
  const body =
    fault.body === undefined ? errorBody(fault.status, 'An injected fault.') : JSON.stringify(fault.body);
  return {
    status: fault.status,
    body,
    charge: 0,
    ...(fault.substatus === undefined ? {} : { substatus: fault.substatus }),
  };
}

function send(response: ServerResponse, answer: Answer, now: number): number {
  const body = answer.body ?? '';
  const bytes = Buffer.byteLength(body);
  response.writeHead(answer.status, {
    date: new Date(now).toUTCString(),
    'content-type': 'application/json',
    ...(answer.status === 204 || answer.status === 304 ? {} : { 'content-length': bytes }),
    'x-ms-version': '2020-07-15',
    'x-ms-activity-id': randomUUID(),
    'x-ms-request-charge': String(answer.charge ?? 1),
    'x-ms-session-token': answer.session ?? '0:-1#0',
    ...(answer.substatus === undefined ? {} : { 'x-ms-substatus': String(answer.substatus) }),
    ...answer.headers,
  });
  response.end(body);
  return bytes;
}
