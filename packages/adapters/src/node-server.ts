import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Reply, replyTo } from './answer.ts';
import { type ApiRequest, fromPlain } from './api-request.ts';
import type { HttpApi } from './http-api.ts';
import { bodyTimeoutMs, maxHeaderSize, maxUrlLength } from './limits.ts';
import { lastWords, malformed, noTunnel, unmetExpectation, withoutHost } from './node-refusals.ts';
import { replier, type WebHandler } from './replier.ts';

/** A listener for `createServer` of `node:http`. */
export function nodeServer(api: WebHandler): (request: IncomingMessage, response: ServerResponse) => void {
  const reply = replier(api);
  return (request, response) => {
    answer(reply, request, response).catch(() => response.destroy());
  };
}

/** How long the head of a request may take, in ms, and how long an idle connection stays: longer than load balancers keep theirs. */
const headTimeoutMs = 10_000;
const idleTimeoutMs = 65_000;

export interface NodeApiServer {
  /** Not listening yet. */
  readonly server: Server;
  /**
   * Goes out of service: answers what is under way, sends newcomers away with 503, and closes. Resolves once the last
   * connection is closed, ten seconds later at most; then the process can end.
   */
  readonly drain: () => Promise<void>;
}

/**
 * A server of the API by itself, with the limits that an open port needs: what is no HTTP, too large or too slow is
 * answered with a problem like everything else.
 *
 * @param options `goodbyeMs`: how long newcomers are still told to go elsewhere before the port closes; 2,000 unless
 * told. Longer than a load balancer's probe interval, nobody meets a closed port.
 */
export function createNodeServer(
  api: HttpApi,
  { goodbyeMs = 2_000 }: { readonly goodbyeMs?: number } = {},
): NodeApiServer {
  let isDraining = false;
  const listener = nodeServer(api);
  /** What each connection was asked last. */
  const lastOf = new WeakMap<Duplex, Exchange>();
  const listenerUnless =
    (refusal: (request: IncomingMessage) => Answer | undefined) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      lastOf.set(request.socket, { request, response, isLast: false });
      if (isDraining) response.setHeader('connection', 'close');
      const refused = refusal(request);
      if (refused) send(response, replyTo(refused, {}, request.method === 'HEAD'));
      else listener(request, response);
    };
  const server = createServer(
    {
      headersTimeout: headTimeoutMs,
      requestTimeout: headTimeoutMs + 2 * bodyTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
      // Each percent-encoded character takes three; what is longer than the API's own limits gets the API's answer.
      maxHeaderSize: 3 * maxUrlLength + 2 * maxHeaderSize,
      // Node would refuse with an empty answer.
      requireHostHeader: false,
    },
    listenerUnless(withoutHost),
  );
  server.on('checkExpectation', listenerUnless(unmetExpectation));
  server.on('connect', (_, socket) => refuseTunnel(socket, lastOf.get(socket)));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerMalformed(error, socket, lastOf.get(socket));
  });
  return {
    server,
    drain: async () => {
      isDraining = true;
      await Promise.all([api.drain(), sleep(goodbyeMs)]);
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      // A closed server has no watch over slow heads any more: who is silent would hold the process for ever.
      const late = setTimeout(() => server.closeAllConnections(), headTimeoutMs);
      await closed;
      clearTimeout(late);
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Nothing that came after it is a request of ours. */
  isLast: boolean;
}

async function answer(
  reply: (request: ApiRequest) => Promise<Reply>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const replied = await reply(
    fromPlain({
      method: request.method ?? '',
      host: request.headers.host ?? '',
      target: request.url ?? '/',
      headers: headersOf(request.rawHeaders),
      body: bodyOf(request),
    }),
  );
  send(response, replied);
}

function send(response: ServerResponse, { status, headers, cookies, body }: Reply): void {
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  if (cookies) response.setHeader('set-cookie', cookies);
  response.end(body);
}

/** Of the raw headers: the parsed ones drop some of those that came twice. */
function* headersOf(raw: readonly string[]): Generator<[string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at] ?? '', raw[at + 1] ?? ''];
}

/**
 * The body, read only as it is asked for. What nobody asks for is thrown away as it comes in: cutting the
 * connection would take the answer from a client that is still sending.
 */
function bodyOf(request: IncomingMessage): ReadableStream<Uint8Array> | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if ((length === undefined || length === '0') && encoding === undefined) return null;
  const chunks = request.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = await chunks.next();
        if (chunk.done) controller.close();
        else controller.enqueue(chunk.value);
      },
      cancel: async () => {
        await chunks.return?.();
        request.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

/** What the server could not read as a request is told so in the API's own way, and its connection is closed. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex, before: Exchange | undefined): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else afterwards(before, () => socket.end(lastWords(malformed(error.code))));
}

/** The connection is nobody's by now: whatever befalls it is no error of the process, and nothing else would end it. */
function refuseTunnel(socket: Duplex, before: Exchange | undefined): void {
  socket.on('error', () => socket.destroy());
  afterwards(before, () => socket.end(lastWords(noTunnel()), () => socket.destroy()));
}

/** A request that was read before gets its own answer first: its client would take the refusal for that. */
function afterwards(before: Exchange | undefined, refuse: () => void): void {
  if (!before?.request.complete || before.response.writableFinished) refuse();
  // Each further piece that cannot be read comes here as well.
  else if (!before.isLast) before.response.once('close', refuse);
  if (before) before.isLast = true;
}
