import type { DomainEvent } from '@twinlog/core';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { createStreamRelay } from './lambda-relay.ts';
import type { Publish } from './publish.ts';

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

  test('ends in good time: what it can no longer publish is named, not lost to the time-out', async () => {
    const events = await decidedEvents(6);
    let left = 5_000;
    const { handler } = relayOf(events, async () => {
      left -= 2_000;
    });
    const response = await handler(stream(6), { getRemainingTimeInMillis: () => left });
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['102', '103']);
  });

  test('fails as a whole on a stream without new images, and parks nothing', async () => {
    const { handler, deadLetters } = relayOf([], async () => {});
    await expect(handler(stream(2, 'KEYS_ONLY'))).rejects.toThrow('NEW_IMAGE');
    expect(deadLetters.letters.size).toBe(0);
  });
});
