import type { DomainEvent } from '@twinlog/core';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { createMemoryDeadLetters, type DeadLetter } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { createStreamRelay } from './lambda-relay.ts';
import { type Publish, PublishRefusedError } from './publish.ts';

/** A stream's records, with numbers that text order puts wrong. */
function stream(count: number, viewType: 'NEW_IMAGE' | 'KEYS_ONLY' = 'NEW_IMAGE'): DynamoDBStreamEvent {
  const Records = Array.from(
    { length: count },
    (_, index): DynamoDBRecord => ({
      eventName: 'INSERT',
      dynamodb: { SequenceNumber: String(98 + index), StreamViewType: viewType },
    }),
  );
  return { Records };
}

function relayOf(events: readonly DomainEvent[], publish: Publish) {
  const deadLetters = createMemoryDeadLetters();
  const relay = createStreamRelay<DynamoDBRecord>({
    cell: 'aws-us-east-1',
    decode: ({ dynamodb }) => {
      const event = events[Number(dynamodb?.SequenceNumber) - 98];
      return event ? { kind: 'event', event } : { kind: 'malformed', reason: 'no event' };
    },
    publish,
    deadLetters,
    now: () => 0,
    limits: { maxBytes: 1_000_000, maxCount: 2 },
  });
  // That they fit Lambda's own types is part of what is promised.
  const handler: (
    event: DynamoDBStreamEvent,
    context?: Pick<Context, 'getRemainingTimeInMillis'>,
  ) => Promise<DynamoDBBatchResponse> = relay;
  return { handler, deadLetters };
}

describe('the relay as a Lambda function', () => {
  test('names what failed, the lowest sequence number first: that is where Lambda goes on', async () => {
    const events = await decidedEvents(6);
    const { handler } = relayOf(events, async (batch) => {
      if (!batch.some(({ id }) => id === events[0]?.id)) throw new Error('throttled');
    });
    expect(await handler(stream(6))).toEqual({
      batchItemFailures: ['100', '101', '102', '103'].map((itemIdentifier) => ({ itemIdentifier })),
    });
  });

  test('names nothing where everything is published or parked', async () => {
    const events = await decidedEvents(3);
    const { handler, deadLetters } = relayOf(events, async () => {});
    expect(await handler(stream(4))).toEqual({ batchItemFailures: [] });
    expect([...deadLetters.letters.values()].map(({ code }) => code)).toEqual(['malformed']);
  });

  test('parks an event that is refused alone, the fifth time, and goes on with its neighbours', async () => {
    const events = await decidedEvents(2);
    const [bad] = events;
    const published: DomainEvent[] = [];
    const { handler, deadLetters } = relayOf(events, async (batch) => {
      if (batch.some(({ id }) => id === bad?.id)) throw new PublishRefusedError('bad', 'refused');
      published.push(...batch);
    });
    for (let time = 1; time < 5; time += 1)
      expect(await handler(stream(1))).toEqual({ batchItemFailures: [{ itemIdentifier: '98' }] });
    expect(deadLetters.letters.size).toBe(0);
    expect(await handler(stream(1))).toEqual({ batchItemFailures: [] });
    expect([...deadLetters.letters.values()].map(({ code }) => code)).toEqual(['refused']);
    await handler({ Records: stream(2).Records.slice(1) });
    expect(published).toEqual(events.slice(1));
  });

  test('does not hold it against an event that was refused before, once the topic has taken it', async () => {
    const events = await decidedEvents(1);
    let isRefusing = true;
    const { handler, deadLetters } = relayOf(events, async () => {
      if (isRefusing) throw new PublishRefusedError('bad', 'the topic wants another schema');
    });
    const refuse = async () => {
      isRefusing = true;
      for (let time = 1; time < 5; time += 1) await handler(stream(1));
    };
    await refuse();
    isRefusing = false;
    expect(await handler(stream(1))).toEqual({ batchItemFailures: [] });
    await refuse();
    expect(deadLetters.letters.size).toBe(0);
  });

  test('ends in good time: what it can no longer publish is named, not lost to the time-out', async () => {
    const events = await decidedEvents(6);
    let left = 5_000;
    const { handler } = relayOf(events, async () => {
      left -= 2_000;
    });
    const response = await handler(stream(6), { getRemainingTimeInMillis: () => left });
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['102', '103']);
  });

  test('publishes what is good though the dead letters take all the time there is, and names what it did not park', async () => {
    const events = await decidedEvents(3);
    let left = 30_000;
    const published: DomainEvent[] = [];
    const relay = createStreamRelay<DynamoDBRecord>({
      cell: 'aws-us-east-1',
      decode: ({ dynamodb }) => {
        const event = events[Number(dynamodb?.SequenceNumber) - 98 - 12];
        return event ? { kind: 'event', event } : { kind: 'malformed', reason: 'no event' };
      },
      publish: async (batch) => void published.push(...batch),
      deadLetters: {
        put: async () => {
          left -= 10_000;
          throw new Error('away');
        },
      },
      now: () => 0,
    });
    const { batchItemFailures } = await relay(stream(15), { getRemainingTimeInMillis: () => left });
    expect(published).toEqual(events);
    expect(batchItemFailures).toHaveLength(12);
    expect(left).toBeGreaterThan(-60_000);
  });

  test('keeps letters with whatever keeps them, an object of a class as well', async () => {
    class Kept {
      readonly letters: DeadLetter[] = [];
      async put(letter: DeadLetter): Promise<void> {
        this.letters.push(letter);
      }
    }
    const deadLetters = new Kept();
    const relay = createStreamRelay<DynamoDBRecord>({
      cell: 'aws-us-east-1',
      decode: () => ({ kind: 'malformed', reason: 'no event' }),
      ...{ publish: async () => {}, deadLetters, now: () => 0 },
    });
    expect(await relay(stream(2))).toEqual({ batchItemFailures: [] });
    expect(deadLetters.letters).toHaveLength(2);
  });

  test('fails as a whole on a stream without new images, and parks nothing', async () => {
    const { handler, deadLetters } = relayOf([], async () => {});
    await expect(handler(stream(2, 'KEYS_ONLY'))).rejects.toThrow('NEW_IMAGE');
    expect(deadLetters.letters.size).toBe(0);
  });
});
