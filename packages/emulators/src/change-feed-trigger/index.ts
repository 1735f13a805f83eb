export { startChangeFeedTrigger } from './change-feed-trigger.ts';
export type {
  ChangeFeedHandler,
  ChangeFeedTrigger,
  ChangeFeedTriggerOptions,
  DeliveredBatch,
} from './options.ts';
