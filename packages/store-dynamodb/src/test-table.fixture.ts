import {
  BatchWriteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { DomainEvent } from '@twinlog/core';
import { type DynamoDbEmulator, type FaultProxy, startDynamoDb } from '@twinlog/emulators';
import { encodeItem } from './item.ts';
import { createTable } from './table.ts';

/** A table, on the stand-in or where the variables point. */
export interface TestTable {
  readonly table: string;
  /** Where the service is: also what a fault proxy is to stand before. */
  readonly url: string;
  /** The stand-in; none where the variables point elsewhere. */
  readonly emulator: DynamoDbEmulator | undefined;
  /** A client of the vendor's; it is destroyed when the table is stopped. */
  readonly client: (config?: DynamoDBClientConfig) => DynamoDBClient;
  /** Writes events, 25 in a request. */
  readonly load: (events: readonly DomainEvent[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A client for an emulator. */
export function clientOf(url: string, config: DynamoDBClientConfig = {}): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials, ...config });
}

/**
 * `TWINLOG_DYNAMODB_ENDPOINT`: the URL of DynamoDB Local or of another emulator, or `aws` for the service itself, in
 * `AWS_REGION` and with the credentials that the SDK finds. `TWINLOG_DYNAMODB_TABLE`: the table there, made if it does
 * not exist; `twinlog-conformance` unless told. Without the first one, the stand-in of this repository.
 */
export async function startTable(options: { readonly table?: string } = {}): Promise<TestTable> {
  const { TWINLOG_DYNAMODB_ENDPOINT: endpoint, TWINLOG_DYNAMODB_TABLE, AWS_REGION } = process.env;
  const region = AWS_REGION ?? 'us-east-1';
  const emulator = endpoint === undefined ? await startDynamoDb() : undefined;
  const isService = endpoint === 'aws';
  const url = emulator?.url ?? (isService ? `https://dynamodb.${region}.amazonaws.com` : (endpoint ?? ''));
  const table = options.table ?? TWINLOG_DYNAMODB_TABLE ?? 'twinlog-conformance';

  const clients: DynamoDBClient[] = [];
  const client = (config: DynamoDBClientConfig = {}): DynamoDBClient => {
    const made = isService ? new DynamoDBClient({ region, ...config }) : clientOf(url, config);
    clients.push(made);
    return made;
  };
  const own = client();
  await createTable(own, table);

  return {
    ...{ table, url, emulator, client },
    load: async (events) => {
      const requests = events.map(
        (event): WriteRequest => ({
          PutRequest: {
            Item: Object.fromEntries(Object.entries(encodeItem(event)).map(([name, S]) => [name, { S }])),
          },
        }),
      );
      const batches = Array.from({ length: Math.ceil(requests.length / 25) }, (_, at) =>
        requests.slice(at * 25, at * 25 + 25),
      );
      const write = async (): Promise<void> => {
        for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
          const put = new BatchWriteItemCommand({ RequestItems: { [table]: batch } });
          const { UnprocessedItems = {} } = await own.send(put);
          const left = UnprocessedItems[table] ?? [];
          if (left.length > 0) batches.push(left);
        }
      };
      await Promise.all([write(), write(), write(), write()]);
    },
    stop: async () => {
      for (const made of clients) made.destroy();
      await emulator?.stop();
    },
  };
}

/** Leads a client's connections to a proxy, after it has signed for where it believes to be going. */
export function leadThrough(client: DynamoDBClient, proxy: FaultProxy): void {
  client.middlewareStack.add(
    (next) => (args) => {
      if (typeof args.request === 'object' && args.request !== null)
        Object.assign(args.request, { protocol: 'http:', hostname: '127.0.0.1', port: proxy.port });
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'leadThrough' },
  );
}

/** Three tries with hardly a pause, so that a test of retries need not wait as a service should. */
export const quickRetries: NonNullable<DynamoDBClientConfig['retryStrategy']> = {
  acquireInitialRetryToken: async () => tokenOf(0),
  refreshRetryTokenForRetry: async (token, { errorType }) => {
    const isRepeatable =
      errorType === 'THROTTLING' || errorType === 'TRANSIENT' || errorType === 'SERVER_ERROR';
    if (!isRepeatable || token.getRetryCount() >= 2) throw new Error('No more tries.');
    return tokenOf(token.getRetryCount() + 1);
  },
  recordSuccess: () => {},
};

function tokenOf(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 1 };
}
