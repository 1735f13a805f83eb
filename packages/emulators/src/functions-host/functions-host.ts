import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpHandler, type HttpMethod, InvocationContext, type LogHandler } from '@azure/functions';
import { type Clock, realClock } from '../clock/index.ts';
import { readBody, startLoopbackServer } from '../loopback-server.ts';
import { type HttpResponseParts, toHttpRequest, toParts } from './http-conversion.ts';
import { compileRoute, type Route } from './route.ts';

/** An HTTP-triggered function, as `app.http` takes it. */
export interface HttpFunction {
  readonly name: string;
  /** GET and POST by default. */
  readonly methods?: readonly HttpMethod[];
  /** The name, unless given. */
  readonly route?: string;
  readonly authLevel?: 'anonymous';
  readonly handler: HttpHandler;
}

/** What to do to one request. */
export type HostFault =
  /** The connection breaks before the function runs. */
  | { readonly kind: 'resetBefore' }
  /** The connection breaks after the function has run: its answer is lost. */
  | { readonly kind: 'resetAfter' }
  /** The function runs only after so many milliseconds of the host's clock. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** This answer, without running the function. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

/** How the host is started. */
export interface FunctionsHostOptions {
  /** 0, the default, for any free one. */
  readonly port?: number;
  readonly functions: readonly HttpFunction[];
  /** `api` by default, as in host.json; may be empty. */
  readonly routePrefix?: string;
  /** 230 s by default: what Azure's front end waits before it answers 502 ("HTTP trigger": Limits). */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  /** Where `context.log` and uncaught errors go; nowhere by default. */
  readonly log?: LogHandler;
}

/** A Functions app on one loopback port. */
export interface FunctionsHost {
  readonly url: string;
  /** Handlers that have not finished, including those whose client is gone. */
  readonly inFlight: () => number;
  /** A hard outage: the port closes and every connection breaks; handlers run on, their answers are lost. */
  readonly cut: () => Promise<void>;
  /** Ends the outage, on the same port. */
  readonly restore: () => Promise<void>;
  readonly stop: () => Promise<void>;
  fault: ((request: { readonly method: string; readonly url: string }) => HostFault | undefined) | undefined;
}

/** The longest request body: 100 MB ("HTTP trigger": Limits). */
export const MAX_BODY_BYTES: number = 100 * 1024 * 1024;

const empty = (status: number): HttpResponseParts => ({ status, headers: [], body: Buffer.alloc(0) });

interface Routed {
  readonly fn: HttpFunction;
  readonly methods: readonly HttpMethod[];
  readonly route: Route;
}

/** Runs HTTP-triggered functions as the Functions host does: real HTTP in, the SDK's own types within. */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { routePrefix = 'api', timeoutMs = 230_000 } = options;
  const clock = options.clock ?? realClock;
  const log: LogHandler = options.log ?? (() => {});
  const routed: readonly Routed[] = options.functions
    .map((fn) => ({
      fn,
      methods: fn.methods ?? (['GET', 'POST'] as const),
      route: compileRoute([routePrefix, fn.route ?? fn.name].filter((part) => part !== '').join('/')),
    }))
    .toSorted((a, b) => (a.route.precedence < b.route.precedence ? -1 : 1));
  let inFlight = 0;

  /** A wrong method fits no route, so it is a 404 like a wrong path. */
  const find = (
    method: string,
    url: URL,
  ): { routed: Routed; params: Readonly<Record<string, string>> } | undefined => {
    const path = url.pathname.replace(/^\//, '').replace(/\/$/, '');
    for (const candidate of routed) {
      if (!candidate.methods.some((allowed) => allowed === method)) continue;
      const params = candidate.route.match(path);
      if (params !== undefined) return { routed: candidate, params };
    }
    return undefined;
  };

  const invoke = async (
    { fn, methods }: Routed,
    request: ReturnType<typeof toHttpRequest>,
  ): Promise<HttpResponseParts> => {
    const traceParent = request.headers.get('traceparent');
    const traceState = request.headers.get('tracestate');
    const context = new InvocationContext({
      invocationId: randomUUID(),
      functionName: fn.name,
      logHandler: log,
      options: {
        trigger: {
          type: 'httpTrigger',
          name: 'httpTrigger',
          direction: 'in',
          authLevel: fn.authLevel ?? 'anonymous',
          methods: [...methods],
          route: fn.route ?? fn.name,
        },
      },
      ...(traceParent === null
        ? {}
        : { traceContext: { traceParent, ...(traceState === null ? {} : { traceState }) } }),
    });
    inFlight += 1;
    try {
      return await toParts(await fn.handler(request, context));
    } catch (error) {
      log('error', `The function ${fn.name} failed.`, error);
      return empty(500);
    } finally {
      inFlight -= 1;
    }
  };

  /** The front end answers 502 when its time is up; the function runs on, unheard. */
  const inTime = (answer: Promise<HttpResponseParts>): Promise<HttpResponseParts> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMs, () => resolve(empty(502)));
      answer.finally(cancel).then(resolve, reject);
    });

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });

  /** Undefined where the connection is to break. */
  const answer = async (request: IncomingMessage): Promise<HttpResponseParts | undefined> => {
    const method = request.method ?? 'GET';
    const url = new URL(`http://${request.headers.host ?? '127.0.0.1'}${request.url ?? '/'}`);
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) return undefined;
    const fault = host.fault?.({ method, url: url.href });
    if (fault?.kind === 'resetBefore') return undefined;
    if (fault?.kind === 'answer') {
      const headers = Object.entries(fault.headers ?? {});
      return { status: fault.status, headers, body: Buffer.from(fault.body ?? '') };
    }
    if (fault?.kind === 'delay') await pause(fault.ms);
    if (body === 'too large') return empty(413);
    const found = find(method, url);
    if (found === undefined) return empty(404);
    const headers = pairsOf(request.rawHeaders);
    const asked = toHttpRequest({ method, url: url.href, headers, body, params: found.params });
    const given = await inTime(invoke(found.routed, asked));
    return fault?.kind === 'resetAfter' ? undefined : given;
  };

  const server = await startLoopbackServer((request, response) => {
    answer(request).then(
      (parts) => respond(request, response, parts),
      (error: unknown) => {
        log('error', 'The host could not handle a request.', error);
        response.destroy();
      },
    );
  }, options.port);

  const host: FunctionsHost = {
    url: server.url,
    inFlight: () => inFlight,
    cut: server.cut,
    restore: server.restore,
    stop: server.stop,
    fault: undefined,
  };
  return host;
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  parts: HttpResponseParts | undefined,
): void {
  if (response.destroyed) return;
  if (parts === undefined) {
    response.destroy();
    return;
  }
  for (const [name, value] of parts.headers) response.appendHeader(name, value);
  const bodiless = parts.status === 204 || parts.status === 304;
  if (!bodiless && !response.hasHeader('content-length')) {
    response.setHeader('content-length', String(parts.body.length));
  }
  response.writeHead(parts.status);
  response.end(bodiless || request.method === 'HEAD' ? undefined : parts.body);
}

/** Node's flat list of names and values, in pairs. */
function pairsOf(rawHeaders: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  }
  return pairs;
}
