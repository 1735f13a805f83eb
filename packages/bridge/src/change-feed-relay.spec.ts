import { type CosmosDBHandler, InvocationContext, type RetryOptions } from '@azure/functions';
import type { DomainEvent } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { type ChangeFeedRelayOptions, changeFeedRetry, createChangeFeedRelay } from './change-feed-relay.ts';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { PublishRefusedError } from './publish.ts';

function relayOf(events: readonly DomainEvent[], options: Partial<ChangeFeedRelayOptions>) {
  const deadLetters = createMemoryDeadLetters();
  const waits: number[] = [];
  const relay = createChangeFeedRelay({
    cell: 'aws-us-east-1',
    decode: (document) => {
      const event = events[Number(document)];
      return event ? { kind: 'event', event } : { kind: 'malformed', reason: 'no event' };
    },
    publish: async () => {},
    deadLetters,
    now: () => 0,
    retry: changeFeedRetry,
    wait: async (ms) => void waits.push(ms),
    ...options,
  });
  // That they fit the trigger's own types is part of what is promised.
  const handler: CosmosDBHandler = relay;
  const policy: RetryOptions = changeFeedRetry;
  return { relay, handler, policy, deadLetters, waits };
}

const away = () => Promise.reject(new Error('the topic is away'));

describe('the relay as a function on the change feed', () => {
  test('returns once everything is published or parked', async () => {
    const events = await decidedEvents(2);
    const published: DomainEvent[] = [];
    const { relay, deadLetters } = relayOf(events, {
      publish: async (batch) => void published.push(...batch),
    });
    await relay([0, 'no event', 1]);
    expect(published).toEqual(events);
    expect([...deadLetters.letters.values()].map(({ code }) => code)).toEqual(['malformed']);
  });

  test('parks an event that is refused alone, the fifth time, so that the lease moves on', async () => {
    const { relay, deadLetters } = relayOf(await decidedEvents(1), {
      publish: () => Promise.reject(new PublishRefusedError('bad', 'refused')),
    });
    for (let time = 1; time < 5; time += 1)
      await expect(relay([0])).rejects.toThrow('1 events could not be published');
    await relay([0]);
    expect([...deadLetters.letters.values()].map(({ code }) => code)).toEqual(['refused']);
  });

  test('throws for as long as the trigger will hand the page over again, so that the lease stays', async () => {
    const { relay, deadLetters } = relayOf(await decidedEvents(1), { publish: away });
    await expect(relay([0])).rejects.toThrow('1 events could not be published');
    const retryContext = { retryCount: 1_000, maxRetryCount: -1 };
    await expect(relay([0], { retryContext })).rejects.toThrow('1 events could not be published');
    expect(deadLetters.letters.size).toBe(0);
  });

  test.each<[string, { maxRetryCount: number }, InvocationContext | undefined]>([
    ['the last retry', { maxRetryCount: 3 }, lastRetryOf(3)],
    ['a trigger without retries', { maxRetryCount: 0 }, undefined],
  ])('parks on %s what was not published, and lets the lease pass', async (_, retry, context) => {
    const events = await decidedEvents(2);
    const publish = async (batch: readonly DomainEvent[]) => {
      if (batch.some(({ id }) => id === events[1]?.id)) await away();
    };
    const limits = { maxBytes: 1_000_000, maxCount: 1 };
    const { relay, deadLetters } = relayOf(events, { publish, limits, retry });
    await relay([0, 1], context);
    expect([...deadLetters.letters.values()].map(({ code, content }) => [code, content])).toEqual([
      ['unpublished', { json: '1' }],
    ]);
  });

  test('never lets the lease pass what could be neither published nor parked', async () => {
    const events = await decidedEvents(1);
    const published: DomainEvent[] = [];
    let attempts = 0;
    const { relay, waits } = relayOf(events, {
      retry: { maxRetryCount: 0 },
      deadLetters: { put: away },
      publish: async (batch) => {
        attempts += 1;
        if (attempts < 9) await away();
        published.push(...batch);
      },
    });
    await relay([0]);
    expect(published).toEqual(events);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });
});

function lastRetryOf(maxRetryCount: number): InvocationContext {
  return new InvocationContext({ retryContext: { retryCount: maxRetryCount, maxRetryCount } });
}
