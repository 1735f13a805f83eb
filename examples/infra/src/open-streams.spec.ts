import {
  createHomeCellService,
  createMemoryStore,
  createService,
  type DueCompensation,
  firstAssignment,
  homeOf,
  ingest,
  type Policy,
  stampOf,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { createOpenStreams } from './open-streams.ts';

const names = ['aws-us-east-1', 'azure-eastus'];
const stream = transactionId('acct', 'create', () => 0);
const usd = (amount: string) => ({ amount, currency: 'USD' });
const capture = (commandId: string, amount: string) => ({
  stream,
  commandId,
  command: { type: 'capture', ...usd(amount) } as const,
});

/** The home of a transaction of 10.00 and another cell, cut off from each other but for `deliver`. */
async function matrix(policy: Policy) {
  let time = Date.UTC(2026, 0, 1);
  const runtime = { ...systemRuntime, now: () => time, sleep: async () => {} };
  const assignment = firstAssignment(policy, names);
  const isHomeOf = (cell: string) => (id: string) =>
    homeOf(assignment, transaction.homeKey?.(id) ?? id) === cell;
  const carriedOut: DueCompensation[] = [];
  const errors: unknown[] = [];
  let compensate = async (due: DueCompensation) => void carriedOut.push(due);
  const unreachable = () => Promise.reject(new Error('cut off'));

  const cellNamed = (cell: string) => {
    const store = createMemoryStore();
    const decider = createService({
      aggregate: transaction,
      store,
      origin: `${cell}.1`,
      assignment: stampOf(assignment),
      runtime,
    });
    const peers = { forward: unreachable, holds: unreachable };
    const service = createHomeCellService({
      ...{ aggregate: transaction, decider, store, cell, runtime, peers },
      assignment: () => assignment,
    });
    const open = createOpenStreams({
      service,
      settling: { decider, now: runtime.now, settleAfterMs: 1_000 },
      compensate: (due) => compensate(due),
      isHome: isHomeOf(cell),
      onError: (error) => errors.push(error),
    });
    return { store, service, open };
  };
  const cells = names.map((name) => ({ name, isHome: isHomeOf(name), ...cellNamed(name) }));
  const home = cells.find(({ isHome }) => isHome(stream));
  const other = cells.find((cell) => cell !== home);
  if (!home || !other) throw new Error('there are two cells');
  const deliver = async () => {
    for (const [from, to] of [
      [home, other],
      [other, home],
    ] as const) {
      const held = await to.store.read(stream);
      for (const event of await from.store.read(stream)) {
        await ingest(to.store, event);
        if (!held.some(({ id }) => id === event.id)) to.open.note(event);
      }
    }
  };
  await home.service.execute({
    stream,
    account: 'acct',
    commandId: 'create',
    command: { type: 'create', account_id: 'acct', ...usd('10.00') },
  });
  await deliver();
  return {
    home,
    other,
    deliver,
    carriedOut,
    errors,
    pass: (ms: number) => {
      time += ms;
    },
    payBy: (payment: typeof compensate) => {
      compensate = payment;
    },
  };
}

const nothing = { decided: 0, settled: 0, compensated: 0, open: 0 };

describe('what a home sees to', () => {
  test('is nothing, where nothing came from another cell but creates', async () => {
    const { home, other } = await matrix('any-cell');
    expect(await home.open.sweep()).toEqual(nothing);
    expect(await other.open.sweep()).toEqual(nothing);
  });

  test('are requests, decided as soon as they came', async () => {
    const { home, other, deliver } = await matrix('home-cell');
    await other.service.execute(capture('one', '4.00'));
    await deliver();
    expect([await other.open.resolveRequests(), await home.open.resolveRequests()]).toEqual([0, 1]);
    expect(await home.open.resolveRequests()).toBe(0);
    await deliver();
    expect(await other.service.execute(capture('one', '4.00'))).toMatchObject({ kind: 'alreadyAppended' });
  });

  test('is a request that came before what it had seen, too: it is kept until it can be decided', async () => {
    const { home, other, deliver, pass } = await matrix('home-cell');
    await other.service.execute(capture('one', '4.00'));
    await other.service.execute(capture('two', '5.00'));
    const [, first, second] = await other.store.read(stream);
    if (!first || !second) throw new Error('two requests were recorded');
    await ingest(home.store, second);
    home.open.note(second);
    expect(await home.open.sweep()).toEqual({ ...nothing, open: 1 });
    await deliver();
    expect(await home.open.sweep()).toMatchObject({ decided: 2 });
    pass(1_000);
    expect(await home.open.sweep()).toEqual(nothing);
  });

  test('is a request that came before its create, as soon as the create is there', async () => {
    const { home, other, pass } = await matrix('home-cell');
    const id = Array.from({ length: 64 }, (_, at) => transactionId(`acct-${at}`, 'k', () => 0)).find(
      home.isHome,
    );
    if (id === undefined) throw new Error('one of 64 accounts has its home here');
    const command = { type: 'create', account_id: 'acct', ...usd('10.00') } as const;
    await other.service.execute({ stream: id, account: 'acct', commandId: 'k', command });
    await other.service.execute({ ...capture('one', '4.00'), stream: id });
    const decided = [];
    for (const event of (await other.store.read(id)).toReversed()) {
      await ingest(home.store, event);
      home.open.note(event);
      decided.push(await home.open.resolveRequests());
    }
    expect(decided).toEqual([0, 1]);
    pass(1_000);
    expect(await home.open.sweep()).toEqual(nothing);
  });

  test('is for a while any stream that an event came to: a decision under way may yet conflict with it', async () => {
    const { home, other, deliver, pass } = await matrix('any-cell');
    await other.service.execute(capture('one', '1.00'));
    await deliver();
    pass(999);
    expect(await home.open.sweep()).toEqual({ ...nothing, open: 1 });
    pass(1);
    expect(await home.open.sweep()).toEqual(nothing);
  });

  test('are conflicts, settled and compensated once they are old enough, and then forgotten', async () => {
    const { home, other, deliver, pass, carriedOut } = await matrix('any-cell');
    await home.service.execute(capture('one', '7.00'));
    pass(10);
    await other.service.execute(capture('two', '7.00'));
    await deliver();
    expect(await home.open.sweep()).toEqual({ ...nothing, open: 1 });
    pass(1_000);
    expect(await other.open.sweep()).toEqual(nothing);
    expect(await home.open.sweep()).toEqual({ decided: 0, settled: 1, compensated: 1, open: 1 });
    expect(await home.open.sweep()).toEqual(nothing);
    expect(carriedOut).toMatchObject([{ stream, compensation: { kind: 'refund', ...usd('7.00') } }]);
  });

  test('is a compensation that could not be carried out, again and again until it is', async () => {
    const { home, other, deliver, pass, payBy, errors, carriedOut } = await matrix('any-cell');
    await home.service.execute(capture('one', '7.00'));
    pass(10);
    await other.service.execute(capture('two', '7.00'));
    await deliver();
    pass(1_000);
    payBy(() => Promise.reject(new Error('the bank is closed')));
    expect(await home.open.sweep()).toMatchObject({ settled: 1, compensated: 0, open: 1 });
    expect(await home.open.sweep()).toMatchObject({ settled: 0, compensated: 0, open: 1 });
    expect(errors).toEqual([new Error('the bank is closed'), new Error('the bank is closed')]);
    payBy(async (due) => void carriedOut.push(due));
    expect(await home.open.sweep()).toMatchObject({ compensated: 1 });
    expect(await home.open.sweep()).toEqual(nothing);
    expect(carriedOut).toHaveLength(1);
  });

  test('is what it was never told of, where somebody names the streams', async () => {
    const { home, other, pass } = await matrix('any-cell');
    await home.service.execute(capture('one', '7.00'));
    pass(10);
    await other.service.execute(capture('two', '7.00'));
    for (const event of await other.store.read(stream)) await ingest(home.store, event);
    pass(1_000);
    expect(await home.open.sweep()).toEqual(nothing);
    expect(await home.open.sweep([stream])).toMatchObject({ settled: 1, compensated: 1 });
  });
});

test('streams are seen to side by side: after a takeover they are all of a day', async () => {
  const store = createMemoryStore();
  const options = {
    aggregate: transaction,
    store,
    origin: 'aws.1',
    assignment: '1.aws',
    runtime: systemRuntime,
  };
  const decider = createService(options);
  let [underWay, most, read] = [0, 0, 0];
  const open = createOpenStreams({
    service: {
      ...decider,
      decideForwarded: () => Promise.reject(new Error('nobody forwards')),
      resolveRequests: async () => 0,
      read: async (id) => {
        underWay += 1;
        most = Math.max(most, underWay);
        read += 1;
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return decider.read(id);
      },
    },
    settling: { decider, now: Date.now, settleAfterMs: 0 },
    compensate: async () => {},
    isHome: () => true,
  });
  const streams = Array.from({ length: 1_000 }, (_, at) => `txn_${at}`);
  expect(await open.sweep(streams)).toEqual(nothing);
  expect([most, read]).toEqual([32, 1_000]);
});
