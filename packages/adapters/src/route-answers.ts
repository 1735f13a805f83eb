import { StoreUnavailableError, transactionIdPattern } from '@twinlog/core';
import type { Answer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import type { Authenticate } from './callers/caller.ts';
import { callerOf } from './callers/judge.ts';
import { answerCommand, type Commanding } from './commands.ts';
import { draining } from './errors.ts';
import { answerHealth, answerHealthDetail, type HealthState } from './health/health-answers.ts';
import { negotiate } from './negotiation.ts';
import { problem, retryAfter, transactionNotFound } from './problem.ts';
import { answerAccount, answerEvents, answerTransaction, type Reading } from './reads.ts';
import { methodsOf, type Route, routeOf } from './routes.ts';

export interface Routing extends Commanding, Reading, HealthState {
  readonly authenticate: Authenticate | 'off';
}

type Open = Extract<Route, { readonly kind: 'health' | 'healthDetail' | 'openApi' }>;

const json = ['application/json'] as const;

/** Path, method, caller, then what the route asks for: a later fault is only looked for without an earlier one. */
export async function answerRoute(routing: Routing, request: ApiRequest): Promise<Answer> {
  const route = routeOf(request.path);
  if (route === undefined) return problem('not_found', 'There is nothing at this path.');
  const methods = methodsOf(route);
  const allow = methods.join(', ');
  if (request.method === 'OPTIONS') return { status: 204, body: null, headers: { allow } };
  if (!methods.includes(request.method))
    return problem('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } });
  if (isOpen(route)) return answerOpen(routing, route, request);
  if (routing.isDraining()) throw draining();
  if ((await routing.ready?.())?.ok === false) {
    const detail = 'This cell answers nobody now. Send the request again.';
    return problem('cell_not_ready', detail, { headers: retryAfter });
  }
  const caller = await callerOf(routing.authenticate, request);
  if ('id' in route && !transactionIdPattern.test(route.id)) return transactionNotFound();
  if (route.kind !== 'events') negotiate(request.headers, json);
  switch (route.kind) {
    case 'create':
    case 'command':
      return noted(routing, (commanding) => answerCommand(commanding, route, request, caller));
    case 'transaction':
      return answerTransaction(routing, route.id, request, caller);
    case 'events':
      return answerEvents(routing, route.id, request, caller);
    case 'account':
      return answerAccount(routing, route.account, request, caller);
  }
}

/** What anyone may ask for: whether the cell is well, and what the API is. */
function isOpen(route: Route): route is Open {
  return route.kind === 'health' || route.kind === 'healthDetail' || route.kind === 'openApi';
}

async function answerOpen(routing: Routing, { kind }: Open, request: ApiRequest): Promise<Answer> {
  if (kind === 'health') return answerHealth(routing);
  if (kind === 'healthDetail') return answerHealthDetail(routing, request);
  negotiate(request.headers, json);
  const { openApiDocument } = await import('./openapi/document.ts');
  return { status: 200, body: openApiDocument() };
}

/**
 * A command's write says as much about the cell's health as a probe's own look would. One that had been decided before, or
 * was by another cell, wrote nothing here.
 */
async function noted(
  { health, service, runtime }: Routing,
  answerBy: (commanding: Commanding) => Promise<Answer>,
): Promise<Answer> {
  let isWritten = false;
  const execute: Commanding['service']['execute'] = async (request) => {
    const outcome = await service.execute(request);
    isWritten ||= outcome.kind === 'appended' || outcome.kind === 'requested';
    return outcome;
  };
  try {
    const answer = await answerBy({ service: { ...service, execute }, runtime });
    if (isWritten) health.noteWrite(true);
    return answer;
  } catch (error) {
    if (error instanceof StoreUnavailableError) health.noteWrite(false);
    throw error;
  }
}
