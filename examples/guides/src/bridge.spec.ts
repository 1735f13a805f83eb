import { createMemoryDeadLetters, relay } from '@twinlog/bridge';
import {
  createMemoryStore,
  createService,
  type DomainEvent,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';
import { startEventGrid } from '@twinlog/emulators';
import { decodeChange, encodeDocument } from '@twinlog/store-cosmos';
import { expect, test } from 'vitest';
import { changeFeedRelayOf, publisherOf, queuedReceiverOf, redriveAll, sendersOf } from './bridge.ts';

const key = 'a-key-for-this-test';

async function decidedOn(cell: string): Promise<DomainEvent> {
  const service = createService({
    aggregate: transaction,
    store: createMemoryStore(),
    origin: `${cell}.1`,
    assignment: `1.${cell}`,
    runtime: systemRuntime,
  });
  const outcome = await service.execute({
    stream: transactionId('acct-1', 'create', systemRuntime.random),
    account: 'acct-1',
    commandId: 'create',
    command: { type: 'create', account_id: 'acct-1', amount: '10.00', currency: 'USD' },
  });
  if (outcome.kind !== 'appended') throw new Error(`The create ended as ${outcome.kind}.`);
  return outcome.event;
}

const delivery = (events: readonly unknown[]) =>
  new Request('http://cell/replication/events', {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json', 'x-twinlog-key': key },
    body: JSON.stringify(events),
  });

test('a change goes out by a topic with two keys, one of them regenerated', async () => {
  const topic = await startEventGrid();
  const { key1, key2 } = topic.keys();
  const relayed = changeFeedRelayOf(
    publisherOf(topic.endpoint, [key1, key2], true),
    createMemoryDeadLetters(),
  );
  topic.regenerateKey('key1');
  await relayed([encodeDocument(await decidedOn('azure-eastus'))]);
  expect(topic.published()).toBe(1);
  await topic.stop();
});

test('events come in by way of a queue, from whoever shows a key', async () => {
  const store = createMemoryStore();
  const queue: string[] = [];
  const { webhook, fromQueue } = queuedReceiverOf({
    store,
    keys: [key],
    deadLetters: createMemoryDeadLetters(),
    enqueue: async (message) => void queue.push(message),
  });
  const event = await decidedOn('azure-eastus');
  expect((await webhook(delivery([event]))).status).toBe(200);
  expect(await store.read(event.partitionkey)).toEqual([]);
  const Records = queue.map((body, index) => ({ messageId: String(index), body }));
  expect(await fromQueue({ Records })).toEqual({ batchItemFailures: [] });
  expect(await store.read(event.partitionkey)).toEqual([event]);
  expect(await sendersOf('a-tenant', [key])(delivery([]))).toBe(true);
});

test('dead letters are driven again', async () => {
  const deadLetters = createMemoryDeadLetters();
  const published: DomainEvent[] = [];
  const publish = async (events: readonly DomainEvent[]) => void published.push(...events);
  const options = {
    store: createMemoryStore(),
    cell: 'azure-eastus',
    peers: ['aws-us-east-1'],
    deadLetters,
    now: Date.now,
    publish,
    decode: decodeChange,
  };
  const event = await decidedOn('azure-eastus');
  const unknown = { kind: 'malformed', reason: 'It is of a later version.' } as const;
  await relay([{ position: '1', change: unknown, record: encodeDocument(event) }], options);
  expect(await redriveAll(options)).toEqual(['malformed: It is of a later version. redriven']);
  expect([published, deadLetters.letters.size]).toEqual([[event], 0]);
});
