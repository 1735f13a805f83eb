import { createMemoryDeadLetters } from '@twinlog/bridge';
import {
  createMemoryStore,
  createService,
  type DomainEvent,
  type EventStore,
  systemRuntime,
  transaction,
  transactionCommands,
} from '@twinlog/core';
import { encodeItem } from '@twinlog/store-dynamodb';
import { expect, test } from 'vitest';
import { catchUp, logOf, receiverOf, relayOf } from './two-cells.ts';

const key = 'a key of both cells';

async function twoTransactions(): Promise<EventStore> {
  const store = createMemoryStore();
  const service = createService({
    aggregate: transaction,
    store,
    origin: 'aws-us-east-1.1',
    assignment: '1.aws-us-east-1',
    runtime: systemRuntime,
  });
  const command = transactionCommands.create.parse({ account_id: 'a', amount: '10.00', currency: 'USD' });
  await service.execute({ stream: 'txn_1', account: 'a', command });
  await service.execute({ stream: 'txn_2', account: 'a', command });
  return store;
}

/** The record that a table's stream has of the event. */
const recordOf = (event: DomainEvent) => ({
  eventName: 'INSERT' as const,
  dynamodb: {
    SequenceNumber: event.id,
    StreamViewType: 'NEW_IMAGE' as const,
    NewImage: Object.fromEntries(Object.entries(encodeItem(event)).map(([name, S]) => [name, { S }])),
  },
});

test('what is relayed is received, and what was lost on the way is caught up with', async () => {
  const [aws, azure] = [await twoTransactions(), createMemoryStore()];
  const deadLetters = createMemoryDeadLetters();
  const receive = receiverOf(azure, [key, 'the key before'], deadLetters);
  const answers: number[] = [];
  const publish = async (events: readonly DomainEvent[]): Promise<void> => {
    const request = new Request('https://azure.example/replication/events', {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json', 'x-twinlog-key': key },
      body: JSON.stringify(events),
    });
    answers.push((await receive(request)).status);
  };

  const first = await aws.read('txn_1');
  const relayed = await relayOf(publish, deadLetters)({ Records: first.map(recordOf) });
  expect(relayed).toEqual({ batchItemFailures: [] });
  expect(answers).toEqual([200]);
  expect(await azure.read('txn_1')).toEqual(first);

  const { pulled } = await catchUp({
    store: azure,
    url: 'https://aws.example',
    key,
    fetch: logOf(aws, [key]),
    from: 0,
    to: Date.now() + 1_000,
  });
  expect(pulled).toBe(1);
  expect(await azure.read('txn_2')).toEqual(await aws.read('txn_2'));
});
