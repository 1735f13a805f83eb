import {
  type EventStore,
  EventTooLargeError,
  nextEventId,
  type Runtime,
  type Service,
  StoreUnavailableError,
  type Transaction,
  type TransactionCommand,
  transactionIdPattern,
} from '@twinlog/core';
import { type Answer, toResponse } from './answer.ts';
import { answerCommand } from './commands.ts';
import { ProblemError, problem, retryAfter, transactionNotFound } from './problem.ts';
import { answerAccount, answerEvents, answerTransaction } from './reads.ts';
import { readRequestId } from './request-headers.ts';
import { methodsOf, routeOf } from './routes.ts';

/** The whole HTTP API of a cell. It never rejects. */
export type HttpApi = (request: Request) => Promise<Response>;

export interface HttpApiOptions {
  readonly service: Service<Transaction, TransactionCommand>;
  /** The service's own store, for the listing of accounts. */
  readonly store: EventStore;
  readonly runtime: Runtime;
  /** Takes every request to `/replication/…` as it came; its response goes out as it is. */
  readonly replication?: (request: Request) => Promise<Response>;
  /** Whether the cell should get traffic. Without it, `GET /health` is always ok. */
  readonly health?: () => Promise<{ readonly ok: boolean; readonly reason?: string }>;
  /** Whether the cell may answer clients at all: asked before each request. Where not, 503 `cell_not_ready`, `/health` too. */
  readonly ready?: () => Promise<{ readonly ok: boolean; readonly reason?: string }>;
  /** Told of what ends as 500 `internal_error`; the client is told nothing of it. */
  readonly onError?: (error: unknown, request: Request) => void;
}

/**
 * The API as one function over web-standard requests, alike on every cloud. It does no I/O of its own, and
 * nothing in a body depends on the time, the cell or the request's id.
 */
export function createHttpApi(options: HttpApiOptions): HttpApi {
  const { runtime, replication } = options;
  return async (request) => {
    const requestId = readRequestId(request.headers) ?? nextEventId(runtime.now(), undefined, runtime.random);
    let answer: Answer;
    try {
      const { pathname } = new URL(request.url);
      if (replication && pathname.startsWith('/replication/')) return await replication(request);
      answer = await answerRequest(options, pathname, request);
    } catch (error) {
      answer = answerError(options, error, request);
    }
    return toResponse(answer, requestId, request.method === 'HEAD');
  };
}

async function answerRequest(options: HttpApiOptions, pathname: string, request: Request): Promise<Answer> {
  const route = routeOf(pathname);
  if (route === undefined) return problem('not_found', 'There is nothing at this path.');
  const methods = methodsOf(route);
  if (!methods.includes(request.method)) {
    const allow = methods.join(', ');
    return problem('method_not_allowed', `This path takes ${allow}.`, { headers: { Allow: allow } });
  }
  if ('id' in route && !transactionIdPattern.test(route.id)) return transactionNotFound();
  if (route.kind === 'health') return answerHealth(options);
  if ((await options.ready?.())?.ok === false) return notReady;
  switch (route.kind) {
    case 'create':
    case 'command':
      return answerCommand(options, route, request);
    case 'transaction':
      return answerTransaction(options, route.id, request);
    case 'events':
      return answerEvents(options, route.id, request);
    case 'account':
      return answerAccount(options, route.account, request);
  }
}

const unavailable: Answer = { status: 503, body: { status: 'unavailable' } };
const notReady = problem('cell_not_ready', 'This cell answers nobody now. Send the request again.', {
  headers: retryAfter,
});

/** A check that fails to answer is a cell that should get no traffic. */
async function answerHealth({ health, ready }: HttpApiOptions): Promise<Answer> {
  const checks = [ready, health].map((check) => check?.().catch(() => ({ ok: false })));
  const isOk = (await Promise.all(checks)).every((checked) => checked?.ok ?? true);
  return isOk ? { status: 200, body: { status: 'ok' } } : unavailable;
}

function answerError({ onError }: HttpApiOptions, error: unknown, request: Request): Answer {
  if (error instanceof ProblemError) return error.answer;
  if (error instanceof EventTooLargeError) return problem('event_too_large', error.message);
  if (error instanceof StoreUnavailableError) {
    return problem('store_unavailable', "This cell's store gave no answer. Send the request again.", {
      headers: retryAfter,
    });
  }
  try {
    onError?.(error, request);
  } catch {
    // Whoever is told of errors cannot be told of their own.
  }
  return problem('internal_error', 'Something went wrong here. The request id names it in the logs.');
}
