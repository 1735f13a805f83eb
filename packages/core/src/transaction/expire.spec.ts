import { describe, expect, it } from 'vitest';
import { firstAssignment, homeOf, stampOf } from '../policy/assignment.ts';
import { createHomeCellService } from '../policy/home-cell.ts';
import { createService } from '../service.ts';
import { ingest } from '../store/event-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { type TransactionCommand, transaction } from './transaction.ts';

const stream = 'txn_00000000000000000000000000000000';
const expiry = Date.UTC(2026, 1, 1);
const expireAt = (time: number): TransactionCommand => ({ type: 'expire', at: new Date(time).toISOString() });

const assignment = firstAssignment('home-cell', ['a', 'b']);
const home = homeOf(assignment, '00000000');
const away = home === 'a' ? 'b' : 'a';

/** The home and the other cell, which cannot reach it, both with a transaction that may be expired. */
async function twoCells() {
  let now = expiry - 60_000;
  const runtime = { now: () => now++, random: () => 0.5, sleep: () => Promise.resolve() };
  const build = (cell: string) => {
    const store = createMemoryStore();
    const stamp = stampOf(assignment);
    const decider = createService({
      aggregate: transaction,
      store,
      origin: `${cell}.1`,
      assignment: stamp,
      runtime,
    });
    const out = () => Promise.reject(new Error('out of reach'));
    const service = createHomeCellService({
      aggregate: transaction,
      decider,
      store,
      cell,
      assignment: () => assignment,
      peers: { forward: out, holds: out },
      runtime,
    });
    return { store, service };
  };
  const [here, there] = [build(home), build(away)];
  const exchange = async () => {
    for (const event of await here.store.read(stream)) await ingest(there.store, event);
    for (const event of await there.store.read(stream)) await ingest(here.store, event);
  };
  const expires_at = new Date(expiry).toISOString();
  const command = { type: 'create', account_id: 'a', amount: '1', currency: 'JPY', expires_at } as const;
  await here.service.execute({ stream, account: 'a', commandId: 'create', command });
  await exchange();
  const expire = (cell: typeof here, commandId: string, time: number) =>
    cell.service.execute({ stream, commandId, command: expireAt(time) });
  return { here, there, exchange, expire };
}

describe('expire', () => {
  it('sent again later is the same command, and gets its first answer', async () => {
    const { here, expire } = await twoCells();
    const first = await expire(here, 'x', expiry);
    expect(first).toMatchObject({ kind: 'appended', state: { status: 'expired' } });
    expect(await expire(here, 'x', expiry + 60_000)).toEqual({ ...first, kind: 'alreadyAppended' });
  });

  it('refused as too early stays refused: who asks again once it is due takes another key', async () => {
    const { here, expire } = await twoCells();
    const refused = await expire(here, 'x', expiry - 1);
    expect(refused).toMatchObject({ kind: 'refused', code: 'not_yet_expired' });
    expect(await expire(here, 'x', expiry)).toEqual(refused);
    expect(await expire(here, 'y', expiry)).toMatchObject({ kind: 'appended' });
  });

  it('recorded as requested is judged by the time at which it was asked for, however late it is decided', async () => {
    const { here, there, exchange, expire } = await twoCells();
    expect(await expire(there, 'early', expiry - 1)).toMatchObject({ kind: 'requested' });
    expect(await expire(there, 'due', expiry)).toMatchObject({ kind: 'requested' });
    await exchange();
    expect(await here.service.resolveRequests(stream)).toBe(2);
    await exchange();
    for (const cell of [here, there]) {
      expect(await expire(cell, 'early', expiry + 60_000)).toMatchObject({
        kind: 'refused',
        code: 'not_yet_expired',
      });
      const answer = await expire(cell, 'due', expiry + 60_000);
      expect(answer).toMatchObject({ kind: 'alreadyAppended', state: { status: 'expired' } });
    }
  });

  it('sent again while it is requested is one request', async () => {
    const { there, expire } = await twoCells();
    await expire(there, 'x', expiry);
    expect(await expire(there, 'x', expiry + 60_000)).toMatchObject({ kind: 'requested', commandId: 'x' });
    expect((await there.store.read(stream)).length).toBe(2);
  });

  it('is requested and decided with one fingerprint, which its time is no part of', async () => {
    const { here, there, exchange, expire } = await twoCells();
    await expire(there, 'x', expiry);
    await exchange();
    await here.service.resolveRequests(stream);
    await expire(here, 'y', expiry + 60_000);
    const events = (await here.store.read(stream)).filter(({ seen }) => seen !== '');
    expect(events.length).toBe(3);
    expect(new Set(events.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  });
});
