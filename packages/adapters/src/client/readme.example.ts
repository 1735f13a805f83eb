import { ClientError, createClient } from '@twinlog/adapters/client';

/** @param cells base URLs, nearest first: `['https://aws.example.com', 'https://azure.example.com']`. */
export async function buy(cells: readonly string[]) {
  const client = createClient({ cells });
  const order = { account_id: 'account-7', amount: '10.00', currency: 'USD' };
  // Takes effect once, whatever fails meanwhile. A process that may die keeps the key and sends it again later.
  const { transaction_id: id } = await client.create(order, { idempotencyKey: 'order-1' });
  await client.capture(id, { amount: '4.00', currency: 'USD' });
  try {
    await client.capture(id, { amount: '7.00', currency: 'USD' });
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'capture_exceeds_amount') throw error;
  }
  // Never older than the capture above, whichever cell answers.
  return client.get(id);
}
