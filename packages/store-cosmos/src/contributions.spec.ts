import { CosmosClient } from '@azure/cosmos';
import { StoreUnavailableError } from '@twinlog/core';
import { describeAccountTotals } from '@twinlog/core/testing';
import { startCosmos } from '@twinlog/emulators';
import { expect, test } from 'vitest';
import { createContainer } from './container.ts';
import { contributionsContainerDefinition, createCosmosContributions } from './contributions.ts';
import { createCosmosEventStore } from './cosmos-event-store.ts';

async function startDatabase() {
  const emulator = await startCosmos({ partitions: 2 });
  const client = new CosmosClient({
    endpoint: emulator.endpoint,
    key: emulator.key,
    connectionPolicy: { enableEndpointDiscovery: false, requestTimeout: 5_000 },
  });
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  await createContainer(database, 'events');
  await database.containers.createIfNotExists(contributionsContainerDefinition('totals'));
  return { emulator, client, events: database.container('events'), totals: database.container('totals') };
}

describeAccountTotals('Cosmos DB', async () => {
  const { emulator, client, events, totals } = await startDatabase();
  return {
    store: createCosmosEventStore({ container: events }),
    contributions: createCosmosContributions({ container: totals }),
    stop: async () => {
      client.dispose();
      await emulator.stop();
    },
  };
});

test('a request that is throttled for good is told as unavailable by every method', async () => {
  const { emulator, client, totals } = await startDatabase();
  const { find, keep, list } = createCosmosContributions({ container: totals });
  const row = { account: 'a', stream: 's', version: 'aws.1=1', currency: 'JPY' };
  const sums = { authorised: 1n, captured: 0n, refunded: 0n };
  expect(await keep({ ...row, ...sums }, undefined)).toBe(true);
  emulator.fault = ({ kind }) => (kind === 'metadata' ? undefined : { kind: 'throttle', retryAfterMs: 1 });
  for (const act of [() => find('a', 's'), () => keep({ ...row, ...sums }, undefined), () => list('a')]) {
    await expect(act()).rejects.toThrow(StoreUnavailableError);
  }
  client.dispose();
  await emulator.stop();
});

test('a container that is not there is told of, and the same row is not tried for ever', async () => {
  const { emulator, client, totals } = await startDatabase();
  const { keep } = createCosmosContributions({ container: totals.database.container('nowhere') });
  const row = { account: 'a', stream: 's', version: 'aws.1=1', currency: 'JPY' };
  const keeping = keep({ ...row, authorised: 1n, captured: 0n, refunded: 0n }, undefined);
  await expect(keeping).rejects.toMatchObject({
    code: 'store_misconfigured',
    message: expect.stringContaining('"nowhere"'),
  });
  client.dispose();
  await emulator.stop();
});
