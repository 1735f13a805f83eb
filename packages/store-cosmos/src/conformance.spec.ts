import { readFileSync } from 'node:fs';
import {
  type CostTable,
  createFaultPlan,
  describeEventStore,
  describeEventStoreCosts,
  describeEventStoreUnderFaults,
  type FaultName,
  type MeteredRequest,
} from '@twinlog/core/testing';
import { type ProxyFault, startFaultProxy } from '@twinlog/emulators';
import { expect } from 'vitest';
import { createCosmosEventStore } from './cosmos-event-store.ts';
import { documentSize, encodeDocument, maxDocumentBytes } from './document.ts';
import { kindOf, startContainer, textOf } from './test-container.fixture.ts';

describeEventStore('The Cosmos DB store', async () => {
  const { open, load, stop } = await startContainer();
  return {
    store: createCosmosEventStore({ container: open() }),
    another: createCosmosEventStore({ container: open() }),
    load,
    stop,
  };
});

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): ProxyFault {
  const body = JSON.stringify({ code: `Status${status}`, message: 'No.' });
  return { kind: 'answer', status, headers: { 'content-type': 'application/json', ...headers }, body };
}

const faults: ReadonlyMap<FaultName, ProxyFault> = new Map([
  ['throttled', refusal(429, { 'x-ms-substatus': '3200', 'x-ms-retry-after-ms': '1' })],
  ['retryWith', refusal(449)],
  ['gone', refusal(410, { 'x-ms-substatus': '1002' })],
  ['unavailable', refusal(503)],
  ['resetBefore', { kind: 'resetBefore' }],
  ['resetAfter', { kind: 'resetAfter' }],
  ['timeoutBefore', { kind: 'hangBefore' }],
  ['timeoutAfter', { kind: 'hangAfter' }],
]);

describeEventStoreUnderFaults('The Cosmos DB store', [...faults.keys()], async () => {
  const { open, endpoint, stop } = await startContainer();
  const proxy = await startFaultProxy(endpoint);
  const plan = createFaultPlan();
  proxy.fault = (request) => {
    const kind = kindOf(request);
    const fault = kind && plan.next(kind, textOf(request));
    return fault && faults.get(fault);
  };
  const impatient = open({ endpoint: proxy.url, connectionPolicy: { requestTimeout: 1_000 } });
  return {
    store: createCosmosEventStore({ container: impatient, readTimeoutMs: 3_000 }),
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

const limits = { largestEvent: maxDocumentBytes, ordinaryEvent: 1_536 };

/** The README's table is to say what was seen. */
function holdReadme(table: CostTable): void {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const [of, { reads, writes }] of Object.entries(table))
    expect(readme).toContain(`\n| ${of} | ${reads} + ${writes} |`);
}

describeEventStoreCosts(
  'the Cosmos DB store',
  limits,
  async () => {
    const { open, endpoint, stop } = await startContainer();
    const proxy = await startFaultProxy(endpoint);
    let taken: MeteredRequest[] = [];
    proxy.fault = (request) => {
      const kind = kindOf(request);
      if (kind) taken.push({ kind });
      return undefined;
    };
    return {
      store: createCosmosEventStore({ container: open({ endpoint: proxy.url }) }),
      taken: () => {
        const since = taken;
        taken = [];
        return since;
      },
      sizeOf: (event) => documentSize(encodeDocument(event)),
      stop: async () => {
        await stop();
        await proxy.stop();
      },
    };
  },
  holdReadme,
);
