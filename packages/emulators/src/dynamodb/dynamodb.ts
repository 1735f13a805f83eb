import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { readBody, startLoopbackServer } from '../loopback-server.ts';
import { createEngine, type Engine } from './engine.ts';
import { isItem } from './item.ts';
import { readMany } from './reads.ts';
import { answerStreams } from './streams-api.ts';
import { keyOf } from './table.ts';
import { Tables } from './tables.ts';
import { type Answer, isJsonObject, type JsonObject, refusal, send, textAt } from './wire.ts';
import { createWrites, type Writes } from './writes.ts';

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** One request, as a fault hook sees it. */
export interface DynamoDbOperation {
  readonly api: 'dynamodb' | 'streams';
  /** For example `PutItem` or `GetRecords`. */
  readonly name: string;
  readonly table?: string;
  /** The secondary index that is read. */
  readonly index?: string;
  /** Key attributes of a single-item operation, as on the wire: `{ pk: { S: 'a' } }`. */
  readonly key?: unknown;
}

export type DynamoDbFault =
  /** 400 ProvisionedThroughputExceededException; the SDK retries it by itself. */
  | { readonly kind: 'throttle' }
  /** Any error answer, instead of the operation. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string; readonly message: string }
  /** The socket is destroyed and nothing was done. */
  | { readonly kind: 'resetBefore' }
  /** The operation is done and its answer is lost with the socket. */
  | { readonly kind: 'resetAfter' }
  /** The operation begins that much later. */
  | { readonly kind: 'delay'; readonly ms: number };

export type DynamoDbFaultHook = (operation: DynamoDbOperation) => DynamoDbFault | undefined;

/** One request that was answered. `status` is 0 where a fault reset the socket instead. */
export interface DynamoDbRequest {
  readonly api: 'dynamodb' | 'streams';
  readonly name: string;
  readonly table?: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export interface DynamoDbOptions {
  /** Port on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** Milliseconds since the epoch: the `Date` of answers, the time of stream records, retention. */
  readonly now?: () => number;
  /** How long stream records are kept, in milliseconds; 24 hours by default, like the service. */
  readonly retentionMs?: number;
  /** Shards a new stream starts with; 4 by default, as an on-demand table starts with 4 partitions. */
  readonly shards?: number;
  readonly fault?: DynamoDbFaultHook | undefined;
  readonly onRequest?: ((request: DynamoDbRequest) => void) | undefined;
}

export interface DynamoDbEmulator {
  readonly url: string;
  readonly port: number;
  /** May be replaced at any time. Called once for each request, before anything is done. */
  fault: DynamoDbFaultHook | undefined;
  /** May be replaced at any time. */
  onRequest: ((request: DynamoDbRequest) => void) | undefined;
  /** Splits an open shard of the table's stream: the first, unless named. */
  splitShard(tableName: string, shardId?: string): void;
  /** A hard outage: no one listens, open sockets are destroyed. Writes under way may finish; data is kept. */
  cut(): Promise<void>;
  /** Ends the outage, on the same port. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts DynamoDB with Streams on one http endpoint of 127.0.0.1. Data live in memory. Requests must be signed,
 * signatures are not verified. Not there: transactions, PartiQL, expiry, restoring from backups, `UpdateTable` of
 * indexes.
 */
export async function startDynamoDb(options: DynamoDbOptions = {}): Promise<DynamoDbEmulator> {
  const now = options.now ?? Date.now;
  const engine = createEngine();
  const tables = new Tables({
    ...{ engine, now, retentionMs: options.retentionMs ?? DAY_MS, shards: options.shards ?? 4 },
  });
  const database: Database = { engine, tables, writes: createWrites(engine, tables), now };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, MAX_REQUEST_BYTES);
    if (body === undefined) return;
    const call = readCall(request, body);
    const operation = 'operation' in call ? describe(call, tables) : undefined;
    const finish = (answer: Answer | 'reset'): void => {
      const bytes = answer === 'reset' ? 0 : send(response, answer, now());
      if (answer === 'reset') request.socket.destroy();
      const { api = 'dynamodb', name = '', table } = operation ?? {};
      emulator.onRequest?.({
        ...{ api, name, ...(table === undefined ? {} : { table }) },
        ...{
          status: answer === 'reset' ? 0 : answer.status,
          requestBytes: body.length,
          responseBytes: bytes,
        },
      });
    };
    if (!('operation' in call) || operation === undefined)
      return finish('operation' in call ? unknown() : call);
    const fault = emulator.fault?.(operation);
    if (fault?.kind === 'resetBefore') return finish('reset');
    if (fault?.kind === 'throttle') return finish(throttled());
    if (fault?.kind === 'answer') return finish(refusal(fault.code, fault.message, fault.status));
    if (fault?.kind === 'delay') await delay(fault.ms);
    const answer = await perform(database, call);
    finish(fault?.kind === 'resetAfter' ? 'reset' : answer);
  };

  const server = await startLoopbackServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      send(response, refusal('InternalServerError', `The stand-in failed: ${String(error)}`, 500), now());
    });
  }, options.port ?? 0);
  const emulator: DynamoDbEmulator = {
    url: server.url,
    port: server.port,
    fault: options.fault,
    onRequest: options.onRequest,
    splitShard(tableName, shardId) {
      const stream = tables.get(tableName)?.stream;
      if (stream === undefined) throw new Error(`Table ${tableName} has no stream to split a shard of.`);
      stream.split(shardId);
    },
    cut: server.cut,
    restore: server.restore,
    stop: server.stop,
  };
  return emulator;
}

interface Database {
  readonly engine: Engine;
  readonly tables: Tables;
  readonly writes: Writes;
  readonly now: () => number;
}

interface Call {
  readonly api: 'dynamodb' | 'streams';
  readonly operation: string;
  readonly payload: JsonObject;
}

function readCall(request: IncomingMessage, body: Buffer | 'too large'): Call | Answer {
  const target = String(request.headers['x-amz-target'] ?? '');
  const [version, operation] = target.split('.');
  const api =
    version === 'DynamoDB_20120810'
      ? 'dynamodb'
      : version === 'DynamoDBStreams_20120810'
        ? 'streams'
        : undefined;
  if (request.method !== 'POST' || api === undefined || operation === undefined) return unknown();
  if (body === 'too large')
    return refusal('RequestEntityTooLargeException', 'The request exceeds 16 MB.', 413);
  if (request.headers.authorization?.startsWith('AWS4-') !== true) {
    return refusal('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
  try {
    const payload: unknown = JSON.parse(body.toString());
    if (isJsonObject(payload)) return { api, operation, payload };
  } catch {
    // Refused below, like any body that is not an object.
  }
  return refusal('SerializationException', 'The request body is not a JSON object.');
}

function describe({ api, operation: name, payload }: Call, tables: Tables): DynamoDbOperation {
  const arn = textAt(payload, 'StreamArn') ?? textAt(payload, 'ShardIterator') ?? '';
  const table = api === 'dynamodb' ? textAt(payload, 'TableName') : /:table\/([^/]+)\//.exec(arn)?.[1];
  const known = tables.get(table);
  const item = payload.Key ?? payload.Item;
  const key = known !== undefined && isItem(item) ? keyOf(known, item) : undefined;
  const index = textAt(payload, 'IndexName');
  return {
    ...{ api, name },
    ...(table !== undefined && { table }),
    ...(index !== undefined && { index }),
    ...(key !== undefined && { key }),
  };
}

function perform({ engine, tables, writes, now }: Database, call: Call): Promise<Answer> {
  const { api, operation, payload } = call;
  if (api === 'streams') return Promise.resolve(answerStreams(operation, payload, tables.streams, now()));
  switch (operation) {
    case 'CreateTable':
      return tables.create(payload);
    case 'DescribeTable':
      return tables.describe(payload);
    case 'UpdateTable':
      return tables.update(payload);
    case 'DeleteTable':
      return tables.delete(payload);
    case 'DescribeContinuousBackups':
    case 'UpdateContinuousBackups':
      return Promise.resolve(tables.backups(payload));
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
    case 'BatchWriteItem':
      return writes.perform(operation, payload);
    case 'Query':
    case 'Scan':
      return readMany(engine, operation, payload);
    default:
      return engine.call(operation, payload);
  }
}

function unknown(): Answer {
  return refusal(
    'UnknownOperationException',
    'The request names no operation of DynamoDB or DynamoDB Streams.',
  );
}

function throttled(): Answer {
  return refusal(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded.' +
      ' Consider increasing your provisioning level with the UpdateTable API.',
  );
}
