// #region test
import { createMemoryStore, createService, systemRuntime, transaction } from '@twinlog/core';
import { expect, test } from 'vitest';

test('a transaction can be captured up to its amount, and no further', async () => {
  const service = createService({
    aggregate: transaction,
    store: createMemoryStore(),
    origin: 'test.1',
    assignment: '1.test',
    runtime: { ...systemRuntime, now: () => Date.UTC(2026, 0, 1) },
  });
  const stream = 'txn_test';
  const money = (amount: string) => ({ amount, currency: 'USD' });
  await service.execute({
    stream,
    account: 'a',
    command: { type: 'create', account_id: 'a', ...money('10.00') },
  });
  await service.execute({ stream, command: { type: 'capture', ...money('10.00') } });

  const oneCentMore = await service.execute({ stream, command: { type: 'capture', ...money('0.01') } });

  expect(oneCentMore).toMatchObject({ kind: 'refused' });
});
// #endregion
