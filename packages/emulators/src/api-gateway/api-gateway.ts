import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { lambdaContext } from '../lambda-poller/lambda-context.ts';
import { readBody, startLoopbackServer } from '../loopback-server.ts';
import { type ApiKind, HTTP_API, REST_API } from './kind.ts';
import { toPayloadV1 } from './payload-v1.ts';
import { toPayloadV2 } from './payload-v2.ts';
import { type ApiIdentity, headerValue, LOCAL_IDENTITY, type RequestParts } from './request-parts.ts';
import { fromResultV1, fromResultV2, type HttpAnswer } from './result.ts';

/** "Payload size: 10 MB", a quota of REST and of HTTP APIs alike. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export type ApiGatewayFault =
  /** An answer of the gateway's own, for example 429; the function is not invoked. */
  | { readonly kind: 'answer'; readonly status: number; readonly body?: string }
  /** The socket is destroyed and the function is not invoked. */
  | { readonly kind: 'resetBefore' }
  /** The function is invoked and its answer is lost with the socket. */
  | { readonly kind: 'resetAfter' }
  /** The function is invoked that much later. */
  | { readonly kind: 'delay'; readonly ms: number };

export type ApiGatewayFaultHook = (request: {
  readonly method: string;
  readonly path: string;
}) => ApiGatewayFault | undefined;

/** One request that was answered. `status` is 0 where a fault reset the socket instead. */
export interface ApiGatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

interface CommonOptions {
  /** Port on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** `$default` for an HTTP API and `prod` for a REST API, unless named. */
  readonly stage?: string;
  /** Whether paths begin with the stage, as on the default endpoint; not by default, as on a custom domain. */
  readonly stageInPath?: boolean;
  /** Integration time-out in milliseconds: 30,000 (no more is possible) for HTTP APIs, 29,000 for REST APIs. */
  readonly timeoutMs?: number;
  readonly functionName?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly fault?: ApiGatewayFaultHook | undefined;
  readonly onRequest?: ((request: ApiGatewayRequest) => void) | undefined;
}

/** An HTTP API that sends payload 2.0. What the handler returns is judged as the service judges it. */
export interface HttpApiOptions extends CommonOptions {
  readonly payload: '2.0';
  readonly handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;
}

/** A REST API with Lambda proxy integration, which sends payload 1.0. */
export interface RestApiOptions extends CommonOptions {
  readonly payload: '1.0';
  readonly handler: (event: APIGatewayProxyEvent, context: Context) => Promise<unknown>;
  /** Media types of bodies that travel as base64; none by default, as in the service. */
  readonly binaryMediaTypes?: readonly string[];
}

export type ApiGatewayOptions = HttpApiOptions | RestApiOptions;

export interface ApiGatewayEmulator {
  /** The base of all paths, with the stage if paths begin with it; no slash at its end. */
  readonly url: string;
  readonly port: number;
  /** May be replaced at any time. Called once for each request, before anything is done. */
  fault: ApiGatewayFaultHook | undefined;
  /** May be replaced at any time. */
  onRequest: ((request: ApiGatewayRequest) => void) | undefined;
  /** A hard outage: no one listens, open sockets are destroyed. Handlers in flight run on, their answers are lost. */
  cut(): Promise<void>;
  /** Ends the outage, on the same port. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the http front door of a Lambda function on 127.0.0.1. */
export async function startApiGateway(options: ApiGatewayOptions): Promise<ApiGatewayEmulator> {
  const kind = options.payload === '2.0' ? HTTP_API : REST_API;
  const timeoutMs = options.timeoutMs ?? kind.defaultTimeoutMs;
  if (timeoutMs > kind.maxTimeoutMs) {
    throw new RangeError(
      `timeoutMs is ${timeoutMs}, but this kind of API waits ${kind.maxTimeoutMs} ms at most.`,
    );
  }
  const now = options.now ?? Date.now;
  const stage = options.stage ?? (options.payload === '2.0' ? '$default' : 'prod');
  const stageInPath = options.stageInPath === true && stage !== '$default';

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) return;
    const parts = toParts(request, body === 'too large' ? Buffer.alloc(0) : body);
    const identity = { ...LOCAL_IDENTITY, stage, stageInPath, requestId: randomUUID(), timeEpoch: now() };
    const { method, path } = parts;
    const finish = (answer: HttpAnswer | 'reset'): void => {
      const sent = answer === 'reset' ? undefined : send(response, answer, kind, identity);
      if (answer === 'reset') request.socket.destroy();
      emulator.onRequest?.({
        ...{ method, path, requestBytes: body.length },
        ...{ status: sent?.status ?? 0, responseBytes: sent?.body.byteLength ?? 0 },
      });
    };
    if (body === 'too large') return finish(kind.tooLarge);
    const fault = emulator.fault?.({ method, path });
    if (fault?.kind === 'resetBefore') return finish('reset');
    if (fault?.kind === 'answer') return finish(injected(fault.status, fault.body));
    if (stageInPath && !`${path}/`.startsWith(`/${stage}/`)) return finish(kind.noSuchStage);
    if (fault?.kind === 'delay') await delay(fault.ms);
    const answer = await invoke(options, kind, timeoutMs, parts, identity);
    finish(fault?.kind === 'resetAfter' ? 'reset' : answer);
  };

  const server = await startLoopbackServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(asError(error)));
  }, options.port ?? 0);
  const emulator: ApiGatewayEmulator = {
    url: stageInPath ? `${server.url}/${stage}` : server.url,
    port: server.port,
    fault: options.fault,
    onRequest: options.onRequest,
    cut: server.cut,
    restore: server.restore,
    stop: server.stop,
  };
  return emulator;
}

async function invoke(
  options: ApiGatewayOptions,
  kind: ApiKind,
  timeoutMs: number,
  parts: RequestParts,
  identity: ApiIdentity,
): Promise<HttpAnswer> {
  const now = options.now ?? Date.now;
  const context = lambdaContext({ functionName: options.functionName ?? 'api-function', timeoutMs, now });
  const { promise: timedOut, resolve: timeOut } = Promise.withResolvers<HttpAnswer>();
  const timer = setTimeout(() => timeOut(kind.timedOut), timeoutMs);
  try {
    return await Promise.race([run(options, parts, identity, context).catch(() => undefined), timedOut]).then(
      (answer) => answer ?? kind.failed,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function run(
  options: ApiGatewayOptions,
  parts: RequestParts,
  identity: ApiIdentity,
  context: Context,
): Promise<HttpAnswer | undefined> {
  if (options.payload === '2.0') {
    return fromResultV2(throughJson(await options.handler(toPayloadV2(parts, identity), context)));
  }
  const binaryMediaTypes = options.binaryMediaTypes ?? [];
  const result = await options.handler(toPayloadV1(parts, { ...identity, binaryMediaTypes }), context);
  return fromResultV1(throughJson(result), headerValue(parts, 'accept'), binaryMediaTypes);
}

/** A function's result leaves it as JSON: what JSON cannot say never reaches the gateway. */
function throughJson(result: unknown): unknown {
  return JSON.parse(JSON.stringify(result) ?? 'null');
}

function toParts(request: IncomingMessage, body: Buffer): RequestParts {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const headers = request.rawHeaders.flatMap((name, n, raw) =>
    n % 2 === 0 ? [[name, raw[n + 1] ?? ''] as const] : [],
  );
  return {
    method: request.method ?? 'GET',
    path,
    query: query.join('?'),
    headers,
    body,
    sourceIp: '127.0.0.1',
  };
}

/** Writes the answer, or the gateway's error where its headers cannot be written; returns what was sent. */
function send(
  response: ServerResponse,
  answer: HttpAnswer,
  kind: ApiKind,
  identity: ApiIdentity,
): HttpAnswer {
  try {
    for (const [name, value] of answer.headers) response.appendHeader(name, value);
  } catch {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    return send(response, kind.failed, kind, identity);
  }
  const body = answer.status === 204 || answer.status === 304 ? Buffer.alloc(0) : answer.body;
  response.setHeader('Date', new Date(identity.timeEpoch).toUTCString());
  response.setHeader(kind.requestIdHeader, identity.requestId);
  if (answer.status !== 204 && answer.status !== 304) response.setHeader('Content-Length', body.byteLength);
  response.statusCode = answer.status;
  response.end(body);
  return { ...answer, body };
}

function injected(status: number, body = '{"message":"Too Many Requests"}'): HttpAnswer {
  return { status, headers: [['content-type', 'application/json']], body: Buffer.from(body) };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
