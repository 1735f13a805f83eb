import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from './errors.ts';
import { type DomainEvent, formatSequence, sequenceOf } from './log/event.ts';
import { firstEventIdAt } from './log/event-id.ts';
import { foldEvents } from './log/fold.ts';
import {
  account,
  type Cell,
  capture,
  create,
  createCell,
  createVirtualRuntime,
  epoch,
  handMade,
  refund,
  stream,
  yen,
} from './log/histories.fixture.ts';
import { covers, formatVersion } from './log/version-vector.ts';
import type { CommandRequest } from './service.ts';
import { type EventStore, ingest } from './store/event-store.ts';
import { createMemoryStore } from './store/memory.ts';
import { type TransactionCommand, transaction } from './transaction/transaction.ts';

const opens: CommandRequest<TransactionCommand> = {
  stream,
  account,
  commandId: 'create',
  command: create(100),
};

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

  it('who always wins ends it in a conflict after eight attempts, with nothing written', async () => {
    const { store, inner } = createContested(Number.POSITIVE_INFINITY);
    await createCell({ store: inner }).service.execute(opens);
    const { service, runtime } = createCell({ store });
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(1) });
    expect(outcome).toEqual({ kind: 'conflict', version: new Map([['aws.1', 8]]) });
    expect(runtime.slept).toHaveLength(7);
    const events = await inner.read(stream);
    expect(events).toHaveLength(9);
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

/** Sends a command until it is decided, as a client does that is told of a conflict. */
async function insist({ service }: Cell, request: CommandRequest<TransactionCommand>) {
  for (;;) {
    const outcome = await service.execute(request);
    if (outcome.kind !== 'conflict') return outcome;
  }
}

function createPair(): readonly [Cell, Cell] {
  const store = createMemoryStore();
  const runtime = createVirtualRuntime(3);
  const one = createCell({ store, runtime });
  return [one, createCell({ store, runtime: { ...runtime, random: createVirtualRuntime(4).random } })];
}

async function expectWholeLog(store: EventStore, events: number) {
  const sequences = (await store.read(stream)).map(sequenceOf).sort((a, b) => a - b);
  expect(sequences).toEqual(Array.from({ length: events }, (_, index) => index + 1));
}

describe.each([
  ['one service', 1],
  ['two services on one store', 2],
])('twenty commands at once through %s', (_, services) => {
  const commands = Array.from({ length: 20 }, (__, index) => index);

  it('end in one event for each that was accepted, in sequence and without gaps', async () => {
    const pair = createPair();
    await pair[0].service.execute(opens);
    const outcomes = await Promise.all(
      commands.map((index) =>
        insist(pair[index % services] ?? pair[0], {
          stream,
          commandId: `key-${index}`,
          command: capture(10),
        }),
      ),
    );
    const kinds = outcomes.map(({ kind }) => kind).sort();
    expect(kinds).toEqual([...Array(10).fill('appended'), ...Array(10).fill('refused')]);
    await expectWholeLog(pair[0].store, 21);
    const held = await pair[0].store.read(stream);
    for (const outcome of outcomes) {
      if (outcome.kind !== 'appended') continue;
      expect(held.filter(({ commandid }) => commandid === outcome.event.commandid)).toEqual([outcome.event]);
    }
    for (const { service } of pair) {
      expect(await service.read(stream)).toMatchObject({
        fold: { state: { captured: 100n }, conflicts: [] },
      });
    }
  });

  it('that are one command end in one event: one is appended, the others are told that it was', async () => {
    const pair = createPair();
    await pair[0].service.execute(opens);
    const request = { stream, commandId: 'key', command: capture(10) };
    const outcomes = await Promise.all(
      commands.map((index) => insist(pair[index % services] ?? pair[0], request)),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array(19).fill('alreadyAppended'),
      'appended',
    ]);
    await expectWholeLog(pair[0].store, 2);
    for (const outcome of outcomes) {
      if (!('event' in outcome)) throw new Error(outcome.kind);
      expect(outcome.event.id).toBe((await pair[0].store.read(stream))[1]?.id);
      expect(outcome.state.captured).toBe(10n);
      expect(covers(outcome.version, new Map([['aws.1', 2]]))).toBe(true);
    }
  });

  it('that open one stream open it once', async () => {
    const pair = createPair();
    const outcomes = await Promise.all(
      commands.map((index) => insist(pair[index % services] ?? pair[0], opens)),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array(19).fill('alreadyAppended'),
      'appended',
    ]);
    await expectWholeLog(pair[0].store, 1);
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
    const foreign = (sequence: number, seen: string, key: string, amount: number): DomainEvent => ({
      ...handMade(
        { origin: 'azure.1', sequence, at: sequence * 10, seen },
        { type: 'captured.v1', data: yen(amount), key, command: capture(amount) },
      ),
      id: firstEventIdAt(epoch + 1_000 + sequence),
      sequence: formatSequence(sequence),
    });
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
