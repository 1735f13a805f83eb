import { type Container, CosmosClient, type CosmosClientOptions, type JSONObject } from '@azure/cosmos';
import type { DomainEvent } from '@twinlog/core';
import {
  type CosmosEmulator,
  type CosmosOptions,
  type ProxiedRequest,
  startCosmos,
} from '@twinlog/emulators';
import { createContainer } from './container.ts';
import { encodeDocument } from './document.ts';

/** A container, on the stand-in or where the variables point. */
export interface TestContainer {
  /** Where the service is: also what a fault proxy is to stand before. */
  readonly endpoint: string;
  /** The stand-in; none where the variables point elsewhere. */
  readonly emulator: CosmosEmulator | undefined;
  /** The container by a client of its own; the client is disposed of when the container is stopped. */
  readonly open: (options?: Partial<CosmosClientOptions>) => Container;
  /** Writes events, 100 of a stream in one transactional batch. */
  readonly load: (events: readonly DomainEvent[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * `TWINLOG_COSMOS_ENDPOINT` and `TWINLOG_COSMOS_KEY`: an account, or an emulator; `TWINLOG_COSMOS_DATABASE` and
 * `TWINLOG_COSMOS_CONTAINER`: where in it, `twinlog` and `conformance` unless told, made if they do not exist. Without
 * the first one, the stand-in of this repository.
 */
export async function startContainer(options: CosmosOptions = {}): Promise<TestContainer> {
  const {
    TWINLOG_COSMOS_ENDPOINT,
    TWINLOG_COSMOS_KEY = '',
    TWINLOG_COSMOS_DATABASE: databaseId = 'twinlog',
    TWINLOG_COSMOS_CONTAINER: containerId = 'conformance',
  } = process.env;
  const emulator =
    TWINLOG_COSMOS_ENDPOINT === undefined ? await startCosmos({ partitions: 2, ...options }) : undefined;
  const endpoint = emulator?.endpoint ?? TWINLOG_COSMOS_ENDPOINT ?? '';
  const key = emulator?.key ?? TWINLOG_COSMOS_KEY;

  const clients: CosmosClient[] = [];
  const clientFor = (more: Partial<CosmosClientOptions> = {}): CosmosClient => {
    const connectionPolicy = {
      enableEndpointDiscovery: false,
      requestTimeout: 5_000,
      ...more.connectionPolicy,
    };
    const client = new CosmosClient({ endpoint, key, ...more, connectionPolicy });
    clients.push(client);
    return client;
  };
  const { database } = await clientFor().databases.createIfNotExists({ id: databaseId });
  await createContainer(database, containerId);
  const open = (more?: Partial<CosmosClientOptions>): Container =>
    clientFor(more).database(databaseId).container(containerId);
  const own = open();

  return {
    ...{ endpoint, emulator, open },
    load: async (events) => {
      for (const [stream, ofStream] of Map.groupBy(events, ({ partitionkey }) => partitionkey)) {
        for (let at = 0; at < ofStream.length; at += 100) {
          const operations = ofStream.slice(at, at + 100).map((event) => {
            const resourceBody: JSONObject = JSON.parse(JSON.stringify(encodeDocument(event)));
            return { operationType: 'Create' as const, resourceBody };
          });
          const { code } = await own.items.batch(operations, stream);
          if (code !== 200) throw new Error(`A batch of ${operations.length} events ended with ${code}.`);
        }
      }
    },
    stop: async () => {
      for (const client of clients) client.dispose();
      await emulator?.stop();
    },
  };
}

/** Whether a request reads or writes items; undefined for what the SDK looks up about the container and its queries. */
export function kindOf({ method, path, headers }: ProxiedRequest): 'read' | 'write' | undefined {
  if (!/\/docs(\/|$)/.test(path) || headers['x-ms-cosmos-is-query-plan-request']) return undefined;
  return method === 'GET' || headers['x-ms-documentdb-isquery'] ? 'read' : 'write';
}

/** Where the names that a request is about stand: in its path, in the partition key or in the body. */
export function textOf({ path, headers, body }: ProxiedRequest): string {
  return `${path} ${headers['x-ms-documentdb-partitionkey']} ${body}`;
}
