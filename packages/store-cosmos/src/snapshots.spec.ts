import { CosmosClient } from '@azure/cosmos';
import { describeSnapshots } from '@twinlog/core/testing';
import { startCosmos } from '@twinlog/emulators';
import { createContainer } from './container.ts';
import { createCosmosEventStore } from './cosmos-event-store.ts';

describeSnapshots('Cosmos DB', async () => {
  const emulator = await startCosmos({ partitions: 2 });
  const client = new CosmosClient({
    endpoint: emulator.endpoint,
    key: emulator.key,
    connectionPolicy: { enableEndpointDiscovery: false, requestTimeout: 5_000 },
  });
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  await createContainer(database, 'events');
  return {
    store: createCosmosEventStore({ container: database.container('events') }),
    requests: () => ({
      reads: emulator.requests.read + emulator.requests.query,
      writes: emulator.requests.create,
    }),
    stop: async () => {
      client.dispose();
      await emulator.stop();
    },
  };
});
