import {
  type ContainerDefinition,
  type Database,
  PartitionKeyDefinitionVersion,
  PartitionKeyKind,
} from '@azure/cosmos';
import { TwinlogError } from '@twinlog/core';
import { statusOf } from './fault.ts';

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
 * Creates the container unless it exists; may be called again at any time. It takes an account key or an emulator: an
 * identity of Entra ID may not do this over the data plane. In production the container is infrastructure as a rule:
 * `printContainer` has it for Bicep and Terraform, with the account's consistency, backup and lock, which are not the
 * container's to say.
 *
 * @throws TwinlogError `container_differs` where a container of that name exists with another partition key, without
 * an index that is needed, or in which things expire; and what the SDK throws.
 */
export async function createContainer(database: Database, container: string): Promise<void> {
  const wanted = containerDefinition(container);
  const found = await foundOrMade(database, wanted);
  const told = found === undefined ? [] : differences(found, wanted);
  if (told.length === 0) return;
  throw new TwinlogError(
    'container_differs',
    `The container "${container}" exists and is another one than this store needs: ${told.join('; ')}. Take another name, or make the container as the definition has it.`,
  );
}

async function foundOrMade(
  database: Database,
  wanted: ContainerDefinition,
): Promise<ContainerDefinition | undefined> {
  try {
    return (await database.containers.createIfNotExists(wanted)).resource;
  } catch (error) {
    // Somebody else has made it between the SDK's look and its try.
    if (statusOf(error) !== 409) throw error;
    return (await database.container(wanted.id ?? '').read()).resource;
  }
}

function differences(found: ContainerDefinition, wanted: ContainerDefinition): readonly string[] {
  const [key, wantedKey] = [found, wanted].map(({ partitionKey }) =>
    typeof partitionKey === 'object' ? partitionKey.paths.join() : partitionKey,
  );
  const [indexed, needed] = [found, wanted].map(({ indexingPolicy }) =>
    (indexingPolicy?.includedPaths ?? []).map(({ path }) => path ?? ''),
  );
  const all = indexed?.includes('/*') === true;
  const missing = (needed ?? []).filter((path) => !all && !indexed?.includes(path));
  return [
    ...(key === wantedKey ? [] : [`its partition key is ${key} and not ${wantedKey}`]),
    ...missing.map((path) => `${path} is not indexed`),
    ...(found.defaultTtl === undefined ? [] : ['it has a time to live, after which events would be deleted']),
  ];
}
