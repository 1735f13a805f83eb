import { createSecretKey, randomBytes } from 'node:crypto';
import { Account } from './account.ts';
import { type Answer, errorBody, Refused, refusal } from './answer.ts';
import { authorize } from './authorization.ts';
import { answerBatch, answerBulk } from './batch.ts';
import { answerChangeFeed } from './change-feed.ts';
import type { CosmosFaultHook, CosmosOperationKind, CosmosRequestRecord } from './fault.ts';
import { answerItem } from './item-requests.ts';
import { answerMetadata } from './metadata.ts';
import { answerQuery, answerQueryPlan, PlanNeeded } from './query-requests.ts';
import { type CosmosRequest, header, kindOf, operationOf, verbOf } from './request.ts';
import { listenForRequests, type Reply } from './wire.ts';

export interface CosmosOptions {
  /** A loopback port; 0, the default, takes any free one. */
  readonly port?: number;
  /** The account key, base64; random unless given. */
  readonly key?: string;
  /** Milliseconds since 1970; gives `_ts`, the change feed's times and the `Date` header. */
  readonly now?: () => number;
  /** How many physical partitions each container has; 1 unless given. */
  readonly partitions?: number;
  readonly fault?: CosmosFaultHook;
  readonly onRequest?: (record: CosmosRequestRecord) => void;
}

/** A Cosmos DB account (NoSQL API) on loopback, with its data in memory. */
export interface CosmosEmulator {
  /** `http://127.0.0.1:<port>`, also after an outage. */
  readonly endpoint: string;
  /** The account key, base64. */
  readonly key: string;
  /** Asked about every authorized request; may be changed at any time. */
  fault: CosmosFaultHook | undefined;
  /** Told about every request once it is over; may be changed at any time. */
  onRequest: ((record: CosmosRequestRecord) => void) | undefined;
  /** How many requests of each kind came, those that were refused or cut included. */
  readonly requests: Readonly<Record<CosmosOperationKind, number>>;
  /** A hard outage: stops listening and destroys every connection. What was written stays written. */
  cut(): Promise<void>;
  /** Listens again on the same port, with all data. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Cosmos DB stand-in. @throws where the port cannot be listened on, or the key is not base64. */
export async function startCosmos(options: CosmosOptions = {}): Promise<CosmosEmulator> {
  const now = options.now ?? Date.now;
  const key = options.key ?? randomBytes(64).toString('base64');
  const keyBytes = Buffer.from(key, 'base64');
  if (keyBytes.length === 0) throw new Error('startCosmos: the key must be base64 text of at least one byte');
  const secret = createSecretKey(keyBytes);
  const partitions = options.partitions ?? 1;
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new Error(`startCosmos: partitions must be a whole number of at least 1, not ${partitions}`);
  }
  const account = new Account({ partitions, now });
  const requests: Record<CosmosOperationKind, number> = {
    create: 0,
    read: 0,
    query: 0,
    replace: 0,
    upsert: 0,
    delete: 0,
    batch: 0,
    changeFeed: 0,
    metadata: 0,
  };

  const reply = (request: CosmosRequest): Reply => {
    const verb = verbOf(request);
    const kind = kindOf(verb);
    requests[kind] += 1;
    const fault = (): ReturnType<CosmosFaultHook> => {
      authorize(
        {
          verb: request.method,
          segments: request.segments,
          authorization: header(request, 'authorization'),
          date: header(request, 'x-ms-date'),
        },
        secret,
      );
      return emulator.fault?.(operationOf(request, verb));
    };
    const answer = (): Answer => {
      if (verb === 'metadata') return answerMetadata(account, emulator.endpoint, request);
      const [, database = '', , name = ''] = request.segments;
      const context = { account, container: account.container(database, name, 'inside'), now };
      switch (verb) {
        case 'query':
          return answerQuery(context.container, request);
        case 'queryPlan':
          return answerQueryPlan(request);
        case 'changeFeed':
          return answerChangeFeed(context.container, request);
        case 'batch':
          return answerBatch(context, request);
        case 'bulk':
          return answerBulk(context, request);
        default:
          return answerItem(context, verb, request);
      }
    };
    return { kind, fault, answer };
  };

  const wire = await listenForRequests({
    port: options.port ?? 0,
    now,
    reply,
    refuse: answerForError,
    record: (record) => emulator.onRequest?.(record),
  });
  const emulator: CosmosEmulator = {
    endpoint: `http://127.0.0.1:${wire.port}`,
    key,
    fault: options.fault,
    onRequest: options.onRequest,
    requests,
    cut: wire.cut,
    restore: wire.restore,
    stop: wire.cut,
  };
  return emulator;
}

function answerForError(error: unknown): Answer {
  if (error instanceof PlanNeeded) {
    const body = {
      code: 'BadRequest',
      message: error.message,
      additionalErrorInfo: JSON.stringify(error.plan),
    };
    return { ...refusal(error), body: JSON.stringify(body) };
  }
  if (error instanceof Refused) return refusal(error);
  return { status: 500, body: errorBody(500, `The Cosmos DB stand-in failed: ${String(error)}`) };
}
