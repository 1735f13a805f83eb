import { createHash } from 'node:crypto';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import type { TokenCredential } from '@azure/identity';
import type { TopicClient } from '@twinlog/bridge';
import { required } from './settings.ts';

/**
 * A client for the topics that a cell publishes to: `EVENT_GRID_ENDPOINT`, separated by commas where there are several.
 * @param keyless how the cell shows who it is, unless there is an `EVENT_GRID_KEY`.
 */
export function topicFrom(
  variables: Readonly<Record<string, string | undefined>>,
  keyless: (variables: Readonly<Record<string, string | undefined>>) => TokenCredential,
): TopicClient {
  const key = variables.EVENT_GRID_KEY;
  const credential = key ? new AzureKeyCredential(key) : keyless(variables);
  const endpoints = required(variables, 'EVENT_GRID_ENDPOINT').split(',');
  return byStream(
    endpoints.map(
      (endpoint) =>
        new EventGridPublisherClient(endpoint, 'CloudEvent', credential, {
          // What stands in for a topic on this very machine has no certificate; a key goes nowhere else without TLS.
          allowInsecureConnection: /^http:\/\/127\.0\.0\.1[:/]/.test(endpoint),
        }),
    ),
  );
}

/**
 * Several topics as one: every event of a stream goes to the same of them, so its way is as it was with one. Fails if
 * any of them does; what the others took is then sent again, and is a duplicate.
 */
export function byStream(topics: readonly TopicClient[]): TopicClient {
  return {
    send: async (events, options) => {
      const shares = topics.map((): typeof events => []);
      for (const event of events) {
        const stream = String(event.extensionAttributes?.partitionkey);
        shares[createHash('sha256').update(stream).digest().readUInt32BE() % topics.length]?.push(event);
      }
      await Promise.all(
        topics.map(async (topic, place) => {
          const share = shares[place] ?? [];
          if (share.length > 0) await topic.send(share, options);
        }),
      );
    },
  };
}
