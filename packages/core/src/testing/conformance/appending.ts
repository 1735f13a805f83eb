import { expect, test } from 'vitest';
import type { DomainEvent } from '../../log/event.ts';
import { ingest } from '../../store/event-store.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { uniqueName } from '../sample-event.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import { cellOn } from './service.ts';

/** What core makes of the store: who appends derives the sequence, and a gap is never built upon. */
export function appending(underTest: () => StoreUnderTest): void {
  const store = () => underTest().store;

  /** A create and two captures that one origin decided elsewhere. */
  async function decidedBy(origin: string, stream: string): Promise<[DomainEvent, DomainEvent, DomainEvent]> {
    const elsewhere = createMemoryStore();
    const cell = cellOn(elsewhere, origin);
    await cell.create(stream, 'create');
    await cell.capture(stream, 'capture-1');
    await cell.capture(stream, 'capture-2');
    const [first, second, third] = await elsewhere.read(stream);
    if (!first || !second || !third) throw new Error('Three commands leave three events.');
    return [first, second, third];
  }

  test("a gap in a peer's events is held on ingest, counts for nothing, and is closed by what was missing", async () => {
    const stream = uniqueName('stream');
    const [first, second, third] = await decidedBy('azure-eastus.1', stream);
    const { service, capture } = cellOn(store());
    expect(await ingest(store(), third)).toEqual({ kind: 'stored' });
    expect(await ingest(store(), first)).toEqual({ kind: 'stored' });
    expect(await store().read(stream)).toEqual([first, third]);
    expect(await service.read(stream)).toMatchObject({
      fold: { held: 2, state: { captured: 0n }, pending: [{ event: third }] },
    });
    // Its own decisions go on; a command that the gap may hold the answer to does not.
    expect(await capture(stream, 'capture-3')).toMatchObject({ kind: 'appended', state: { captured: 125n } });
    expect(await capture(stream, 'capture-2')).toMatchObject({ kind: 'pending' });
    expect(await ingest(store(), second)).toEqual({ kind: 'stored' });
    expect(await service.read(stream)).toMatchObject({ fold: { state: { captured: 375n }, pending: [] } });
  });

  test("behind a gap in a cell's own events nothing is appended, until the gap is closed", async () => {
    const stream = uniqueName('stream');
    const [first, second, third] = await decidedBy('aws-us-east-1.1', stream);
    const { capture } = cellOn(store());
    for (const event of [third, first]) await ingest(store(), event);
    expect(await capture(stream, 'capture-3')).toMatchObject({
      kind: 'pending',
      pending: [{ event: third }],
    });
    expect(await store().read(stream)).toEqual([first, third]);
    await ingest(store(), second);
    expect(await capture(stream, 'capture-3')).toMatchObject({
      kind: 'appended',
      event: { sequence: '0000000004' },
      state: { captured: 375n },
    });
  });

  test('one command sent to ten instances at once is one event, and all of them give the same answer', async () => {
    const stream = uniqueName('stream');
    const { store: one, another = one } = underTest();
    await cellOn(one).create(stream, 'create');
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, at) => cellOn(at % 2 ? another : one).capture(stream, 'capture')),
    );
    const [, event] = await one.read(stream);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ event, state: { captured: 125n } });
      expect(['appended', 'alreadyAppended']).toContain(outcome.kind);
    }
    expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    expect(await one.read(stream)).toHaveLength(2);
  });

  test('of ten commands sent to ten instances at once each is appended in a place of its own, or is not written', async () => {
    const stream = uniqueName('stream');
    const { store: one, another = one } = underTest();
    await cellOn(one).create(stream, 'create');
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, at) => cellOn(at % 2 ? another : one).capture(stream, `capture-${at}`)),
    );
    const appended = outcomes.flatMap((outcome) => (outcome.kind === 'appended' ? [outcome.event] : []));
    const events = await one.read(stream);
    expect(events.map(({ sequence }) => Number(sequence))).toEqual(events.map((_, index) => index + 1));
    expect(new Set(events.slice(1).map(({ id }) => id))).toEqual(new Set(appended.map(({ id }) => id)));
    expect(appended.length).toBeGreaterThan(0);
  });
}
