import { createMemoryStore, createService, systemRuntime, transaction } from '@twinlog/core';
import { expect, test } from 'vitest';
import { totalsAfter } from './totals.ts';

test('an account comes to what its transactions come to, however often an event is told of', async () => {
  const store = createMemoryStore();
  const assignment = '1.a';
  const service = createService({
    aggregate: transaction,
    store,
    origin: 'a.1',
    assignment,
    runtime: systemRuntime,
  });
  const money = (amount: string) => ({ amount, currency: 'USD' });
  const create = { type: 'create', account_id: 'account-7', ...money('10.00') } as const;
  await service.execute({ stream: 'txn_1', account: 'account-7', command: create });
  await service.execute({ stream: 'txn_1', command: { type: 'capture', ...money('4.50') } });
  const events = await store.read('txn_1');
  const totals = await totalsAfter([...events, ...events]);
  expect(totals.get('USD')).toMatchObject({ authorised: 1000n, captured: 450n, refunded: 0n });
});
