import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../errors.ts';
import { type EventStore, ingest } from '../store/event-store.ts';
import { inBatches, indexLag } from './conformance/pages.ts';
import { type Cell, cellOn } from './conformance/service.ts';
import { sampleEvent, uniqueName } from './sample-event.ts';
import type { FaultName, FaultyStore } from './store-under-test.ts';
import { suiteTimeout } from './suite-timeout.ts';

const sentences: Readonly<Record<FaultName, string>> = {
  throttled: 'is refused for its rate',
  retryWith: 'is answered 449 Retry With',
  gone: 'is answered 410 Gone',
  unavailable: 'is answered 503',
  resetBefore: 'meets a connection reset before it took effect',
  resetAfter: 'meets a connection reset after it took effect',
  timeoutBefore: 'is not answered in time and had no effect',
  timeoutAfter: 'is not answered in time and took effect',
};

/**
 * Registers the tests of what an `EventStore` makes of a database's faults: whatever becomes of a request, it ends in
 * the true outcome or in a `StoreUnavailableError`, and nothing is ever half-written.
 * @param faults those that the store's database, or what stands between the two, can be told to show.
 * @param start called once. Its client should wait a fraction of a second for an answer, little between tries, and
 * give a read up within seconds.
 */
export function describeEventStoreUnderFaults(
  name: string,
  faults: readonly FaultName[],
  start: () => Promise<FaultyStore>,
): void {
  describe(`${name} with a failing database`, { timeout: suiteTimeout }, () => {
    let faulty: FaultyStore;
    let store: EventStore;
    let cell: Cell;
    beforeAll(async () => {
      faulty = await start();
      store = faulty.store;
      cell = cellOn(store);
      // What a client looks up once about the database is not to meet the faults.
      await store.insert(sampleEvent({ stream: uniqueName('stream') }));
      await store.read(uniqueName('stream'));
    }, suiteTimeout);
    afterAll(() => faulty?.stop?.());

    // Each test has names of its own and faults that touch nothing else, so they can wait side by side.
    const sentenced = faults.map((fault) => ({ fault, sentence: sentences[fault] }));
    describe.concurrent.each(sentenced)('a request that $sentence', ({ fault }) => {
      test('once: the command ends in its true outcome, or may be sent again and then does', async () => {
        const [stream, account] = [uniqueName('stream'), uniqueName('account')];
        faulty.inject(fault, { on: 'write', touching: stream, count: 1 });
        const first = await orUnavailable(cell.create(stream, 'create', account));
        const again = await cell.create(stream, 'create', account);
        if (again.kind !== 'alreadyAppended' && again.kind !== 'appended') throw new Error(again.kind);
        if (first !== 'unavailable') {
          expect(['appended', 'alreadyAppended']).toContain(first.kind);
          expect(again).toMatchObject({ kind: 'alreadyAppended', event: 'event' in first && first.event });
        }
        expect(await store.read(stream)).toEqual([again.event]);
        await vi.waitFor(async () => {
          expect(await store.list({ account, limit: 10 })).toEqual({ items: [stream] });
        }, indexLag);
      });

      test('without end: told as unavailable, with its cause and what to do, and written whole or not at all', async () => {
        const [stream, account] = [uniqueName('stream'), uniqueName('account')];
        const event = sampleEvent({ stream, account, data: { note: 'é'.repeat(3_000) } });
        const end = faulty.inject(fault, { on: 'write', touching: stream });
        const told = await store.insert(event).catch((error: unknown) => error);
        end();
        expect(told).toBeInstanceOf(StoreUnavailableError);
        expect(told).toMatchObject({
          code: 'store_unavailable',
          message: expect.stringMatching(/insert.*again/s),
          cause: expect.any(Error),
        });
        const held = await store.read(stream);
        expect([[], [event]]).toContainEqual(held);
        expect(await ingest(store, event)).toEqual({ kind: held.length === 0 ? 'stored' : 'duplicate' });
        expect(await store.read(stream)).toEqual([event]);
        await vi.waitFor(async () => {
          expect(await store.list({ account, limit: 10 })).toEqual({ items: [stream] });
        }, indexLag);
      });

      test('while it reads: it reads all there is, or is told as unavailable', async () => {
        const name = uniqueName('name');
        const event = sampleEvent({ stream: name });
        await store.insert(event);
        faulty.inject(fault, { on: 'read', touching: name, count: 1 });
        expect(['unavailable', [event]]).toContainEqual(await orUnavailable(store.read(name)));
        expect(await store.read(name)).toEqual([event]);
        const end = faulty.inject(fault, { on: 'read', touching: name });
        const attempts = await Promise.allSettled([
          store.read(name),
          store.list({ account: name, limit: 1 }),
          store.scan({ origin: `${name}.1`, from: 0, to: 1, limit: 1 }),
        ]);
        end();
        expect(attempts.map(reasonOf)).toEqual(Array(3).fill(expect.any(StoreUnavailableError)));
      });
    });

    test('in a storm of faults nothing is lost, doubled or half-written: each event is sent until acknowledged', async () => {
      const streams = Array.from({ length: 4 }, () => uniqueName('stream'));
      const events = streams.flatMap((stream) =>
        Array.from({ length: 12 }, (_, at) =>
          sampleEvent({ stream, sequence: at + 1, seen: at === 0 ? '' : `aws-us-east-1.1=${at}` }),
        ),
      );
      const quick = faults.filter((fault) => !fault.startsWith('timeout'));
      await inBatches([...events.entries()], async ([at, event]) => {
        const fault = quick[at % quick.length];
        if (fault !== undefined)
          faulty.inject(fault, { on: 'write', touching: event.partitionkey, count: 2 });
        while ((await orUnavailable(ingest(store, event))) === 'unavailable');
      });
      for (const stream of streams) {
        expect(await store.read(stream)).toEqual(
          events.filter(({ partitionkey }) => partitionkey === stream),
        );
      }
    });

    test('while the database cannot be reached every method says unavailable, and nothing was written', async () => {
      const stream = uniqueName('stream');
      await faulty.cut();
      const attempts = await Promise.allSettled([
        store.insert(sampleEvent({ stream })),
        store.read(stream),
        store.list({ account: 'acc_1', limit: 1 }),
        store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 1, limit: 1 }),
      ]);
      await faulty.restore();
      expect(attempts.map(reasonOf)).toEqual(Array(4).fill(expect.any(StoreUnavailableError)));
      expect(await store.read(stream)).toEqual([]);
    });

    test("the skew between this clock and the database's is known from its last answer", async () => {
      await store.read('any');
      expect(Math.abs(store.clockSkew?.() ?? Number.NaN)).toBeLessThan(2_000);
      faulty.setDatabaseAhead(60_000);
      await store.read('any');
      expect(store.clockSkew?.()).toBeGreaterThan(-61_000);
      expect(store.clockSkew?.()).toBeLessThan(-57_000);
      faulty.setDatabaseAhead(-60_000);
      await store.insert(sampleEvent({ stream: uniqueName('stream') }));
      expect(store.clockSkew?.()).toBeGreaterThan(57_000);
      expect((await cell.create(uniqueName('stream'), 'create')).kind).toBe('clockSkew');
      faulty.setDatabaseAhead(0);
    });
  });
}

async function orUnavailable<Value>(answer: Promise<Value>): Promise<Value | 'unavailable'> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return 'unavailable';
    throw error;
  }
}

function reasonOf(attempt: PromiseSettledResult<unknown>): unknown {
  return attempt.status === 'rejected' ? attempt.reason : undefined;
}
