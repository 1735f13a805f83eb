import { describe, expect, it } from 'vitest';
import { foldEvents } from '../log/fold.ts';
import { account, cancel, capture, create, createCell, refund, stream } from '../log/histories.fixture.ts';
import { ingest } from '../store/event-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { transaction } from '../transaction/transaction.ts';
import { type DueCompensation, settleConflicts } from './settlement.ts';

type Cell = ReturnType<typeof createCell>;

async function exchange(a: Cell, b: Cell) {
  for (const event of await a.store.read(stream)) await ingest(b.store, event);
  for (const event of await b.store.read(stream)) await ingest(a.store, event);
}

/** Two cells that both captured 7 of 10, and know of it. */
async function overCaptured() {
  const home = createCell({ origin: 'aws.1' });
  const other = createCell({ origin: 'azure.1' });
  await home.service.execute({ stream, account, commandId: 'create', command: create(10) });
  await exchange(home, other);
  home.runtime.advance(10);
  await home.service.execute({ stream, commandId: 'one', command: capture(7) });
  other.runtime.advance(20);
  await other.service.execute({ stream, commandId: 'two', command: capture(7) });
  await exchange(home, other);
  const carriedOut: DueCompensation[] = [];
  const options = {
    decider: home.service,
    now: home.runtime.now,
    settleAfterMs: 1_000,
    compensate: async (due: DueCompensation) => void carriedOut.push(due),
  };
  return { home, other, carriedOut, options };
}

describe('settling a conflict (R16)', () => {
  it('waits until the conflict is old enough: an older event may still arrive', async () => {
    const { home, options } = await overCaptured();
    expect(await settleConflicts(stream, options)).toEqual({ settled: 0, compensated: 0 });
    home.runtime.advance(2_000);
    expect(await settleConflicts(stream, options)).toEqual({ settled: 1, compensated: 1 });
  });

  it('refunds a capture that lost, once, by a key derived from the command', async () => {
    const { home, other, carriedOut, options } = await overCaptured();
    home.runtime.advance(2_000);
    await settleConflicts(stream, options);
    await settleConflicts(stream, options);
    expect(carriedOut).toEqual([
      {
        stream,
        idempotencyKey: expect.stringMatching(/^compensate:/),
        compensation: { kind: 'refund', amount: '7', currency: 'JPY' },
      },
    ]);
    await exchange(home, other);
    for (const { store } of [home, other]) {
      const fold = foldEvents(transaction, await store.read(stream));
      expect(fold.conflicts).toEqual([expect.objectContaining({ isSettled: true, isCompensated: true })]);
      expect(fold.state?.captured).toBe(7n);
    }
  });

  it('gives the compensation another key where another stream lost the very same command', async () => {
    const keys: string[] = [];
    for (const renamed of [stream, 'txn_2']) {
      const { home, options } = await overCaptured();
      const store = createMemoryStore();
      for (const event of await home.store.read(stream)) {
        await ingest(store, {
          ...event,
          partitionkey: renamed,
          subject: event.subject.replace(stream, renamed),
        });
      }
      const { service, runtime } = createCell({ origin: 'aws.1', store });
      runtime.advance(5_000);
      const compensate = async ({ idempotencyKey }: DueCompensation) => void keys.push(idempotencyKey);
      await settleConflicts(renamed, { ...options, decider: service, now: runtime.now, compensate });
    }
    expect(new Set(keys).size).toBe(2);
  });

  it('collects a refund that lost, and moves nothing for a void that lost', async () => {
    const { home, other, carriedOut, options } = await overCaptured();
    home.runtime.advance(50);
    other.runtime.advance(60);
    await home.service.execute({ stream, commandId: 'back', command: refund(5) });
    await other.service.execute({ stream, commandId: 'back too', command: refund(5) });
    await exchange(home, other);
    home.runtime.advance(5_000);
    await settleConflicts(stream, options);
    expect(carriedOut.map(({ compensation }) => compensation)).toEqual([
      { kind: 'refund', amount: '7', currency: 'JPY' },
      { kind: 'collect', amount: '5', currency: 'JPY' },
    ]);
  });

  it('settles a void that lost to a capture, with nothing to compensate', async () => {
    const home = createCell({ origin: 'aws.1' });
    const other = createCell({ origin: 'azure.1' });
    await home.service.execute({ stream, account, commandId: 'create', command: create(10) });
    await exchange(home, other);
    home.runtime.advance(10);
    other.runtime.advance(20);
    await home.service.execute({ stream, commandId: 'one', command: capture(7) });
    await other.service.execute({ stream, commandId: 'two', command: cancel });
    await exchange(home, other);
    home.runtime.advance(5_000);
    const compensate = () => Promise.reject(new Error('nothing is due'));
    const settled = await settleConflicts(stream, {
      decider: home.service,
      now: home.runtime.now,
      settleAfterMs: 0,
      compensate,
    });
    expect(settled).toEqual({ settled: 1, compensated: 0 });
  });

  it('goes on after a crash between settling and compensating, and again until the compensation is recorded', async () => {
    const { home, carriedOut, options } = await overCaptured();
    home.runtime.advance(2_000);
    const failing = { ...options, compensate: () => Promise.reject(new Error('the bank is closed')) };
    expect(await settleConflicts(stream, failing)).toEqual({
      ...{ settled: 1, compensated: 0 },
      failed: [new Error('the bank is closed')],
    });
    expect(carriedOut).toEqual([]);
    expect(await settleConflicts(stream, options)).toEqual({ settled: 0, compensated: 1 });
    expect(carriedOut).toHaveLength(1);
  });

  it('keeps a settled command lost, whatever older event arrives after that would have let it stand', async () => {
    const { home, options } = await overCaptured();
    home.runtime.advance(2_000);
    await settleConflicts(stream, options);
    const all = await home.store.read(stream);
    // As though the winner had never been: only the loser and what settled it.
    const fold = foldEvents(
      transaction,
      all
        .filter(({ commandid }) => commandid !== 'one')
        .map((event) => ({
          ...event,
          seen: event.seen.replace('aws.1=2', 'aws.1=1').replace('aws.1=3', 'aws.1=1'),
        }))
        .map((event) =>
          event.commandid?.startsWith('settle') ? { ...event, sequence: '0000000002' } : event,
        ),
    );
    expect(fold.claims.get('two')?.conflict).toMatchObject({ isSettled: true });
    expect(fold.state?.captured).toBe(0n);
  });

  it('by two homes at once is once', async () => {
    const { home, other, options } = await overCaptured();
    home.runtime.advance(2_000);
    other.runtime.advance(2_000);
    await settleConflicts(stream, options);
    await settleConflicts(stream, { ...options, decider: other.service, now: other.runtime.now });
    await exchange(home, other);
    const fold = foldEvents(transaction, await home.store.read(stream));
    const settlements = [...fold.claims.keys()].filter((id) => id.startsWith('settle:'));
    expect(settlements).toHaveLength(1);
    expect(fold.conflicts).toHaveLength(1);
  });

  it('says in the answer to the command sent again that it lost', async () => {
    const { home, options } = await overCaptured();
    home.runtime.advance(2_000);
    await settleConflicts(stream, options);
    expect(await home.service.execute({ stream, commandId: 'two', command: capture(7) })).toMatchObject({
      kind: 'alreadyAppended',
      state: { captured: 7n },
      conflict: { code: 'capture_exceeds_amount', isSettled: true },
    });
  });
});
