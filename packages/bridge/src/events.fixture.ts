import {
  createMemoryStore,
  createService,
  type DomainEvent,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';

/** Real events: creates that a cell decided, each in a stream of its own. */
export async function decidedEvents(
  count: number,
  origin = 'aws-us-east-1.1',
): Promise<readonly DomainEvent[]> {
  const store = createMemoryStore();
  const assignment = `1.${origin.split('.')[0]}`;
  const service = createService({
    aggregate: transaction,
    store,
    origin,
    assignment,
    runtime: systemRuntime,
  });
  const events: DomainEvent[] = [];
  for (let index = 0; index < count; index++) {
    const account = `acct-${index}`;
    const outcome = await service.execute({
      stream: transactionId(account, 'key', systemRuntime.random),
      account,
      commandId: 'key',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      command: { type: 'create', account_id: account, amount: '10.00', currency: 'USD' },
    });
    if (outcome.kind !== 'appended') throw new Error(`The fixture's create ended as ${outcome.kind}.`);
    events.push(outcome.event);
  }
  return events;
}
