import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventTooLargeError } from '../errors.ts';
import type { DomainEvent } from '../log/event.ts';
import { ingest } from '../store/event-store.ts';
import { type Cell, cellOn } from './conformance/service.ts';
import { sampleEvent, uniqueName } from './sample-event.ts';
import type { MeteredStore } from './store-under-test.ts';
import { suiteTimeout } from './suite-timeout.ts';

/** What a store on its database may take at most. */
export interface CostLimits {
  /** The most that an event may take, as `sizeOf` counts it. */
  readonly largestEvent: number;
  /** What an ordinary event may take: ids of 36 characters, a trace, an amount. */
  readonly ordinaryEvent: number;
  /** Capacity units of writing an ordinary event and an opening one, every index included; where they are told. */
  readonly writeUnits?: { readonly event: number; readonly opening: number };
}

/** Requests, and capacity units where the database tells them. */
export interface Cost {
  readonly reads: number;
  readonly writes: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** What each of the things that a service does was seen to cost, by its name. */
export type CostTable = Readonly<Record<string, Cost>>;

const uuid = '0b4c7a4e-8a0d-4c1e-9f6f-2f1f0c9d7b3a';

/**
 * Registers the tests of what a store costs: requests, capacity and bytes, all of them exact.
 * @param start called once.
 * @param onTable is given the figures that were seen, to be held against what a README says.
 */
export function describeEventStoreCosts(
  name: string,
  limits: CostLimits,
  start: () => Promise<MeteredStore>,
  onTable?: (table: CostTable) => void,
): void {
  describe(`what ${name} costs`, { timeout: suiteTimeout }, () => {
    let metered: MeteredStore;
    let cell: Cell;
    const table: Record<string, Cost> = {};
    beforeAll(async () => {
      metered = await start();
      cell = cellOn(metered.store);
      // What a client looks up once about the database is not what a command costs.
      await metered.store.insert(sampleEvent({ stream: uniqueName('stream') }));
      await metered.store.read(uniqueName('stream'));
    }, suiteTimeout);
    afterAll(() => metered?.stop?.());

    async function costOf(act: () => Promise<unknown>): Promise<Cost> {
      metered.taken();
      await act();
      const taken = metered.taken();
      const units = (kind: 'read' | 'write') =>
        taken.filter((one) => one.kind === kind).reduce((sum, one) => sum + (one.units ?? 0), 0);
      return {
        reads: taken.filter(({ kind }) => kind === 'read').length,
        writes: taken.filter(({ kind }) => kind === 'write').length,
        readUnits: units('read'),
        writeUnits: units('write'),
      };
    }

    const requests = ({ reads, writes }: Cost) => ({ reads, writes });

    /** A stream with ids as long as those of the service. */
    const streamName = () => `txn_${uniqueName('').slice(-26)}${'0'.repeat(6)}`;

    test('a command is one read and one write; sent again one read; a create without a key one write', async () => {
      const stream = streamName();
      table.create = await costOf(() => cell.create(stream, uuid, uuid));
      table['create, sent again'] = await costOf(() => cell.create(stream, uuid, uuid));
      table['create without a key'] = await costOf(() => cell.create(streamName(), undefined, uuid));
      table.command = await costOf(() => cell.capture(stream, `${uuid.slice(0, -1)}1`));
      table['command, sent again'] = await costOf(() => cell.capture(stream, `${uuid.slice(0, -1)}1`));
      for (let at = 2; at < 10; at++) await cell.capture(stream, `${uuid.slice(0, -1)}${at}`);
      table['command on 10 events'] = await costOf(() => cell.capture(stream, 'eleventh'));
      const [event] = await metered.store.read(stream);
      if (event) table['event of a peer, held already'] = await costOf(() => ingest(metered.store, event));
      const fresh = sampleEvent({ stream: streamName(), seen: 'azure-eastus.1=1' });
      table['event of a peer'] = await costOf(() => ingest(metered.store, fresh));

      const command = { reads: 1, writes: 1 };
      const repeated = { reads: 1, writes: 0 };
      expect(Object.fromEntries(Object.entries(table).map(([of, cost]) => [of, requests(cost)]))).toEqual({
        create: command,
        'create, sent again': repeated,
        'create without a key': { reads: 0, writes: 1 },
        command,
        'command, sent again': repeated,
        'command on 10 events': command,
        'event of a peer': { reads: 0, writes: 1 },
        'event of a peer, held already': { reads: expect.any(Number), writes: 1 },
      });
      onTable?.(table);
    });

    test('an ordinary event is small, and is written for what its table says', async () => {
      const stream = streamName();
      const traceparent = `00-${uuid.replaceAll('-', '')}-b7ad6b7169203331-01`;
      const command = { type: 'capture', amount: '12.34', currency: 'USD' } as const;
      const opened = await costOf(() => cell.create(stream, uuid, uuid));
      const commandId = `${uuid.slice(0, -1)}1`;
      const written = await costOf(() => cell.service.execute({ stream, command, commandId, traceparent }));
      const events = await metered.store.read(stream);
      expect(events).toHaveLength(2);
      for (const event of events) expect(metered.sizeOf(event)).toBeLessThanOrEqual(limits.ordinaryEvent);
      if (limits.writeUnits === undefined) return;
      expect(opened.writeUnits).toBeGreaterThan(0);
      expect(opened.writeUnits).toBeLessThanOrEqual(limits.writeUnits.opening);
      expect(written.writeUnits).toBeGreaterThan(0);
      expect(written.writeUnits).toBeLessThanOrEqual(limits.writeUnits.event);
    });

    test('the largest event is kept whole, and one byte more refused before anything is sent, with its size', async () => {
      const eventOf = (bytes: number): DomainEvent => {
        const event = sampleEvent({ stream: uniqueName('stream'), at: 1_000 });
        const filled = (note: string) => ({ ...event, data: { note } });
        return filled('x'.repeat(bytes - metered.sizeOf(filled(''))));
      };
      const largest = eventOf(limits.largestEvent);
      expect(metered.sizeOf(largest)).toBe(limits.largestEvent);
      expect(await metered.store.insert(largest)).toEqual({ inserted: true });
      expect(await metered.store.read(largest.partitionkey)).toEqual([largest]);
      const larger = eventOf(limits.largestEvent + 1);
      metered.taken();
      const refusal = await metered.store.insert(larger).catch((error: unknown) => error);
      expect(metered.taken()).toEqual([]);
      expect(refusal).toBeInstanceOf(EventTooLargeError);
      expect(refusal).toMatchObject({
        bytes: limits.largestEvent + 1,
        limit: limits.largestEvent,
        message: expect.stringContaining(String(limits.largestEvent + 1)),
      });
      expect(await metered.store.read(larger.partitionkey)).toEqual([]);
    });

    test('what is refused for its limit or its cursor asks nothing of the database', async () => {
      metered.taken();
      const attempts = await Promise.allSettled([
        metered.store.list({ account: 'acc_1', limit: 0 }),
        metered.store.list({ account: 'acc_1', limit: 1, after: 'x' }),
        metered.store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 1, limit: 0 }),
        metered.store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 1, limit: 1, after: 'x' }),
      ]);
      expect(attempts.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
      expect(metered.taken()).toEqual([]);
    });
  });
}
