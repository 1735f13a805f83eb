import {
  createMemoryStore,
  type EventStore,
  ingest,
  originOf,
  sequenceOf,
  transactionId,
} from '@twinlog/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRuntime, testCell } from './cell.spec.fixture.ts';
import { parseToken } from './token.ts';

const id = transactionId('acc-1', 'create', () => 0);

/** One thing that happens: a request to a cell, or some of one cell's events coming to the other, in any order. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('capture' as const), cell: fc.nat(1) }),
  fc.record({ kind: fc.constant('read' as const), cell: fc.nat(1), path: fc.constantFrom('', '/events') }),
  fc.record({
    kind: fc.constant('replicate' as const),
    cell: fc.nat(1),
    picks: fc.array(fc.nat(20), { maxLength: 4 }),
  }),
);

/** Two cells whose waiting lets replication happen: one event of the other cell at each pause, if `heals`. */
function pair(heals: boolean) {
  const stores: [EventStore, EventStore] = [createMemoryStore(), createMemoryStore()];
  return stores.map((store, at) => {
    const clock = seededRuntime(at + 1);
    const runtime = {
      ...clock,
      sleep: async (ms: number) => {
        await clock.sleep(ms);
        if (heals) for (const event of await (stores[1 - at] ?? store).read(id)) await ingest(store, event);
      },
    };
    const cellOrigin = at === 0 ? 'aws-us-east-1.1' : 'azure-eastus.1';
    return testCell({ store, cellOrigin, runtime });
  });
}

test('whoever brings back the last token never goes back in time, over any failovers and any replication', async () => {
  let waited = 0;
  let behind = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, heals) => {
      const cells = pair(heals);
      let token = '';
      let seen = new Set<string>();
      let key = 0;
      const send = async (at: number, method: string, path: string, body?: object) => {
        const headers = {
          'idempotency-key': `k-${key++}`,
          ...(token !== '' && { 'consistency-token': token }),
        };
        const answer = await cells[at]?.send(method, path, body, headers);
        if (!answer) throw new Error('There are two cells.');
        // Every answer has a token: the one to bring back.
        expect(answer.headers.get('consistency-token')).not.toBeNull();
        token = answer.headers.get('consistency-token') ?? token;
        return answer;
      };
      const create = { account_id: 'acc-1', amount: '99.00', currency: 'USD' };
      const made = await cells[0]?.send('POST', '/transactions', create, { 'idempotency-key': 'create' });
      token = made?.headers.get('consistency-token') ?? '';
      for (const one of steps) {
        if (one.kind === 'replicate') {
          const held = (await cells[one.cell]?.store.read(id)) ?? [];
          const to = cells[1 - one.cell]?.store;
          for (const pick of one.picks) if (to && held[pick]) await ingest(to, held[pick]);
          continue;
        }
        const path = `/transactions/${id}${one.kind === 'capture' ? '/capture' : one.path}`;
        const body = one.kind === 'capture' ? { amount: '1.00', currency: 'USD' } : undefined;
        const answer = await send(one.cell, body ? 'POST' : 'GET', path, body);
        if (answer.status === 503) {
          behind += 1;
          expect(['replica_behind', 'stream_pending']).toContain(answer.body.code);
          expect(answer.headers.get('retry-after')).toBe('1');
          continue;
        }
        expect(answer.status).toBe(200);
        waited += 1;
        // What the cell holds now is all that any earlier answer was made of.
        const held = new Set(((await cells[one.cell]?.store.read(id)) ?? []).map((event) => event.id));
        for (const earlier of seen) expect(held.has(earlier)).toBe(true);
        const { version } = parseToken(token);
        const events = (await cells[one.cell]?.store.read(id)) ?? [];
        seen = new Set(
          events
            .filter((event) => sequenceOf(event) <= (version.get(originOf(event)) ?? 0))
            .map((event) => event.id),
        );
      }
    }),
    { numRuns: 300 },
  );
  expect(Math.min(waited, behind)).toBeGreaterThan(50);
});
