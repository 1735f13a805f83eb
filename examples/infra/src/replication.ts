import {
  anyOf,
  bearerToken,
  createQueueingReceiver,
  createReceiver,
  createRedriver,
  type FaultListener,
  forwardEndpoint,
  type IntakeOptions,
  operationsEndpoint,
  operationsPath,
  reconcileEndpoint,
  sharedKey,
} from '@twinlog/bridge';
import { type TransactionCommand, transaction } from '@twinlog/core';
import type { Cell, CellParts } from './cell.ts';
import { createOperations, type OperationsParts } from './operating.ts';
import type { CellSettings } from './settings.ts';

/** What the queue that examples/infra/terraform makes takes in one message, in bytes; a queue may be set to more. */
export const queueMessageBytes = 262_144;

export interface ReplicationParts
  extends Omit<OperationsParts, 'redriver'>,
    Pick<CellParts, 'enqueue' | 'redriving'>,
    Pick<Cell, 'receiveBy'> {
  readonly settings: CellSettings;
  readonly intake: IntakeOptions & FaultListener;
  readonly service: Parameters<typeof forwardEndpoint<TransactionCommand>>[0]['service'];
}

/**
 * `/replication/…`: what other cells and operators ask of this cell. A module of its own, for a function that serves
 * only clients never loads it.
 */
export function replicationRoutes(parts: ReplicationParts): (request: Request) => Promise<Response> {
  const { settings, store, gate, runtime, deadLetters, intake, enqueue } = parts;
  const { receiveKeys, receiveTokens, forwardKeys, operatorTokens } = settings;
  const tokensOf = (who: 'senders' | 'peers') =>
    receiveTokens ? [bearerToken({ ...receiveTokens, senders: receiveTokens[who], now: runtime.now })] : [];
  const senders = anyOf(sharedKey(receiveKeys), ...tokensOf('senders'));
  const known = sharedKey(forwardKeys);
  const cells = anyOf(known, ...tokensOf('peers'));
  const operators = operatorTokens
    ? anyOf(known, bearerToken({ ...operatorTokens, now: runtime.now }))
    : known;
  const queued = {
    authorise: senders,
    deadLetters,
    now: runtime.now,
    maxMessageBytes: queueMessageBytes,
    ...(intake.onError && { onError: intake.onError }),
  };
  const receive = enqueue
    ? createQueueingReceiver({ ...queued, enqueue })
    : parts.receiveBy((options) => createReceiver({ ...options, authorise: senders }));
  const forward = forwardEndpoint<TransactionCommand>({
    service: parts.service,
    store,
    authorise: cells,
    readCommand: (recorded) => transaction.readCommand?.(recorded),
  });
  const log = reconcileEndpoint({ store, authorise: anyOf(cells, operators) });
  const redriver = createRedriver({ ...intake, ...parts.redriving, deadLetters });
  const operations = operationsEndpoint({
    operations: createOperations({ ...parts, redriver }),
    authorise: operators,
  });

  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(operationsPath)) return operations(request);
    switch (pathname) {
      case '/replication/digests':
      case '/replication/keys':
      case '/replication/streams':
        return log(request);
      case '/replication/forward':
        return (await gate.judge()).ok ? forward(request) : notNow();
      case '/replication/holds':
        return (await gate.hasRecovered()) ? forward(request) : notNow();
    }
    return receive(request);
  };
}

/** For a cell that asks this one to decide: it is to go on as if it had not been reached. */
function notNow(): Response {
  return Response.json({ error: 'This cell decides nothing now.' }, { status: 503 });
}
