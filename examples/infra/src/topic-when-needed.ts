import type { TopicClient } from '@twinlog/bridge';
import { required } from './settings.ts';
import type { topicFrom } from './topic.ts';

/** As `topicFrom`, for a function that seldom publishes: the topics' client is loaded with the first events to send. */
export function topicWhenNeeded(...[variables, keyless]: Parameters<typeof topicFrom>): TopicClient {
  required(variables, 'EVENT_GRID_ENDPOINT');
  let topic: Promise<TopicClient> | undefined;
  const load = async () => (await import('./topic.ts')).topicFrom(variables, keyless);
  return {
    send: async (events, options) => {
      topic ??= load();
      await (await topic).send(events, options);
    },
  };
}
