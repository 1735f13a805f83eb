import {
  type EventStore,
  nextEventId,
  type Runtime,
  type Service,
  type Transaction,
  type TransactionCommand,
} from '@twinlog/core';
import { fromResponse, type Reply, replyTo, toResponse } from './answer.ts';
import { type ApiRequest, fromWeb } from './api-request.ts';
import type { Authenticate } from './callers/caller.ts';
import { type Cors, corsHeaders } from './cors.ts';
import { answerError, draining } from './errors.ts';
import { createHealth, type Health, storeCheck } from './health/health.ts';
import type { HealthDetail } from './health/health-answers.ts';
import { checkSize, requestTimeoutMs, within } from './limits.ts';
import { ProblemError, retryAfter } from './problem.ts';
import { readRequestId, readTraceparent } from './request-headers.ts';
import { answerRoute, type Routing } from './route-answers.ts';
import { broughtToken } from './token.ts';

/** The whole HTTP API of a cell. It never rejects. */
export interface HttpApi {
  (request: Request): Promise<Response>;
  /** The same for shells, which so spare themselves a web request and a web response. */
  readonly reply: (request: ApiRequest) => Promise<Reply>;
  /**
   * Takes the cell out of service: `GET /health` is 503 from now on, and so is every newcomer, to be tried again
   * elsewhere. Resolves once all that was under way is answered.
   */
  readonly drain: () => Promise<void>;
}

export interface HttpApiOptions {
  readonly service: Service<Transaction, TransactionCommand>;
  /** The service's own store, for the listing of accounts and for its health. */
  readonly store: EventStore;
  readonly runtime: Runtime;
  /**
   * Who may call, such as `bearerTokens`. `off` lets anyone do anything with every account: for a machine of one's own,
   * or behind a gateway that has judged the caller already. It says so on the console.
   */
  readonly authenticate: Authenticate | 'off';
  /** Takes every request to `/replication/…` as it came; its response goes out as it is. It judges its callers itself. */
  readonly replication?: (request: Request) => Promise<Response>;
  /** Whether the cell can take a write; judged by its store and its clock unless told. */
  readonly health?: Health;
  /** Whether the cell may answer clients at all: asked before each request. Where not, 503 `cell_not_ready`, `/health` too. */
  readonly ready?: () => Promise<{ readonly ok: boolean; readonly reason?: string }>;
  /** What `GET /health/detail` tells, and to whom; without it there is no such path. */
  readonly healthDetail?: HealthDetail;
  /** Whose scripts may call from a browser; nobody's unless told. */
  readonly cors?: Cors;
  /** How long a request may take, in ms, before it is 503 `timed_out`; 25,000 unless told. */
  readonly timeoutMs?: number;
  /** Told of what ends as 500 `internal_error`; the client is told nothing of it. */
  readonly onError?: (error: unknown, request: ApiRequest) => void;
  /** Told where the API is open to anyone; `console.warn` unless told. */
  readonly warn?: (message: string) => void;
}

const openToAnyone =
  'Twinlog: authentication is OFF. Anyone who reaches this API may create, read, capture, void and refund in every account.';

/**
 * The API as one function over web-standard requests, alike on every cloud. It does no I/O of its own, and
 * nothing in a body depends on the time, the cell or the request's id.
 */
export function createHttpApi(options: HttpApiOptions): HttpApi {
  const { runtime, replication, store, cors, timeoutMs = requestTimeoutMs } = options;
  if (options.authenticate === 'off') (options.warn ?? console.warn)(openToAnyone);
  const health = options.health ?? createHealth({ now: runtime.now, check: storeCheck(store) });
  const emptied = Promise.withResolvers<void>();
  let isDraining = false;
  let underWay = 0;
  const routing: Routing = { ...options, health, isDraining: () => isDraining };

  /** What every answer has: who asked, in which trace, and what it lets a browser do. */
  function everyAnswer(request: ApiRequest): Readonly<Record<string, string>> {
    const { headers } = request;
    const traceparent = readTraceparent(headers);
    return {
      'x-request-id': readRequestId(headers) ?? nextEventId(runtime.now(), undefined, runtime.random),
      ...(traceparent !== undefined && { traceparent }),
      ...(cors && corsHeaders(cors, request)),
      ...broughtToken(headers),
    };
  }

  async function handle(request: ApiRequest): Promise<Reply | Response> {
    const isHead = request.method === 'HEAD';
    const every = everyAnswer(request);
    try {
      if (replication && request.path.startsWith('/replication/')) {
        if (isDraining) throw draining();
        return await replication(request.toWeb());
      }
      checkSize(request);
      return replyTo(await within(timeoutMs, answerRoute(routing, request), timedOut), every, isHead);
    } catch (error) {
      return replyTo(answerError(options, error, request), every, isHead);
    }
  }

  async function counted(request: ApiRequest): Promise<Reply | Response> {
    underWay += 1;
    try {
      return await handle(request);
    } finally {
      underWay -= 1;
      if (isDraining && underWay === 0) emptied.resolve();
    }
  }

  return Object.assign(
    async (request: Request): Promise<Response> => {
      const answered = await counted(fromWeb(request));
      return answered instanceof Response ? answered : toResponse(answered);
    },
    {
      reply: async (request: ApiRequest): Promise<Reply> => {
        const answered = await counted(request);
        return answered instanceof Response ? fromResponse(answered) : answered;
      },
      drain: async (): Promise<void> => {
        isDraining = true;
        if (underWay === 0) emptied.resolve();
        await emptied.promise;
      },
    },
  );
}

function timedOut(): ProblemError {
  return new ProblemError('timed_out', 'The answer took too long. Send the request again.', {
    headers: retryAfter,
  });
}
