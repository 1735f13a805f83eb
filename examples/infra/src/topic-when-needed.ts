import type { TopicClient } from '@twinlog/bridge';
import { required } from './settings.ts';
import type { topicFrom } from './topic.ts';
import { whenNeeded } from './when-needed.ts';

/** As `topicFrom`, for a function that seldom publishes: the topics' client is loaded with the first events to send. */
export function topicWhenNeeded(...[variables, keyless]: Parameters<typeof topicFrom>): TopicClient {
  required(variables, 'EVENT_GRID_ENDPOINT');
  const topic = whenNeeded(async () => (await import('./topic.ts')).topicFrom(variables, keyless));
  return {
    send: async (events, options) => {
      await (await topic()).send(events, options);
    },
  };
}
