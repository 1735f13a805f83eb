import { type Container, CosmosClient, type CosmosClientOptions } from '@azure/cosmos';
import { createService, systemRuntime, transaction } from '@twinlog/core';
import { clientDefaults, createContainer, createCosmosEventStore } from '@twinlog/store-cosmos';

/** In Azure: `{ endpoint, aadCredentials: new DefaultAzureCredential() }` of @azure/identity. */
export function connect(account: CosmosClientOptions): CosmosClient {
  return new CosmosClient({
    ...account,
    connectionPolicy: { ...clientDefaults.connectionPolicy, ...account.connectionPolicy },
  });
}

/** For tests and local use. In production the database and its container are Terraform's. */
export async function prepare(client: CosmosClient): Promise<Container> {
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  await createContainer(database, 'events');
  return database.container('events');
}

export function open(client: CosmosClient) {
  const store = createCosmosEventStore({ container: client.database('twinlog').container('events') });
  const service = createService({
    aggregate: transaction,
    store,
    origin: 'azure-eastus.1',
    assignment: '1.azure-eastus',
    runtime: systemRuntime,
  });
  return { store, service };
}
