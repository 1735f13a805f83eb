import { CosmosClient } from '@azure/cosmos';
import { sampleEvent } from '@twinlog/core/testing';
import { startChangeFeedTrigger, startCosmos } from '@twinlog/emulators';
import { expect, test } from 'vitest';
import { decodeChange } from './change-feed.ts';
import { createContainer } from './container.ts';
import { createCosmosEventStore } from './cosmos-event-store.ts';
import { encodeDocument } from './document.ts';

const event = sampleEvent({ stream: 'txn_1' });

test('the document of an event is that event', () => {
  expect(decodeChange({ ...encodeDocument(event), _etag: '"e"', _ts: 1 })).toEqual({ kind: 'event', event });
});

test('an event comes through the Functions trigger as it was decided, dates in it included', async () => {
  const emulator = await startCosmos();
  const client = new CosmosClient({ endpoint: emulator.endpoint, key: emulator.key });
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  await createContainer(database, 'events');
  const container = database.container('events');
  const store = createCosmosEventStore({ container });
  const events = ['2026-11-25T12:00:00.000Z', '2026-11-25T12:00:10.120Z', '2026-11-25T12:00:10.123Z'].map(
    (time, index) => {
      const data = { at: time, local: '2026-11-25T00:30:00.500+02:00', n: 1e21 };
      return sampleEvent({ stream: 'txn_1', at: Date.parse(time), sequence: index + 1, data });
    },
  );
  for (const event of events) await store.insert(event);
  const handed = Promise.withResolvers<readonly unknown[]>();
  const trigger = await startChangeFeedTrigger({
    container,
    leases: database.container('leases'),
    createLeaseContainerIfNotExists: true,
    startFromBeginning: true,
    handler: (documents) => handed.resolve(documents),
  });
  expect((await handed.promise).map(decodeChange)).toEqual(events.map((event) => ({ kind: 'event', event })));
  await trigger.stop();
  client.dispose();
  await emulator.stop();
});

test('a document that is no event is ignored', () => {
  for (const other of [{ id: 'lease' }, null, 'text', []])
    expect(decodeChange(other)).toEqual({ kind: 'ignored' });
});

test('a document whose event breaks the format is malformed, with its id and the attribute at fault', () => {
  const { type: _, ...noType } = event;
  expect(decodeChange({ ...encodeDocument(event), event: JSON.stringify(noType) })).toEqual({
    kind: 'malformed',
    reason: expect.stringMatching(/"aws-us-east-1\.1:0000000001".*type/),
  });
});

test.each([
  ['no JSON', '{"id":'],
  ['JSON of another kind', '5'],
  ['no text', { ...event }],
  ['more than a text', [JSON.stringify(event)]],
  ['nothing', null],
])('a document with %s where its event is to be is malformed', (_, held) => {
  expect(decodeChange({ id: 'x', event: held })).toEqual({
    kind: 'malformed',
    reason: expect.stringContaining('The document "x" holds no event.'),
  });
});
