import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from './errors.ts';
import { type DomainEvent, sequenceOf } from './log/event.ts';
import { foldEvents } from './log/fold.ts';
import {
  account,
  capture,
  create,
  createCell,
  handMade,
  opens,
  refund,
  stream,
  yen,
} from './log/histories.fixture.ts';
import { formatVersion } from './log/version-vector.ts';
import { type EventStore, ingest } from './store/event-store.ts';
import { createMemoryStore } from './store/memory.ts';
import { transaction } from './transaction/transaction.ts';

/** The store, and how often it was asked. */
function createCountingStore() {
  const inner = createMemoryStore();
  const calls: string[] = [];
  const store: EventStore = {
    ...inner,
    insert: (event) => {
      calls.push('insert');
      return inner.insert(event);
    },
    read: (name) => {
      calls.push('read');
      return inner.read(name);
    },
  };
  return {
    store,
    callsOf: async (act: () => Promise<unknown>) => {
      calls.length = 0;
      await act();
      return calls.splice(0);
    },
  };
}

describe('what a command asks of the store', () => {
  it('is one read and one write; one read where it is repeated; one write where it opens a stream without a key', async () => {
    const { store, callsOf } = createCountingStore();
    const { service } = createCell({ store });
    const request = { stream, commandId: 'key', command: capture(1) };
    const forbidden = { stream, commandId: 'no', command: refund(9) };
    expect(await callsOf(() => service.execute(opens))).toEqual(['read', 'insert']);
    expect(await callsOf(() => service.execute(opens))).toEqual(['read']);
    expect(await callsOf(() => service.execute(request))).toEqual(['read', 'insert']);
    expect(await callsOf(() => service.execute(request))).toEqual(['read']);
    expect(await callsOf(() => service.execute({ ...request, command: capture(2) }))).toEqual(['read']);
    expect(await callsOf(() => service.execute(forbidden))).toEqual(['read', 'insert']);
    expect(await callsOf(() => service.execute(forbidden))).toEqual(['read']);
    expect(await callsOf(() => service.execute({ stream, command: refund(9) }))).toEqual(['read']);
    const keyless = { stream: 'txn_2', account, command: create(5) };
    expect(await callsOf(() => service.execute(keyless))).toEqual(['insert']);
    expect(await callsOf(() => service.read(stream))).toEqual(['read']);
  });
});

describe('an own decision', () => {
  it('is not taken apart again by the commands that follow it', async () => {
    let understood = 0;
    const understand: typeof transaction.events.understand = (event) => {
      understood += 1;
      return transaction.events.understand(event);
    };
    const { service } = createCell({
      aggregate: { ...transaction, events: { ...transaction.events, understand } },
    });
    await service.execute(opens);
    for (let index = 0; index < 5; index++) await service.execute({ stream, command: capture(1) });
    expect(await service.read(stream)).toMatchObject({ fold: { state: { captured: 5n } } });
    expect(understood).toBe(0);
  });
});

describe('another writer', () => {
  /** Writes a rival's event into the place that an insert is about to take, the first so many times. */
  function createContested(times: number) {
    const inner = createMemoryStore();
    let left = times;
    const insert: EventStore['insert'] = async (event) => {
      if (left-- > 0) {
        const { commandid: _, fingerprint: __, ...rival } = event;
        await inner.insert({ ...rival, id: event.id.slice(0, 25) + (event.id.endsWith('0') ? '1' : '0') });
      }
      return inner.insert(event);
    };
    return { inner, store: { ...inner, insert } };
  }

  it('who took the place makes the command be decided again, on what is there now', async () => {
    const { store, inner } = createContested(3);
    await createCell({ store: inner }).service.execute(opens);
    const { service, runtime } = createCell({ store });
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(30) });
    // Three rivals captured 30 each, so the fourth is refused.
    expect(outcome).toMatchObject({ kind: 'refused', code: 'capture_exceeds_amount' });
    expect(runtime.slept).toHaveLength(3);
    expect((await inner.read(stream)).map(sequenceOf)).toEqual([1, 2, 3, 4, 5]);
  });

  it('who always wins ends it busy after ten attempts, each after a longer wait at most, of 2 s in all, with nothing written', async () => {
    const { store, inner } = createContested(Number.POSITIVE_INFINITY);
    await createCell({ store: inner }).service.execute(opens);
    const { service, runtime } = createCell({ store });
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(1) });
    expect(outcome).toEqual({ kind: 'busy', version: new Map([['aws.1', 10]]) });
    expect(runtime.slept).toHaveLength(9);
    for (const [at, ms] of runtime.slept.entries())
      expect(ms).toBeLessThanOrEqual(Math.min(400, 2 ** (at + 3)));
    const events = await inner.read(stream);
    expect(events).toHaveLength(11);
    expect(events.filter(({ commandid }) => commandid === 'key')).toEqual([]);
  });

  it('who opened the very stream of a create without a key leaves that refused', async () => {
    const { store } = createContested(1);
    const { service } = createCell({ store });
    const outcome = await service.execute({ stream, account, command: create(5) });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'transaction_exists' });
  });
});

describe('an acknowledgement that is lost', () => {
  it('and repeated below the store is the one event, already appended', async () => {
    const inner = createMemoryStore();
    await createCell({ store: inner }).service.execute(opens);
    const store: EventStore = {
      ...inner,
      insert: async (event) => {
        await inner.insert(event);
        return inner.insert(structuredClone(event));
      },
    };
    const { service } = createCell({ store });
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(4) });
    expect(outcome).toMatchObject({ kind: 'alreadyAppended', state: { captured: 4n } });
    expect('version' in outcome && formatVersion(outcome.version)).toBe('aws.1=2');
    expect(await service.execute({ stream, commandId: 'no', command: refund(9) })).toMatchObject({
      kind: 'refused',
      code: 'refund_exceeds_captured',
    });
    expect(await inner.read(stream)).toHaveLength(3);
    expect(await service.read(stream)).toMatchObject({ fold: { state: { captured: 4n } } });
  });

  it('and repeated below the store is the one event also for a command without an id', async () => {
    const inner = createMemoryStore();
    const store: EventStore = {
      ...inner,
      insert: async (event) => {
        await inner.insert(event);
        return inner.insert(structuredClone(event));
      },
    };
    const { service } = createCell({ store });
    for (const request of [
      { stream, account, command: create(10) },
      { stream, command: capture(4) },
    ]) {
      expect(await service.execute(request)).toMatchObject({ kind: 'alreadyAppended' });
    }
    expect(await inner.read(stream)).toHaveLength(2);
  });

  it('and reported as an outage takes effect once when the command is sent again', async () => {
    const inner = createMemoryStore();
    let fails = true;
    const store: EventStore = {
      ...inner,
      insert: async (event) => {
        const insertion = await inner.insert(event);
        if (sequenceOf(event) === 2 && fails) {
          fails = false;
          throw new StoreUnavailableError('The connection was reset.');
        }
        return insertion;
      },
    };
    const { service } = createCell({ store });
    await service.execute(opens);
    const request = { stream, commandId: 'key', command: capture(4) };
    await expect(service.execute(request)).rejects.toThrow(StoreUnavailableError);
    expect(await service.execute(request)).toMatchObject({
      kind: 'alreadyAppended',
      state: { captured: 4n },
    });
    expect(await inner.read(stream)).toHaveLength(2);
  });
});

describe('a read that is overtaken', () => {
  /** A store whose next reads answer what was held when they were asked, but only when they are let. */
  function createSlowStore(inner: EventStore) {
    const held: (() => void)[] = [];
    let isSlow = false;
    const read: EventStore['read'] = async (name) => {
      const events = await inner.read(name);
      if (isSlow) await new Promise<void>((resolve) => held.push(resolve));
      return events;
    };
    const slow = (next: boolean) => {
      isSlow = next;
    };
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    return {
      store: { ...inner, read },
      slow,
      turn,
      release: () => {
        for (const resolve of held.splice(0)) resolve();
      },
    };
  }

  it('by the command itself still gets its first answer', async () => {
    const { store, slow, turn, release } = createSlowStore(createMemoryStore());
    const { service } = createCell({ store });
    await service.execute(opens);
    const request = { stream, commandId: 'key', command: capture(10) };
    slow(true);
    const overtaken = service.execute(request);
    await turn();
    slow(false);
    await service.execute({ stream, commandId: 'between', command: capture(5) });
    const first = await service.execute(request);
    release();
    expect(await overtaken).toEqual({ ...first, kind: 'alreadyAppended' });
    expect(first).toMatchObject({ kind: 'appended', state: { captured: 15n } });
  });

  it('by one that saw more is decided on what it saw, and the stream has one effect', async () => {
    const inner = createMemoryStore();
    const { store, slow, turn, release } = createSlowStore(inner);
    const { service } = createCell({ store });
    await service.execute(opens);
    slow(true);
    const request = { stream, commandId: 'key', command: capture(10) };
    const overtaken = service.execute(request);
    await turn();
    const foreign = (sequence: number, seen: string, key: string, amount: number): DomainEvent =>
      handMade(
        { origin: 'azure.1', sequence, at: 1_000 + sequence, seen },
        { type: 'captured.v1', data: yen(amount), key, command: capture(amount) },
      );
    await ingest(inner, foreign(1, 'aws.1=1', 'other', 5));
    await ingest(inner, foreign(2, 'aws.1=1,azure.1=1', 'key', 10));
    const newer = service.read(stream);
    await turn();
    slow(false);
    // Both reads are answered in one turn: the newer one extends the fold before the older is decided on.
    release();
    expect(await newer).toMatchObject({ fold: { state: { captured: 15n } } });
    expect(await overtaken).toMatchObject({ kind: 'appended', state: { captured: 10n } });
    const { state, conflicts } = foldEvents(transaction, await inner.read(stream));
    expect([state?.captured, conflicts]).toEqual([15n, []]);
  });
});
