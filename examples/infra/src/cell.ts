import { bearerTokens, createHealth, createHttpApi, storeCheck } from '@twinlog/adapters';
import {
  createReceiver,
  type DeadLetters,
  forwardEndpoint,
  httpPeers,
  type ReceiverOptions,
  sharedKey,
} from '@twinlog/bridge';
import {
  createHomeCellService,
  createService,
  type DueCompensation,
  type EventStore,
  eventTime,
  firstAssignment,
  homeOf,
  originOf,
  stampOf,
  systemRuntime,
  type TransactionCommand,
  transaction,
} from '@twinlog/core';
import { createOpenStreams, type OpenStreams } from './open-streams.ts';
import type { CellSettings } from './settings.ts';

/** How long a cell's judgement of its own store holds, in ms: probes of one second come for free. */
const healthMemoryMs = 500;

/** How long a home may take to decide a forwarded command, in ms, before the command is recorded as requested. */
const forwardTimeoutMs = 2_000;

export interface CellParts {
  readonly settings: CellSettings;
  readonly store: EventStore;
  readonly deadLetters: DeadLetters;
  /** Gives money back or takes it again (R16), once by the idempotency key; rejects where it could not. */
  readonly compensate: (due: DueCompensation) => Promise<void>;
  readonly onReceived?: ReceiverOptions['onReceived'];
}

export interface Cell {
  readonly api: (request: Request) => Promise<Response>;
  /** Decides what waits for this cell as the home, settles conflicts and compensates. To be called on a schedule. */
  readonly sweep: OpenStreams['sweep'];
}

/**
 * What is alike in every cell, whatever its cloud: the service by its policy, its HTTP API, the receiving end of
 * replication, and what a home does for the other cells.
 */
export function createCell({ settings, store, deadLetters, compensate, onReceived }: CellParts): Cell {
  const runtime = systemRuntime;
  const { origin, cell, peers, policy, receiveKeys, forwardKeys, peerUrls, settleAfterMs } = settings;
  const { authentication, corsOrigins, operatorKeys, consistencyWaitMs } = settings;
  // Sorted, so that every cell makes the same first version of it.
  const assignment = firstAssignment(policy, [cell, ...peers].sort());
  const inForce = { stamp: stampOf(assignment), ended: assignment.ended };
  const decider = createService({
    aggregate: transaction,
    store,
    origin,
    assignment: () => inForce,
    waitForTokenMs: consistencyWaitMs,
    runtime,
  });
  const service = createHomeCellService({
    aggregate: transaction,
    decider,
    store,
    cell,
    assignment: () => assignment,
    peers: httpPeers({
      urls: peerUrls,
      key: forwardKeys[0] ?? '',
      timeoutMs: forwardTimeoutMs,
      fetch: (request) => fetch(request),
    }),
    runtime,
  });
  const open = createOpenStreams({
    service,
    settling: { decider, now: runtime.now, settleAfterMs },
    compensate,
    isHome: (stream) => homeOf(assignment, transaction.homeKey?.(stream) ?? stream) === cell,
  });

  /** How long the last event of each origin took to come here, in ms, as far as this process received them. */
  const lag = new Map<string, number>();
  const receive = createReceiver({
    store,
    cell,
    peers,
    authorise: sharedKey(receiveKeys),
    deadLetters,
    now: runtime.now,
    onReceived: (event, receipt) => {
      if (receipt !== 'deadLetter') open.note(event);
      if (receipt === 'stored') lag.set(originOf(event), runtime.now() - eventTime(event.id));
      onReceived?.(event, receipt);
    },
  });
  const forward = forwardEndpoint<TransactionCommand>({
    service: {
      decideForwarded: async (forwarded) => {
        const answer = await service.decideForwarded(forwarded);
        forwarded.events.forEach(open.note);
        return answer;
      },
    },
    store,
    authorise: sharedKey(forwardKeys),
    readCommand: (recorded) => transaction.readCommand?.(recorded),
  });
  const replication = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === '/replication/forward' || pathname === '/replication/holds') return forward(request);
    const response = await receive(request);
    // Before the answer: a function may be frozen after it.
    if (response.ok) await open.resolveRequests();
    return response;
  };
  return {
    api: createHttpApi({
      service,
      store,
      runtime,
      replication,
      authenticate: authentication === 'off' ? 'off' : bearerTokens(authentication),
      health: createHealth({ now: runtime.now, check: storeCheck(store), memoryMs: healthMemoryMs }),
      healthDetail: {
        authorise: sharedKey(operatorKeys),
        report: async () => ({ replication_lag_ms: Object.fromEntries(lag), pending: open.waiting() }),
      },
      ...(corsOrigins.length > 0 && { cors: { origins: corsOrigins.includes('*') ? '*' : corsOrigins } }),
    }),
    sweep: open.sweep,
  };
}

/** For a cell that no payment provider is connected to: what is due stays due, and the transaction shows it. */
export async function notConnected({ stream, compensation }: DueCompensation): Promise<never> {
  const { kind, amount, currency } = compensation;
  throw new Error(
    `${stream}: ${kind} ${amount} ${currency} is due, and nothing is connected to carry it out.`,
  );
}
