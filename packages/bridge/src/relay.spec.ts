import { canonicalJson, type DomainEvent } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { PublishRefusedError } from './publish.ts';
import { type ChangeRecord, type Refusals, type RelayOptions, relay, wireSize } from './relay.ts';

const records = (events: readonly DomainEvent[]): ChangeRecord[] =>
  events.map((event, index) => ({
    position: String(index),
    change: { kind: 'event', event },
    record: event,
  }));

function options(publish: RelayOptions['publish'], rest: Partial<RelayOptions> = {}) {
  return { cell: 'aws-us-east-1', publish, deadLetters: createMemoryDeadLetters(), now: () => 0, ...rest };
}

describe('relay', () => {
  test('publishes what this cell decided, of any incarnation, and nothing that another did (R17)', async () => {
    const own = await decidedEvents(2);
    const older = await decidedEvents(1, 'aws-us-east-1.7');
    const foreign = await decidedEvents(2, 'azure-eastus.1');
    const published: DomainEvent[] = [];
    const result = await relay(
      records([...foreign, ...own, ...older]),
      options(async (batch) => void published.push(...batch)),
    );
    expect(published).toEqual([...own, ...older]);
    expect(result).toEqual({ published: 3, parked: 0, failed: [] });
  });

  test('names the records of a batch that failed, and goes on with the next', async () => {
    const events = await decidedEvents(5);
    const error = new Error('throttled');
    const result = await relay(
      records(events),
      options(
        async (batch) => {
          if (batch.some(({ id }) => id === events[2]?.id)) throw error;
        },
        { limits: { maxBytes: 1_000_000, maxCount: 2 } },
      ),
    );
    expect(result).toEqual({ published: 3, parked: 0, failed: ['2', '3'], error });
  });

  test('parks what is malformed or too large, whole, and does not hold up its neighbours', async () => {
    const [first, second] = await decidedEvents(2);
    if (!first || !second) throw new Error('two events were asked for');
    const large = { ...second, data: { ...second.data, note: 'x'.repeat(2_000) } };
    const published: DomainEvent[] = [];
    const deadLetters = createMemoryDeadLetters();
    const relayed = options(async (batch) => void published.push(...batch), {
      deadLetters,
      limits: { maxBytes: wireSize(first) + 500, maxCount: 10 },
    });
    const malformed = { kind: 'malformed', reason: 'no id' } as const;
    const result = await relay(
      [
        { position: 'a', change: malformed, record: { stream: 'x' } },
        ...records([large, first]),
        { position: 'z', change: { kind: 'ignored' }, record: {} },
      ],
      relayed,
    );
    expect(result).toEqual({ published: 1, parked: 2, failed: [] });
    expect(published).toEqual([first]);
    const letters = [...deadLetters.letters.values()];
    expect(letters.map(({ code, direction, content }) => [code, direction, content])).toEqual([
      ['malformed', 'out', { json: '{"stream":"x"}' }],
      ['too_large', 'out', { json: canonicalJson(large) }],
    ]);
  });

  test('counts a record whose parking failed among the failed: nothing is dropped', async () => {
    const error = new Error('the dead letters are down');
    const result = await relay(
      [{ position: 'a', change: { kind: 'malformed', reason: 'no id' }, record: {} }],
      options(async () => {}, { deadLetters: { put: () => Promise.reject(error) } }),
    );
    expect(result).toEqual({ published: 0, parked: 0, failed: ['a'], error });
  });

  test('finds the event that the transport refuses, parks it, and publishes all the others', async () => {
    const events = await decidedEvents(40);
    const bad = new Set([events[3]?.id, events[4]?.id, events[38]?.id]);
    const published: DomainEvent[] = [];
    const deadLetters = createMemoryDeadLetters();
    const result = await relay(
      records(events),
      options(
        async (batch) => {
          if (batch.some(({ id }) => bad.has(id))) throw new PublishRefusedError('bad', 'no such attribute');
          published.push(...batch);
        },
        { deadLetters },
      ),
    );
    expect(result).toEqual({ published: 37, parked: 3, failed: [] });
    expect(published).toEqual(events.filter(({ id }) => !bad.has(id)));
    expect([...deadLetters.letters.values()].map(({ code, content }) => [code, content])).toEqual(
      events.filter(({ id }) => bad.has(id)).map((event) => ['refused', { json: canonicalJson(event) }]),
    );
  });

  test('finds bad events at the head of a page as well, however many', async () => {
    const events = await decidedEvents(40);
    const bad = new Set(events.slice(0, 8).map(({ id }) => id));
    const result = await relay(
      records(events),
      options(async (batch) => {
        if (batch.some(({ id }) => bad.has(id))) throw new PublishRefusedError('bad', 'no such attribute');
      }),
    );
    expect(result).toEqual({ published: 32, parked: 8, failed: [] });
  });

  test('publishes what it can before it parks: letters that cannot be put hold up nothing', async () => {
    const [first, second] = await decidedEvents(2);
    if (!first || !second) throw new Error('two events were asked for');
    const published: DomainEvent[] = [];
    const bad = { position: 'a', change: { kind: 'malformed', reason: 'no id' }, record: {} } as const;
    const publish = async (batch: readonly DomainEvent[]) => void published.push(...batch);
    let publishedBefore = 0;
    const put = async () => {
      publishedBefore = published.length;
      throw new Error('the dead letters are down');
    };
    const result = await relay(
      [bad, ...records([first, second])],
      options(publish, { deadLetters: { put } }),
    );
    expect(result).toMatchObject({ published: 2, parked: 0, failed: ['a'] });
    expect(publishedBefore).toBe(2);
  });

  test.each([3, 9, 20, 39])(
    'is not kept from good events behind a head of %i bad ones, nor by those that were parked before',
    async (count) => {
      const events = await decidedEvents(40);
      const bad = new Set(events.slice(0, count).map(({ id }) => id));
      const refusals: Refusals = new Map();
      for (let times = 0; times < 3; times += 1) {
        const result = await relay(
          records(events),
          options(async (batch) => {
            if (batch.some(({ id }) => bad.has(id)))
              throw new PublishRefusedError('bad', 'no such attribute');
          }),
          refusals,
        );
        expect(result).toEqual({ published: 40 - count, parked: count, failed: [] });
      }
    },
  );

  test('parks all of a page that is refused in the end, though it comes again whole', async () => {
    const events = await decidedEvents(30);
    const deadLetters = createMemoryDeadLetters();
    const refusals: Refusals = new Map();
    const refuse = () => Promise.reject(new PublishRefusedError('bad', 'no such attribute'));
    let failed = 30;
    for (let runs = 0; failed > 0; runs += 1) {
      expect(runs).toBeLessThan(5 * 30);
      failed = (await relay(records(events), options(refuse, { deadLetters }), refusals)).failed.length;
    }
    expect(deadLetters.letters.size).toBe(30);
  });

  test.each([
    ['bad', 'this topic takes another schema'],
    ['too_large', 'this proxy takes nothing'],
  ] as const)(
    'parks nothing where the transport refuses everything as %s, and does not ask for long',
    async (reason, why) => {
      let requests = 0;
      const error = new PublishRefusedError(reason, why);
      const result = await relay(
        records(await decidedEvents(200)),
        options(async () => {
          requests += 1;
          throw error;
        }),
      );
      expect(result).toMatchObject({ published: 0, parked: 0, error });
      expect(result.failed).toHaveLength(200);
      expect(requests).toBeLessThan(25);
    },
  );

  test('cuts what is too large for the transport after all, and parks an event that is too large alone', async () => {
    const events = await decidedEvents(20);
    const large = events[7]?.id;
    const deadLetters = createMemoryDeadLetters();
    const result = await relay(
      records(events),
      options(
        async (batch) => {
          if (batch.length > 6 || batch.some(({ id }) => id === large))
            throw new PublishRefusedError('too_large', '413');
        },
        { deadLetters },
      ),
    );
    expect(result).toEqual({ published: 19, parked: 1, failed: [] });
    expect([...deadLetters.letters.values()].map(({ code }) => code)).toEqual(['too_large']);
  });
});
