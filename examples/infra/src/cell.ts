import { bearerTokens, createHealth, createHttpApi } from '@twinlog/adapters';
import {
  type DeadLetters,
  type FaultListener,
  httpPeer,
  httpPeers,
  type IntakeOptions,
  type Peer,
  type QueueingReceiverOptions,
  type RedriverOptions,
  sharedKey,
  type TopicClient,
} from '@twinlog/bridge';
import type { LogRecord, Telemetry } from '@twinlog/bridge/telemetry';
import {
  assignmentStream,
  createHomeCellService,
  createService,
  type DomainEvent,
  type DueCompensation,
  type EventStore,
  eventTime,
  homeOf,
  originOf,
  systemRuntime,
  transaction,
  transactionIdPattern,
} from '@twinlog/core';
import { createGate } from './gate.ts';
import { createHealing, type Healing } from './healing.ts';
import { type AssignmentInForce, assignmentInForce } from './in-force.ts';
import { keptLetters } from './kept-letters.ts';
import { createOpenStreams, type OpenStreams } from './open-streams.ts';
import { createRipening } from './ripening.ts';
import type { CellSettings } from './settings.ts';
import { whenNeeded } from './when-needed.ts';

/** How long a cell's judgement of its own store holds, in ms: probes of one second come for free. */
const healthMemoryMs = 500;

/** R6: how far this clock may be from the database's, in ms, before the cell decides nothing. */
const maxClockSkewMs = 10_000;

/** How long a home may take to decide a forwarded command, in ms, before the command is recorded as requested. */
const forwardTimeoutMs = 2_000;

/** How long a peer may take to answer about its log, in ms: as long as its gateway waits for it. */
const reconcileTimeoutMs = 30_000;

export interface CellParts {
  readonly settings: CellSettings;
  readonly store: EventStore;
  readonly deadLetters: DeadLetters;
  /** Gives money back or takes it again (R16), once by the idempotency key; rejects where it could not. */
  readonly compensate: (due: DueCompensation) => Promise<void>;
  readonly telemetry: Telemetry;
  readonly onReceived?: IntakeOptions['onReceived'];
  /** Where received events wait before they are stored; without it they are stored before the sender is answered. */
  readonly enqueue?: QueueingReceiverOptions['enqueue'];
  /** A token that peers take in place of a shared key, where cells know each other by Entra. */
  readonly peerToken?: () => Promise<string>;
  /** How what could not be sent is sent again, for operators. */
  readonly redriving: Pick<RedriverOptions, 'publish' | 'decode'>;
  /** Told of every event that reconcile or repair brought, once it is stored. */
  readonly onPulled?: (event: DomainEvent) => void;
}

/** What a cell of either cloud is handed, beside its databases. */
export interface CloudCellOptions
  extends Pick<CellParts, 'compensate' | 'peerToken' | 'onReceived' | 'onPulled'> {
  readonly settings: CellSettings;
  /** The topic that this cell's events go to. */
  readonly topic: TopicClient;
  /** Takes what the cell tells of itself, a line of a structured log each time; nobody does unless told. */
  readonly writeLog?: (record: LogRecord) => void;
}

export interface Cell {
  readonly api: (request: Request) => Promise<Response>;
  /**
   * Decides what waits for this cell as the home, settles conflicts and compensates, in the streams that the log
   * shows to be due. To be called on a schedule, every half minute or so.
   */
  readonly sweep: OpenStreams['sweep'];
  /** A way for events into this cell: a receiver of the bridge, which then also decides what came to be decided. */
  readonly receiveBy: <Input, Output>(
    receiver: (options: IntakeOptions & FaultListener) => (input: Input) => Promise<Output>,
  ) => (input: Input) => Promise<Output>;
  /** Makes this cell's log whole from what its peers hold. To be called on a schedule, every five minutes or so. */
  readonly reconcile: Healing['reconcile'];
}

/**
 * What is alike in every cell, whatever its cloud: the service by the assignment in force, its HTTP API, the receiving
 * end of replication, what a home does for the other cells, and what makes the log whole again.
 */
export function createCell(parts: CellParts): Cell {
  const { settings, store, deadLetters, compensate, telemetry, onReceived } = parts;
  const runtime = systemRuntime;
  const { origin, cell, peers, forwardKeys, peerUrls, settleAfterMs } = settings;
  const { authentication, corsOrigins, operatorKeys, consistencyWaitMs } = settings;
  const [key] = forwardKeys;
  /** What this cell shows its peers: a token of Entra where cells have those, else the first shared key; without one they refuse it. */
  const identity = parts.peerToken ? { token: parts.peerToken } : key !== undefined && { key };
  const assignments = assignmentInForce({ settings, store, runtime });
  const peerLogs: ReadonlyMap<string, Peer> = new Map(
    peers.map((name) => [name, httpPeer({ url: peerUrls.get(name) ?? '', ...identity, fetch: fetchInTime })]),
  );
  const gate = createGate({ settings, assignments, store, runtime, peers: peerLogs });
  const onPulled = (event: DomainEvent) => {
    note(event);
    telemetry.pulled(event);
    if (originOf(event) === origin) console.error(restoredUnawares(cell, event));
    parts.onPulled?.(event);
  };
  const letters = keptLetters({
    deadLetters,
    now: runtime.now,
    say: (line) => console.error(`${cell}: ${line}`),
  });
  const listener = { onPulled, ...letters };
  const healing = createHealing({ store, peers: peerLogs, gate, runtime, listener });
  const decider = createService({
    aggregate: transaction,
    store,
    origin,
    assignment: assignments.inForce,
    waitForTokenMs: consistencyWaitMs,
    runtime,
    onPending: (stream, pending) => {
      telemetry.pending(stream, pending);
      void healing.repair(stream);
    },
    onOutdated: () => void healing.repair(assignmentStream),
    recoverStream: healing.recoverStream,
  });
  const service = telemetry.service(
    createHomeCellService({
      aggregate: transaction,
      decider,
      store,
      cell,
      assignment: assignments.current,
      peers: httpPeers({
        urls: peerUrls,
        ...identity,
        timeoutMs: forwardTimeoutMs,
        fetch: (request) => fetch(request),
      }),
      runtime,
      onDivergence: letters.onDivergence,
    }),
  );
  const open = createOpenStreams({
    service,
    settling: { decider, now: runtime.now, settleAfterMs },
    compensate,
    onError: telemetry.failed,
    isHome: (stream) =>
      transactionIdPattern.test(stream) &&
      homeOf(assignments.current(), transaction.homeKey?.(stream) ?? stream) === cell,
  });
  const ripening = createRipening({
    store,
    cell,
    origins: gate.origins,
    settleAfterMs,
    now: runtime.now,
  });

  /** Takes note of an event that came from another cell. */
  function note(event: DomainEvent): void {
    assignments.note(event);
    open.note(event);
  }

  /** How long the last event of each origin took to come here, in ms, as far as this process received them. */
  const lag = new Map<string, number>();
  const intake: IntakeOptions & FaultListener = {
    store,
    cell,
    peers,
    deadLetters,
    now: runtime.now,
    onError: telemetry.failed,
    onReceived: (event, receipt) => {
      if (receipt !== 'deadLetter') note(event);
      telemetry.received(event, receipt);
      if (receipt === 'stored') lag.set(originOf(event), runtime.now() - eventTime(event.id));
      onReceived?.(event, receipt);
    },
  };
  const receiveBy: Cell['receiveBy'] = (receiver) => {
    const take = receiver(intake);
    return async (input) => {
      const output = await take(input);
      // Before the answer: a function may be frozen after it.
      if ((await gate.judge()).ok) await open.resolveRequests();
      return output;
    };
  };
  // Loaded when the first cell or operator asks: a function that starts to serve clients need not wait for it.
  const routes = whenNeeded(async () => {
    const { replicationRoutes } = await import('./replication.ts');
    return replicationRoutes({
      ...{ settings, store, gate, assignments, runtime, listener, deadLetters, intake, receiveBy },
      peers: peerLogs,
      redriving: parts.redriving,
      ...(parts.enqueue && { enqueue: parts.enqueue }),
      service: {
        decideForwarded: async (forwarded) => {
          const answer = await service.decideForwarded(forwarded);
          forwarded.events.forEach(note);
          return answer;
        },
      },
    });
  });
  const replication = async (request: Request): Promise<Response> => (await routes())(request);

  return {
    api: createHttpApi({
      service,
      store,
      runtime,
      replication,
      ready: gate.judge,
      onError: telemetry.failed,
      authenticate: authentication === 'off' ? 'off' : bearerTokens(authentication),
      health: createHealth({
        now: runtime.now,
        check: () => storeReasons(store, assignments),
        memoryMs: healthMemoryMs,
      }),
      healthDetail: {
        authorise: sharedKey(operatorKeys),
        report: async () => ({ replication_lag_ms: Object.fromEntries(lag), pending: open.waiting() }),
      },
      ...(corsOrigins.length > 0 && { cors: { origins: corsOrigins.includes('*') ? '*' : corsOrigins } }),
    }),
    sweep: async (streams = []) => {
      if (!(await gate.judge()).ok) return { decided: 0, settled: 0, compensated: 0, open: 0 };
      const swept = await open.sweep([...streams, ...(await ripening.look())]);
      telemetry.swept(swept);
      return swept;
    },
    reconcile: async () => {
      const healed = await healing.reconcile();
      telemetry.reconciled(healed);
      return healed;
    },
    receiveBy,
  };
}

/** For a cell that no payment provider is connected to: what is due stays due, and the transaction shows it. */
export async function notConnected({ stream, compensation }: DueCompensation): Promise<never> {
  const { kind, amount, currency } = compensation;
  throw new Error(
    `${stream}: ${kind} ${amount} ${currency} is due, and nothing is connected to carry it out.`,
  );
}

/** Why the cell can take no write, by the one read that is due anyway: the assignment in force. */
async function storeReasons(store: EventStore, { refresh }: AssignmentInForce): Promise<readonly string[]> {
  await refresh();
  return Math.abs(store.clockSkew?.() ?? 0) > maxClockSkewMs ? ['clock_skew'] : [];
}

/** R1: what this very incarnation decided was gone from its log: somebody restored the database and did not say so. */
function restoredUnawares(cell: string, { id, partitionkey }: DomainEvent): string {
  return `${cell}: a peer gave back the event ${id} of ${partitionkey}, which this cell had decided itself. If its database was restored, raise TWINLOG_INCARNATION at once.`;
}

function fetchInTime(request: Request): Promise<Response> {
  return fetch(request, { signal: AbortSignal.timeout(reconcileTimeoutMs) });
}
