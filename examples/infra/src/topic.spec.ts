import type { TopicClient } from '@twinlog/bridge';
import { toPublisherInput } from '@twinlog/bridge';
import { sampleEvent } from '@twinlog/core/testing';
import { expect, test } from 'vitest';
import { byStream } from './topic.ts';

/** A topic that remembers the streams of what it took. */
const topic = (): TopicClient & { readonly streams: string[] } => {
  const streams: string[] = [];
  return {
    streams,
    send: async (events) => {
      for (const { extensionAttributes } of events) streams.push(String(extensionAttributes?.partitionkey));
    },
  };
};

test('several topics share the streams, and all of one stream goes to one', async () => {
  const topics = [topic(), topic(), topic()];
  const streams = Array.from({ length: 60 }, (_, index) => `txn_${index % 30}`);
  await byStream(topics).send(streams.map((stream) => toPublisherInput(sampleEvent({ stream }))));

  expect(topics.flatMap((each) => each.streams).sort()).toEqual(streams.toSorted());
  for (const each of topics) expect(each.streams.length).toBeGreaterThan(0);
  const homes = (stream: string): number => topics.filter((each) => each.streams.includes(stream)).length;
  for (const stream of streams) expect(homes(stream)).toBe(1);
});

test('a topic that does not take its share fails the whole batch', async () => {
  const full: TopicClient = { send: () => Promise.reject(new Error('full')) };
  const events = Array.from({ length: 30 }, (_, index) =>
    toPublisherInput(sampleEvent({ stream: `txn_${index}` })),
  );
  await expect(byStream([topic(), full]).send(events)).rejects.toThrow('full');
});
