import {
  createHomeCellService,
  createMemoryStore,
  createService,
  firstAssignment,
  homeOf,
  ingest,
  type Peers,
  type Runtime,
  settleConflicts,
  stampOf,
  type TransactionCommand,
  transaction,
  transactionId,
} from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { seededRuntime, testCell } from './cell.spec.fixture.ts';

const usd = (amount: string) => ({ amount, currency: 'USD' });
const names = ['aws-us-east-1', 'azure-eastus'];

/** The home of the transaction `id`, and another cell that cannot reach it. */
async function cutOff(policy: 'any-cell' | 'home-cell' = 'home-cell') {
  const assignment = firstAssignment(policy, names);
  const id = transactionId('acc-1', 'create-1', () => 0);
  const homeName = homeOf(assignment, transaction.homeKey?.(id) ?? id);
  const unreachable = () => Promise.reject(new Error('cut off'));
  const peers: Peers<TransactionCommand> = { forward: unreachable, holds: unreachable };
  const clock = seededRuntime();
  let onSleep: (() => Promise<unknown>) | undefined;
  const slept: number[] = [];
  const runtime: Runtime = {
    ...clock,
    sleep: async (ms) => {
      slept.push(ms);
      await clock.sleep(ms);
      const then = onSleep;
      onSleep = undefined;
      await then?.();
    },
  };
  const cellNamed = (name: string) => {
    const store = createMemoryStore();
    const decider = createService({
      aggregate: transaction,
      store,
      origin: `${name}.1`,
      assignment: stampOf(assignment),
      runtime,
    });
    const options = { aggregate: transaction, decider, store, cell: name, runtime, peers };
    const service = createHomeCellService({ ...options, assignment: () => assignment });
    return { ...testCell({ service, store, runtime }), service, decider };
  };
  const home = cellNamed(homeName);
  const other = cellNamed(names.find((name) => name !== homeName) ?? '');
  const replicate = async () => {
    for (const event of await other.store.read(id)) await ingest(home.store, event);
    for (const event of await home.store.read(id)) await ingest(other.store, event);
  };
  const decide = async () => {
    await replicate();
    await home.service.resolveRequests(id);
    await replicate();
  };
  const created = await home.send(
    'POST',
    '/transactions',
    { account_id: 'acc-1', ...usd('10.00') },
    { 'idempotency-key': 'create-1' },
  );
  expect(created.body).toEqual({ transaction_id: id });
  await replicate();
  return {
    id,
    home,
    other,
    clock,
    slept,
    replicate,
    decide,
    /** Done in the middle of the next wait. */
    meanwhile: (action: () => Promise<unknown>) => {
      onSleep = action;
    },
    capture: (amount: string, key: string | undefined, headers: Record<string, string> = {}) =>
      other.send('POST', `/transactions/${id}/capture`, usd(amount), {
        ...(key !== undefined && { 'idempotency-key': key }),
        ...headers,
      }),
  };
}

describe('a command whose home cannot be reached', () => {
  test('is answered 202 at once, and shown as waiting until the home has decided it', async () => {
    const { id, other, decide, capture, slept } = await cutOff();
    const answer = await capture('4.00', 'capture-1');
    expect([answer.status, answer.body]).toEqual([
      202,
      { transaction_id: id, command_id: 'capture-1', status: 'requested' },
    ]);
    expect(answer.headers.get('location')).toBe(`/transactions/${id}`);
    expect(answer.headers.has('preference-applied')).toBe(false);
    expect(slept).toEqual([]);
    const waiting = await other.send('GET', `/transactions/${id}`);
    expect(waiting.body).toMatchObject({
      captured: '0.00',
      requests: [
        {
          command_id: 'capture-1',
          command: { type: 'capture', ...usd('4.00') },
          requested_at: expect.stringMatching(/^2026-01-01T00:00:00\.\d{3}Z$/),
        },
      ],
      commands: [{ command_id: 'create-1', outcome: 'applied' }],
    });

    await decide();
    expect((await other.send('GET', `/transactions/${id}`)).body).toMatchObject({
      captured: '4.00',
      requests: [],
      commands: [
        { command_id: 'create-1', outcome: 'applied' },
        { command_id: 'capture-1', outcome: 'applied' },
      ],
    });
    expect((await capture('4.00', 'capture-1')).status).toBe(200);
  });

  test('with Prefer: wait is answered as if decided at once, where it is decided in time', async () => {
    const { capture, decide, meanwhile } = await cutOff();
    meanwhile(decide);
    const answer = await capture('4.00', 'capture-1', { prefer: 'wait=5' });
    expect([answer.status, answer.body.captured]).toEqual([200, '4.00']);
    expect(answer.headers.get('preference-applied')).toBe('wait');
    meanwhile(decide);
    const refused = await capture('6.01', 'capture-2', { prefer: 'respond-async, wait="5"' });
    expect([refused.status, refused.body.code]).toEqual([422, 'capture_exceeds_amount']);
  });

  test('with Prefer: wait and no key waits for the decision of the id it was given', async () => {
    const { capture, decide, meanwhile } = await cutOff();
    meanwhile(decide);
    const answer = await capture('4.00', undefined, { prefer: 'wait=5' });
    expect([answer.status, answer.body.captured]).toEqual([200, '4.00']);
  });

  test.each([
    ['wait=3', 3_000],
    ['handling=lenient;wait=1, WAIT = "7" ; x=y, wait=9', 7_000],
    ['wait=86400', 20_000],
    ['wait=0', 0],
  ])('with Prefer: %s is answered 202 after %i ms and no later', async (prefer, ms) => {
    const { capture, clock, slept } = await cutOff();
    const before = clock.now();
    const answer = await capture('4.00', 'capture-1', { prefer });
    expect([answer.status, answer.body.status]).toEqual([202, 'requested']);
    expect(answer.headers.get('preference-applied')).toBe('wait');
    expect(clock.now() - before).toBe(ms);
    expect(Math.max(0, ...slept)).toBeLessThanOrEqual(500);
  });

  test.each(['', 'wait', 'wait=', 'wait=-1', 'wait=soon', 'wait=1.5', 'waiting=1', 'wait="1'])(
    'is answered at once where Prefer is "%s", which asks for no wait',
    async (prefer) => {
      const { capture, slept } = await cutOff();
      const answer = await capture('4.00', 'capture-1', { prefer });
      expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, null]);
      expect(slept).toEqual([]);
    },
  );
});

describe('GET /transactions/{id}', () => {
  test('tells what became of every command, and how far each conflict has got', async () => {
    const { id, home, other, replicate, clock, capture } = await cutOff('any-cell');
    await home.send('POST', `/transactions/${id}/capture`, usd('7.00'), { 'idempotency-key': 'one' });
    await clock.sleep(10);
    await capture('7.00', 'two');
    await capture('99.00', 'three');
    await replicate();
    const history = [
      { command_id: 'create-1', outcome: 'applied' },
      { command_id: 'one', outcome: 'applied' },
      { command_id: 'two', outcome: 'lost', code: 'capture_exceeds_amount' },
      { command_id: 'three', outcome: 'refused', code: 'capture_exceeds_amount' },
    ];
    const compensation = { kind: 'refund', ...usd('7.00') };
    const shown = async (settled: boolean, compensated: boolean) => {
      const [here, there] = await Promise.all(
        [home, other].map((cell) => cell.send('GET', `/transactions/${id}`)),
      );
      expect(here?.body).toMatchObject({
        commands: history,
        conflicts: [{ command_id: 'two', settled, compensation, compensated }],
        requests: [],
      });
      expect(there?.text).toBe(here?.text);
    };
    await shown(false, false);

    const settling = { decider: home.decider, now: clock.now, settleAfterMs: 0 };
    const closed = () => Promise.reject(new Error('the bank is closed'));
    expect(await settleConflicts(id, { ...settling, compensate: closed })).toMatchObject({
      ...{ settled: 1, compensated: 0 },
    });
    await replicate();
    await shown(true, false);

    await settleConflicts(id, { ...settling, compensate: async () => {} });
    await replicate();
    await shown(true, true);
  });
});
