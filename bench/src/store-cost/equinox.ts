import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { CachingStrategy, Codec, Decider, StreamId } from '@equinox-js/core';
import {
  AccessStrategy,
  DynamoStoreCategory,
  DynamoStoreClient,
  DynamoStoreContext,
  QueryOptions,
  TipOptions,
} from '@equinox-js/dynamo-store';
import type { Transaction, TransactionEvent } from '@twinlog/core';
import { meterDynamoDb } from '@twinlog/emulators';
import { decide, evolve } from '../contenders/rules.ts';
import { versionOf } from '../installed.ts';
import { commandOf } from '../workload.ts';
import { type CostContender, connectionTo } from './subject.ts';

type State = Transaction | undefined;

/**
 * Its own defaults, and no cache, as the other two have none: events gather in the stream's tip, an item of up to 32 KB
 * that every append writes again, so that a load is one read.
 */
export const equinox: CostContender = {
  name: 'equinox-js',
  version: versionOf('@equinox-js/dynamo-store'),
  start: async (url) => {
    const client = new DynamoDB(connectionTo(url));
    const tableName = 'equinox-js';
    await client.createTable({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'p', AttributeType: 'S' },
        { AttributeName: 'i', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'p', KeyType: 'HASH' },
        { AttributeName: 'i', KeyType: 'RANGE' },
      ],
    });
    const { taken } = meterDynamoDb(client);
    const context = DynamoStoreContext.create({
      client: new DynamoStoreClient(client),
      tableName,
      tip: TipOptions.create({}),
      query: QueryOptions.create({}),
    });
    const category = DynamoStoreCategory.create<TransactionEvent, State, void>(
      context,
      'Transaction',
      Codec.compress(Codec.json<TransactionEvent>()),
      (state, events) => events.reduce<State>(evolve, state),
      undefined,
      CachingStrategy.NoCache(),
      AccessStrategy.Unoptimized(),
    );
    const decider = () =>
      Decider.forStream(category, StreamId.create('txn_7ZQK4M1N8B3V6X2C5W9R0T1Y4P8D3F6G'), undefined);
    return {
      handle: async (request) => {
        const command = commandOf(request);
        await decider().transact((state) =>
          command.type === 'create' && state !== undefined ? [] : [decide(command, state)],
        );
      },
      events: () => decider().queryEx(({ version }) => Number(version)),
      taken,
      stop: () => client.destroy(),
    };
  },
};
