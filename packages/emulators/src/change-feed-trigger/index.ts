export { startChangeFeedTrigger } from './change-feed-trigger.ts';
export { throughTheHost } from './host-json.ts';
export type {
  ChangeFeedHandler,
  ChangeFeedTrigger,
  ChangeFeedTriggerOptions,
  DeliveredBatch,
} from './options.ts';
