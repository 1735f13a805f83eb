import {
  emptyVersion,
  type Outcome,
  type Runtime,
  type Service,
  type Transaction,
  type TransactionCommand,
  transactionCommands,
  transactionId,
  type VersionVector,
} from '@twinlog/core';
import type * as z from 'zod';
import { type Answer, streamHeaders } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { readObject } from './body.ts';
import { accountsFor, type Caller, mayTouch } from './callers/caller.ts';
import { readFields } from './fields.ts';
import { readWait, waitForDecision } from './prefer.ts';
import { accountNotFound, problem, retryAfter, transactionNotFound } from './problem.ts';
import { readIdempotencyKey, readIfMatch, readTraceparent } from './request-headers.ts';
import type { Route } from './routes.ts';
import { readToken } from './token.ts';
import { unreadyAnswer } from './unready.ts';
import { viewConflict, viewTransaction } from './views.ts';

export type CommandRoute = Extract<Route, { kind: 'create' | 'command' }>;

export interface Commanding {
  readonly service: Service<Transaction, TransactionCommand>;
  readonly runtime: Runtime;
}

/** Reads the command in a request, has it decided, and answers. */
export async function answerCommand(
  { service, runtime }: Commanding,
  route: CommandRoute,
  request: ApiRequest,
  caller: Caller,
): Promise<Answer> {
  const accounts = route.kind === 'command' ? accountsFor(caller, route.id) : undefined;
  if (accounts?.length === 0) return transactionNotFound();
  const { headers } = request;
  const command = await readCommand(runtime, route, request);
  const commandId = readIdempotencyKey(headers);
  const token = readToken(headers);
  const ifMatch = readIfMatch(headers);
  const traceparent = readTraceparent(headers);
  const account = command.type === 'create' ? command.account_id : undefined;
  if (account !== undefined && !mayTouch(caller, account)) return accountNotFound();
  const stream =
    route.kind === 'command' ? route.id : transactionId(account ?? '', commandId, runtime.random);
  const atLeast = token?.stream === stream ? token.version : emptyVersion;

  const asking = {
    stream,
    command,
    atLeast,
    ...(commandId !== undefined && { commandId }),
    ...(account !== undefined && { account }),
    ...(accounts !== undefined && { accounts }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(traceparent !== undefined && { traceparent }),
  };
  const outcome = await service.execute(asking);
  const waitMs = outcome.kind === 'requested' ? readWait(headers) : undefined;
  if (outcome.kind !== 'requested' || waitMs === undefined)
    return answerOutcome(stream, command, outcome, atLeast);

  const identified = { ...asking, commandId: outcome.commandId };
  const decided = await waitForDecision({ service, runtime }, identified, waitMs);
  const answer = answerOutcome(stream, command, decided ?? outcome, atLeast);
  return { ...answer, headers: { ...answer.headers, 'preference-applied': 'wait' } };
}

async function readCommand(
  runtime: Runtime,
  route: CommandRoute,
  request: ApiRequest,
): Promise<TransactionCommand> {
  const name = route.kind === 'create' ? 'create' : route.command;
  const schema: z.ZodType<TransactionCommand | { readonly type: 'expire' }> = transactionCommands[name];
  const asked = readFields(schema, await readObject(request, hasNoFields(name)));
  return asked.type === 'expire' ? { ...asked, at: new Date(runtime.now()).toISOString() } : asked;
}

/** Whether the command is all in its path, so that its body may be left out. */
function hasNoFields(name: TransactionCommand['type']): boolean {
  return name === 'void' || name === 'decline' || name === 'expire';
}

function answerOutcome(
  stream: string,
  command: TransactionCommand,
  outcome: Outcome<Transaction>,
  atLeast: VersionVector,
): Answer {
  switch (outcome.kind) {
    case 'appended':
    case 'alreadyAppended': {
      // R10: the first answer, from what the decision saw. Only the token and the conflict are of today.
      const lost = 'conflict' in outcome && outcome.conflict && { conflict: viewConflict(outcome.conflict) };
      const headers = streamHeaders(stream, outcome.version, outcome);
      return command.type === 'create'
        ? {
            status: 201,
            body: { transaction_id: stream, ...lost },
            headers: { location: `/transactions/${stream}`, ...headers },
          }
        : { status: 200, body: { ...viewTransaction(stream, outcome.state), ...lost }, headers };
    }
    case 'refused':
      return problem(outcome.code, outcome.detail, {
        headers: streamHeaders(stream, outcome.version, outcome),
      });
    case 'requested':
      // R15: recorded, and to be decided by the transaction's home once it sees it. The same request tells the outcome.
      return {
        status: 202,
        body: { transaction_id: stream, command_id: outcome.commandId, status: 'requested' },
        headers: {
          location: `/transactions/${stream}`,
          ...retryAfter,
          ...streamHeaders(stream, outcome.version, outcome),
        },
      };
    case 'notFound':
      return transactionNotFound(outcome);
    case 'preconditionFailed':
      return problem(
        'precondition_failed',
        'The transaction has another version than If-Match asks for. Read it again and decide again.',
        { headers: streamHeaders(stream, outcome.version, outcome) },
      );
    case 'busy':
      return problem('busy', 'Other requests kept changing the transaction. Send the request again.', {
        headers: { ...retryAfter, ...streamHeaders(stream, outcome.version, outcome) },
      });
    default:
      return unreadyAnswer(stream, outcome, atLeast);
  }
}
