import {
  createMemoryStore,
  createService,
  ingest,
  parseJson,
  systemRuntime,
  transaction,
  transactionCommands,
  transactionId,
} from '@twinlog/core';

const assignment = '1.aws-us-east-1';
const runtime = systemRuntime;
const aws = createMemoryStore();
const azure = createMemoryStore();
const onAws = createService({
  aggregate: transaction,
  store: aws,
  origin: 'aws-us-east-1.1',
  assignment,
  runtime,
});
const onAzure = createService({
  aggregate: transaction,
  store: azure,
  origin: 'azure-eastus.1',
  assignment,
  runtime,
});

// A client creates a transaction and captures a part of it, on AWS.
const account = 'account-7';
const stream = transactionId(account, 'order-1', runtime.random);
const create = transactionCommands.create.parse({ account_id: account, amount: '10.00', currency: 'USD' });
await onAws.execute({ stream, account, commandId: 'order-1', command: create });

const capture = transactionCommands.capture.parse(parseJson('{ "amount": 4.50, "currency": "USD" }'));
const first = await onAws.execute({ stream, commandId: 'capture-1', command: capture });

// The events reach Azure twice and in the wrong order, as events do.
const events = await aws.read(stream);
for (const event of [...events, ...events].reverse()) await ingest(azure, event);

// The client never got its answer, was sent to Azure, and simply sends the same request again.
const again = await onAzure.execute({ stream, commandId: 'capture-1', command: capture });

export { again, first };
