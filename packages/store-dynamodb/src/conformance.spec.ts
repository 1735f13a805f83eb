import { readFileSync } from 'node:fs';
import {
  type CostTable,
  createFaultPlan,
  describeEventStore,
  describeEventStoreCosts,
  describeEventStoreUnderFaults,
  type FaultName,
} from '@twinlog/core/testing';
import { meterDynamoDb, type ProxyFault, startFaultProxy } from '@twinlog/emulators';
import { expect } from 'vitest';
import { createDynamoDbEventStore } from './dynamodb-event-store.ts';
import { encodeItem, itemSize, maxItemBytes } from './item.ts';
import { leadThrough, quickRetries, startTable } from './test-table.fixture.ts';

describeEventStore('The DynamoDB store', async () => {
  const { client, table, load, stop } = await startTable();
  return {
    store: createDynamoDbEventStore({ client: client(), table }),
    another: createDynamoDbEventStore({ client: client(), table }),
    load,
    stop,
  };
});

function refusal(status: number, code: string): ProxyFault {
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'No.' });
  return { kind: 'answer', status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}

/** What DynamoDB can show. It has no 410 and no 449. */
const faults: ReadonlyMap<FaultName, ProxyFault> = new Map([
  ['throttled', refusal(400, 'ProvisionedThroughputExceededException')],
  ['unavailable', refusal(503, 'ServiceUnavailable')],
  ['resetBefore', { kind: 'resetBefore' }],
  ['resetAfter', { kind: 'resetAfter' }],
  ['timeoutBefore', { kind: 'hangBefore' }],
  ['timeoutAfter', { kind: 'hangAfter' }],
]);

describeEventStoreUnderFaults('The DynamoDB store', [...faults.keys()], async () => {
  const { client, table, url, stop } = await startTable();
  const proxy = await startFaultProxy(url);
  const impatient = client({
    retryStrategy: quickRetries,
    requestHandler: { requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  leadThrough(impatient, proxy);
  const plan = createFaultPlan();
  proxy.fault = ({ headers, body }) => {
    const isWrite = String(headers['x-amz-target']).endsWith('.PutItem');
    const fault = plan.next(isWrite ? 'write' : 'read', body.toString());
    return fault && faults.get(fault);
  };
  return {
    store: createDynamoDbEventStore({ client: impatient, table }),
    inject: plan.inject,
    cut: proxy.cut,
    restore: proxy.restore,
    setDatabaseAhead: (ms) => {
      proxy.dateAheadMs = ms;
    },
    stop: async () => {
      await stop();
      await proxy.stop();
    },
  };
});

const limits = {
  largestEvent: maxItemBytes,
  ordinaryEvent: 1_024,
  writeUnits: { event: 2, opening: 3 },
};

/** Our column of the README's table, which is to say what was seen. */
function holdReadme(table: CostTable): void {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const [of, { reads, writes, readUnits, writeUnits }] of Object.entries(table))
    expect(readme).toContain(`\n| ${of} | ${reads} + ${writes}, ${readUnits} + ${writeUnits} |`);
}

describeEventStoreCosts(
  'the DynamoDB store',
  limits,
  async () => {
    const { client, table, stop } = await startTable();
    const metered = client();
    const { taken } = meterDynamoDb(metered);
    return {
      store: createDynamoDbEventStore({ client: metered, table }),
      taken,
      sizeOf: (event) => itemSize(encodeItem(event)),
      stop,
    };
  },
  holdReadme,
);
