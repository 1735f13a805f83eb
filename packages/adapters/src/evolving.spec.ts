import {
  createMemoryStore,
  createService,
  type DomainEvent,
  eventTypes,
  ingest,
  transaction,
  upcastTo,
} from '@twinlog/core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { origin, seededRuntime, testCell } from './cell.spec.fixture.ts';

// The release to come: a capture says by which channel it came. What was captured before came by the counter.
const amount = { amount: z.string(), currency: z.string() };
const captured = z.object({ ...amount, channel: z.enum(['counter', 'web']) });
const newer = eventTypes({
  'captured.v1': upcastTo(captured, z.object(amount), (data) => ({ ...data, channel: 'counter' as const })),
  'captured.v2': captured,
});

type Capture = { readonly type: 'captured.v1'; readonly data: { amount: string; currency: string } };

/** Today's rules, reading the newer release's events. */
const newerCode = {
  ...transaction,
  events: {
    ...transaction.events,
    understand: (event: Pick<DomainEvent, 'type' | 'data'>) => {
      const latest = newer.understand(event);
      if (latest === undefined) return transaction.events.understand(event);
      const capture: Capture = { type: 'captured.v1', data: latest.data };
      return transaction.events.understand(capture);
    },
  },
};

test('an event of a newer version is kept and shown, holds up decisions by its own code, and applies after the upgrade', async () => {
  const store = createMemoryStore();
  const today = testCell({ store });
  const opened = await today.send('POST', '/transactions', {
    account_id: 'acc-1',
    amount: '10',
    currency: 'USD',
  });
  const id = String(opened.body.transaction_id);
  const path = `/transactions/${id}`;
  await today.send(
    'POST',
    `${path}/capture`,
    { amount: '1', currency: 'USD' },
    { 'idempotency-key': 'first' },
  );
  const [first] = (await store.read(id)).filter(({ type }) => type.endsWith('captured.v1'));
  if (first === undefined) throw new Error('There is a capture.');

  // A cell that was upgraded first has captured as well, and its event comes over.
  const { fingerprint: _, commandid: __, ...rest } = first;
  const fromNewer = {
    ...rest,
    source: 'urn:twinlog:origin:azure-eastus.1',
    sequence: '0000000001',
    seen: `${origin}=1`,
    type: 'io.twinlog.transaction.captured.v2',
    dataschema: 'urn:twinlog:schema:io.twinlog.transaction.captured.v2',
    data: { amount: '4.00', currency: 'USD', channel: 'web' },
  };
  expect(await ingest(store, fromNewer)).toEqual({ kind: 'stored' });

  const shown = await today.send('GET', path);
  expect([shown.status, shown.body.captured, shown.body.pending]).toEqual([200, '1.00', 1]);
  expect((await today.send('GET', `${path}/events`)).body.events).toContainEqual(fromNewer);
  const capture = { amount: '2', currency: 'USD' };
  const held = await today.send('POST', `${path}/capture`, capture, { 'idempotency-key': 'second' });
  expect([held.status, held.body.code, held.headers.get('retry-after')]).toEqual([503, 'code_too_old', '1']);
  const again = { amount: '1', currency: 'USD' };
  const known = await today.send('POST', `${path}/capture`, again, { 'idempotency-key': 'first' });
  expect([known.status, known.body.captured]).toEqual([200, '1.00']);
  expect(await store.read(id)).toHaveLength(3);

  const upgraded = testCell({
    store,
    service: createService({
      aggregate: newerCode,
      store,
      origin,
      assignment: '1.aws-us-east-1',
      runtime: seededRuntime(2),
    }),
  });
  const now = await upgraded.send('GET', path);
  expect([now.status, now.body.captured, now.body.pending]).toEqual([200, '5.00', 0]);
  const decided = await upgraded.send('POST', `${path}/capture`, capture, { 'idempotency-key': 'second' });
  expect([decided.status, decided.body.captured]).toEqual([200, '7.00']);
  const firstAgain = await upgraded.send('POST', `${path}/capture`, again, { 'idempotency-key': 'first' });
  expect(firstAgain.text).toBe(known.text);
});
