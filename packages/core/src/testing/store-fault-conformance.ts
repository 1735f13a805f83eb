import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../errors.ts';
import type { Service } from '../outcome.ts';
import { systemRuntime } from '../runtime.ts';
import { createService } from '../service.ts';
import type { EventStore } from '../store/event-store.ts';
import { type Transaction, type TransactionCommand, transaction } from '../transaction/transaction.ts';
import type { StoreUnderTest } from './event-store-conformance.ts';
import { sampleEvent, uniqueName } from './sample-event.ts';

/** Requests that carried data, those that failed included. */
export interface RequestCount {
  readonly reads: number;
  readonly writes: number;
}

/** A store on a database that can be told to fail. */
export interface FaultyStore extends StoreUnderTest {
  /** So many of the next writes take effect, and their answers are lost with the connection. */
  readonly loseAcknowledgements: (count: number) => void;
  /** So many of the next requests of data are refused for their rate. Infinity is a storm without end. */
  readonly throttle: (count: number) => void;
  /** The database cannot be reached, until `restore`. */
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
  /** The database's clock runs so many milliseconds ahead. */
  readonly setDatabaseAhead: (ms: number) => void;
  /** Requests since the start. */
  readonly requests: () => RequestCount;
}

/** Registers the tests of what an `EventStore` makes of a database's faults, and of what a command costs. */
export function describeEventStoreUnderFaults(name: string, start: () => Promise<FaultyStore>): void {
  describe(`${name} with a failing database`, () => {
    let faulty: FaultyStore;
    let store: EventStore;
    let service: Service<Transaction, TransactionCommand>;
    beforeAll(async () => {
      faulty = await start();
      store = faulty.store;
      service = createService({
        aggregate: transaction,
        store,
        origin: 'aws-us-east-1.1',
        assignment: '1.aws-us-east-1',
        runtime: systemRuntime,
      });
      // What the client looks up once (endpoints, keys of the table) is not what a command costs.
      await store.insert(sampleEvent({ stream: uniqueName('stream') }));
    });
    beforeEach(() => {
      faulty.throttle(0);
      faulty.loseAcknowledgements(0);
      faulty.setDatabaseAhead(0);
    });
    afterAll(() => faulty?.stop?.());

    const amount = { amount: '12.34', currency: 'USD' };
    const create = (stream: string, commandId?: string) =>
      service.execute({
        stream,
        command: { type: 'create', account_id: 'acc_1', ...amount },
        account: 'acc_1',
        ...(commandId !== undefined && { commandId }),
      });
    const capture = (stream: string, commandId: string) =>
      service.execute({ stream, command: { type: 'capture', ...amount }, commandId });
    const cost = async (act: () => Promise<unknown>): Promise<RequestCount> => {
      const before = faulty.requests();
      await act();
      const after = faulty.requests();
      return { reads: after.reads - before.reads, writes: after.writes - before.writes };
    };

    test('a write whose acknowledgement is lost is repeated, is one event, and the command alreadyAppended', async () => {
      const stream = uniqueName('stream');
      await create(stream, 'create');
      faulty.loseAcknowledgements(1);
      const outcome = await capture(stream, 'capture');
      expect(outcome.kind).toBe('alreadyAppended');
      const again = await capture(stream, 'capture');
      expect(again).toEqual(outcome);
      expect(await store.read(stream)).toHaveLength(2);
    });

    test('a write whose every acknowledgement is lost is unavailable, and done once when it is sent again', async () => {
      const stream = uniqueName('stream');
      faulty.loseAcknowledgements(Number.POSITIVE_INFINITY);
      await expect(create(stream, 'create')).rejects.toThrow(StoreUnavailableError);
      faulty.loseAcknowledgements(0);
      expect((await create(stream, 'create')).kind).toBe('alreadyAppended');
      expect(await store.read(stream)).toHaveLength(1);
    });

    test('a throttled request is sent again until it goes through', async () => {
      const stream = uniqueName('stream');
      faulty.throttle(2);
      expect((await create(stream, 'create')).kind).toBe('appended');
      expect(await store.read(stream)).toHaveLength(1);
    });

    test('a throttling storm without end is told as unavailable, with its cause and what to do', async () => {
      const event = sampleEvent({ stream: uniqueName('stream') });
      faulty.throttle(Number.POSITIVE_INFINITY);
      const fault = await store.insert(event).catch((error: unknown) => error);
      faulty.throttle(0);
      expect(fault).toBeInstanceOf(StoreUnavailableError);
      expect(fault).toMatchObject({
        code: 'store_unavailable',
        message: expect.stringMatching(/insert.*again/s),
        cause: expect.any(Error),
      });
      expect(await store.read(event.partitionkey)).toEqual([]);
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
      const reasons = attempts.map((attempt) => attempt.status === 'rejected' && attempt.reason);
      for (const reason of reasons) expect(reason).toBeInstanceOf(StoreUnavailableError);
      expect(await store.read(stream)).toEqual([]);
    });

    test('a command costs one read and one write, sent again one read, and a create without key one write', async () => {
      const stream = uniqueName('stream');
      expect(await cost(() => create(stream, 'create'))).toEqual({ reads: 1, writes: 1 });
      expect(await cost(() => capture(stream, 'capture'))).toEqual({ reads: 1, writes: 1 });
      expect(await cost(() => capture(stream, 'capture'))).toEqual({ reads: 1, writes: 0 });
      expect(await cost(() => create(uniqueName('stream')))).toEqual({ reads: 0, writes: 1 });
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
      expect((await create(uniqueName('stream'), 'create')).kind).toBe('clockSkew');
    });
  });
}
