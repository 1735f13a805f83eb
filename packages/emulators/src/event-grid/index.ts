export type { CloudEventJson } from './cloud-event.ts';
export type {
  DeliveryFault,
  DeliveryReport,
  SubscriptionCounts,
  SubscriptionPending,
} from './delivery-report.ts';
export {
  type EventGrid,
  type EventGridOptions,
  type PublishFault,
  type Subscription,
  startEventGrid,
} from './event-grid.ts';
export {
  ANSWER_TIMEOUT_MS,
  MAX_EVENT_BYTES,
  MAX_EVENTS_PER_REQUEST,
  MAX_REQUEST_BYTES,
  PUBLISHED_RATE,
  type PublishRate,
} from './limits.ts';
export { RETRY_SCHEDULE_MS } from './retry-schedule.ts';
export { type DeadLetterRecord, type SubscriptionOptions, WEBHOOK_ORIGIN } from './subscription.ts';
