import { type Container, CosmosClient, type PartitionKeyDefinition } from '@azure/cosmos';
import type { CosmosEmulator } from './cosmos-emulator.ts';

/** The vendor's client for a stand-in, held to its one endpoint. */
export function cosmosClient({ endpoint, key }: Pick<CosmosEmulator, 'endpoint' | 'key'>): CosmosClient {
  return new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } });
}

/** Opens a container, made with its database if it is not there. */
export async function openContainer(
  emulator: Pick<CosmosEmulator, 'endpoint' | 'key'>,
  options: {
    readonly id: string;
    readonly database?: string;
    readonly partitionKey?: string | PartitionKeyDefinition;
  },
): Promise<Container> {
  const client = cosmosClient(emulator);
  const { database } = await client.databases.createIfNotExists({ id: options.database ?? 'stand-in' });
  const { container } = await database.containers.createIfNotExists({
    id: options.id,
    partitionKey: options.partitionKey ?? '/pk',
  });
  return container;
}
