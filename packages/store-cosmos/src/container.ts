import {
  type ContainerDefinition,
  type Database,
  PartitionKeyDefinitionVersion,
  PartitionKeyKind,
} from '@azure/cosmos';

/**
 * The container, in the shape that the service takes. Only what is queried is indexed, so a write costs little
 * more than its size. Nothing expires: there is no default time to live, and without one an item's own `ttl`
 * has no effect.
 */
export function containerDefinition(container: string): ContainerDefinition {
  return {
    id: container,
    // Version 2 hashes the whole key, version 1 its first 101 bytes.
    partitionKey: {
      paths: ['/stream'],
      kind: PartitionKeyKind.Hash,
      version: PartitionKeyDefinitionVersion.V2,
    },
    indexingPolicy: {
      automatic: true,
      indexingMode: 'consistent',
      includedPaths: ['/stream/?', '/account/?', '/origin/?', '/eventId/?'].map((path) => ({ path })),
      excludedPaths: [{ path: '/*' }],
    },
  };
}

/**
 * Creates the container unless it exists. For tests and local use: in production the container is
 * infrastructure, and a service has no right to create it.
 *
 * @throws what the SDK throws; an existing container is not compared with the definition.
 */
export async function createContainer(database: Database, container: string): Promise<void> {
  await database.containers.createIfNotExists(containerDefinition(container));
}
