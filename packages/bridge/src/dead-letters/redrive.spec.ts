import { createMemoryStore, type DomainEvent, EventTooLargeError } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { decidedEvents } from '../events.fixture.ts';
import { createIntake } from '../intake.ts';
import { PublishRefusedError } from '../publish.ts';
import { relay } from '../relay.ts';
import { IncompleteLetterError } from './dead-letter.ts';
import { createMemoryDeadLetters } from './memory.ts';
import { createRedriver, type RedriverOptions } from './redrive.ts';

const decode: RedriverOptions['decode'] = (record) => ({ kind: 'malformed', reason: `${typeof record}` });

function cell(peers: readonly string[] = ['aws-us-east-1']) {
  const store = createMemoryStore();
  const deadLetters = createMemoryDeadLetters();
  const published: DomainEvent[] = [];
  const options = {
    store,
    cell: 'azure-eastus',
    peers,
    deadLetters,
    now: () => 0,
    decode,
    publish: async (events: readonly DomainEvent[]) => void published.push(...events),
  };
  return { store, deadLetters, published, options, intake: createIntake(options) };
}

async function one(origin?: string): Promise<DomainEvent> {
  const [event] = await decidedEvents(1, origin);
  if (!event) throw new Error('one event was asked for');
  return event;
}

describe('redrive', () => {
  test('stores what came of a cell that is known by now, and forgets the letter; before that it stays', async () => {
    const { options, intake, deadLetters, store } = cell();
    const event = await one('gcp-us-central1.1');
    await intake.takeEvents([event]);
    const [id = ''] = deadLetters.letters.keys();
    const before = await createRedriver(options).redrive(id);
    expect(before).toMatchObject({ kind: 'still_dead', code: 'unknown_origin' });
    expect(deadLetters.letters.size).toBe(1);
    const known = createRedriver({ ...options, peers: ['aws-us-east-1', 'gcp-us-central1'] });
    expect(await known.redrive(id, { dryRun: true })).toEqual({ kind: 'redriven' });
    expect([await store.read(event.partitionkey), deadLetters.letters.size]).toEqual([[], 1]);
    expect(await known.redrive(id)).toEqual({ kind: 'redriven' });
    expect(await store.read(event.partitionkey)).toEqual([event]);
    expect(await known.redrive(id)).toEqual({ kind: 'unknown' });
  });

  test('finds done what reconcile brought meanwhile, an event of this very cell included', async () => {
    const { options, intake, deadLetters, store } = cell();
    const own = await one('azure-eastus.1');
    await intake.takeEvents([own]);
    const [id = ''] = deadLetters.letters.keys();
    const { redrive } = createRedriver(options);
    expect(await redrive(id)).toMatchObject({ kind: 'still_dead', code: 'own_origin' });
    await store.insert(own);
    expect(await redrive(id)).toEqual({ kind: 'redriven' });
    expect(deadLetters.letters.size).toBe(0);
  });

  test('never overwrites: a divergence stays one, a dry run says so as well', async () => {
    const { options, intake, deadLetters, store } = cell();
    const event = await one();
    const other = { ...event, data: { ...event.data, amount: '99.00' } };
    await intake.takeEvents([event, other]);
    const [id = ''] = deadLetters.letters.keys();
    for (const dryRun of [true, false]) {
      expect(await createRedriver(options).redrive(id, { dryRun })).toMatchObject({ code: 'divergence' });
    }
    expect(await store.read(event.partitionkey)).toEqual([event]);
    expect(deadLetters.letters.size).toBe(1);
  });

  test('reads bytes again, even where only their headers were at fault', async () => {
    const { options, intake, deadLetters, store } = cell();
    const event = await one();
    const bytes = Buffer.from(JSON.stringify([event]));
    await intake.takeDelivery({ headers: new Headers({ 'content-type': 'text/plain' }), bytes });
    const [id = ''] = deadLetters.letters.keys();
    expect(await createRedriver(options).redrive(id)).toEqual({ kind: 'redriven' });
    expect(await store.read(event.partitionkey)).toEqual([event]);
  });

  test('reads no text into bytes that are none: an event of them would be another', async () => {
    const { options, intake, deadLetters, store } = cell();
    const event = await one();
    const bytes = Buffer.from(JSON.stringify([{ ...event, data: { ...event.data, note: 'Zoë' } }]), 'latin1');
    const headers = new Headers({ 'content-type': 'application/cloudevents-batch+json' });
    await intake.takeDelivery({ headers, bytes });
    const [id = ''] = deadLetters.letters.keys();
    expect(await createRedriver(options).redrive(id)).toMatchObject({
      kind: 'still_dead',
      code: 'malformed',
    });
    expect(await store.read(event.partitionkey)).toEqual([]);
  });

  test('drives a batch that came in the place of one event, and never forgets what it holds (R17)', async () => {
    const { options, intake, deadLetters, store } = cell();
    const events = await decidedEvents(2);
    const headers = new Headers({ 'content-type': 'application/cloudevents+json' });
    await intake.takeDelivery({ headers, bytes: Buffer.from(JSON.stringify(events)) });
    await intake.takeEvents([[...events].reverse()]);
    const { redrive, discard } = createRedriver(options);
    const ids = [...deadLetters.letters.keys()];
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(await discard(id)).toMatchObject({ kind: 'well_formed' });
    for (const id of ids) expect(await redrive(id)).toEqual({ kind: 'redriven' });
    for (const event of events) expect(await store.read(event.partitionkey)).toEqual([event]);
  });

  test('does not say before what only the store or the topic can: a dry run of what they refused', async () => {
    const { options, intake, deadLetters, store } = cell();
    const event = await one();
    const refusing = { ...store, insert: () => Promise.reject(new EventTooLargeError(500_000, 409_600)) };
    await createIntake({ ...options, store: refusing }).takeEvents([event]);
    const own = await one('azure-eastus.1');
    const change = { kind: 'event', event: own } as const;
    const refusal = new PublishRefusedError('bad', 'of another schema');
    const refuse = { ...options, publish: () => Promise.reject(refusal) };
    const refusals = new Map([[own.id, 4]]);
    await relay([{ position: '1', change, record: own }], refuse, refusals);
    const [large = '', refused = ''] = deadLetters.letters.keys();
    const { redrive } = createRedriver({ ...options, store: refusing });
    expect(await redrive(large, { dryRun: true })).toMatchObject({ kind: 'untold', code: 'too_large' });
    expect(await redrive(large)).toMatchObject({ kind: 'still_dead', code: 'too_large' });
    expect(await redrive(refused, { dryRun: true })).toMatchObject({ kind: 'untold', code: 'refused' });
    expect(await redrive(refused)).toEqual({ kind: 'redriven' });
    await intake.takeEvents([event]);
    expect(await redrive(large, { dryRun: true })).toEqual({ kind: 'redriven' });
  });

  test('publishes a record that can be decoded by now, and keeps the letter while the topic is away', async () => {
    const { options, deadLetters, published } = cell();
    const event = await one('azure-eastus.1');
    const record = { document: event };
    const change = { kind: 'malformed', reason: 'not known yet' } as const;
    await relay([{ position: '1', change, record }], options);
    const [id = ''] = deadLetters.letters.keys();
    expect(await createRedriver(options).redrive(id)).toMatchObject({
      kind: 'still_dead',
      code: 'malformed',
    });
    const newer = { ...options, decode: () => ({ kind: 'event', event }) as const };
    const away = { ...newer, publish: () => Promise.reject(new Error('ECONNREFUSED')) };
    await expect(createRedriver(away).redrive(id)).rejects.toMatchObject({
      code: 'not_published',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const refusal = new PublishRefusedError('bad', 'Event Grid refused it: of another schema.');
    const refusing = { ...newer, publish: () => Promise.reject(refusal) };
    for (let times = 0; times < 6; times++) {
      const still = { kind: 'still_dead', code: 'refused', detail: refusal.message };
      expect(await createRedriver(refusing).redrive(id)).toEqual(still);
    }
    expect(await createRedriver(newer).redrive(id, { dryRun: true })).toMatchObject({ kind: 'untold' });
    expect([published, deadLetters.letters.size]).toEqual([[], 1]);
    expect(await createRedriver(newer).redrive(id)).toEqual({ kind: 'redriven' });
    expect([published, deadLetters.letters.size]).toEqual([[event], 0]);
  });
});

describe('discard', () => {
  test('forgets what holds no event', async () => {
    const { options, intake, deadLetters } = cell();
    await intake.takeEvents([{ half: 'an event' }]);
    await intake.takeDelivery({ headers: new Headers(), bytes: Buffer.from('{"half":') });
    const { discard } = createRedriver(options);
    const ids = [...deadLetters.letters.keys()];
    for (const id of ids) {
      expect(await discard(id, { dryRun: true })).toEqual({ kind: 'discarded' });
      expect(deadLetters.letters.has(id)).toBe(true);
      expect(await discard(id)).toEqual({ kind: 'discarded' });
      expect(await discard(id)).toEqual({ kind: 'unknown' });
    }
    expect(ids).toHaveLength(2);
  });

  test('forgets a batch of which the log holds all that is well-formed by now', async () => {
    const { options, intake, deadLetters, store } = cell();
    const event = await one();
    const bytes = Buffer.from(JSON.stringify([{ half: 'an event' }, event]));
    await intake.takeDelivery({ headers: new Headers({ 'content-type': 'text/plain' }), bytes });
    const [id = ''] = deadLetters.letters.keys();
    const { redrive, discard } = createRedriver(options);
    expect(await discard(id)).toMatchObject({ kind: 'well_formed' });
    expect(await redrive(id)).toMatchObject({ kind: 'still_dead', code: 'invalid_event' });
    expect(await store.read(event.partitionkey)).toEqual([event]);
    expect(await discard(id)).toEqual({ kind: 'discarded' });
  });

  test('never forgets what was to go out, though the log holds it (R17)', async () => {
    const { options, deadLetters, store } = cell();
    const own = await one('azure-eastus.1');
    const change = { kind: 'event', event: own } as const;
    const limits = { maxBytes: 100, maxCount: 1 };
    await relay([{ position: '1', change, record: { document: own } }], { ...options, limits });
    const [id = ''] = deadLetters.letters.keys();
    const { discard } = createRedriver({ ...options, decode: () => change });
    expect(await discard(id)).toMatchObject({ kind: 'well_formed' });
    await store.insert(own);
    expect(await discard(id)).toMatchObject({ kind: 'well_formed' });
    expect(deadLetters.letters.size).toBe(1);
  });

  test('forgets a letter of which a part is gone: there is nothing left to drive', async () => {
    const { options, deadLetters, intake } = cell();
    await intake.takeEvents([await one('gcp-us-central1.1')]);
    const [id = ''] = deadLetters.letters.keys();
    const torn = { ...deadLetters, get: () => Promise.reject(new IncompleteLetterError(id)) };
    const { redrive, discard } = createRedriver({ ...options, deadLetters: torn });
    await expect(redrive(id)).rejects.toThrow(IncompleteLetterError);
    expect(await discard(id, { dryRun: true })).toEqual({ kind: 'discarded' });
    expect(deadLetters.letters.size).toBe(1);
    expect(await discard(id)).toEqual({ kind: 'discarded' });
    expect(deadLetters.letters.size).toBe(0);
  });

  test('never forgets a well-formed event, wherever it is hidden (R17)', async () => {
    const { options, intake, deadLetters } = cell();
    const [stranger, own] = [await one('gcp-us-central1.1'), await one('azure-eastus.1')];
    await intake.takeEvents([stranger]);
    const bytes = Buffer.from(JSON.stringify([{ half: 'an event' }, stranger]));
    await intake.takeDelivery({ headers: new Headers(), bytes });
    const change = { kind: 'event', event: own } as const;
    const limits = { maxBytes: 100, maxCount: 1 };
    await relay([{ position: '1', change, record: { document: own } }], { ...options, limits });
    const { discard } = createRedriver({ ...options, decode: () => change });
    expect(deadLetters.letters.size).toBe(3);
    for (const id of deadLetters.letters.keys())
      expect(await discard(id)).toMatchObject({ kind: 'well_formed' });
    expect(deadLetters.letters.size).toBe(3);
  });
});
