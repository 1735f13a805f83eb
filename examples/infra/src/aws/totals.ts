import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  createDynamoDbContributions,
  createDynamoDbEventStore,
  decodeStreamRecord,
} from '@twinlog/store-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { CellSettings } from '../settings.ts';
import { type CellTotals, cellTotals } from '../totals.ts';

/**
 * An AWS cell's account totals: a function on the table's stream, beside the relay and without its filter, for what
 * other cells decided counts as well.
 */
export function awsTotals(options: {
  readonly settings: Pick<CellSettings, 'store' | 'totals'>;
  readonly dynamoDb: DynamoDBDocumentClient;
}): {
  readonly totals: (event: DynamoDBStreamEvent) => Promise<void>;
  readonly of: CellTotals<DynamoDBRecord>['of'];
} {
  const { settings, dynamoDb: client } = options;
  const { takeIn, of } = cellTotals<DynamoDBRecord>({
    store: createDynamoDbEventStore({ client, table: settings.store, now: Date.now }),
    contributions: createDynamoDbContributions({ client, table: settings.totals }),
    decode: decodeStreamRecord,
  });
  return { totals: ({ Records }) => takeIn(Records), of };
}
