/** The largest event and the largest publish request, in bytes of JSON. Event Grid, "Quotas and limits". */
export const MAX_EVENT_BYTES: number = 1024 * 1024;
export const MAX_REQUEST_BYTES: number = 1024 * 1024;

/** Events in one publish request. Event Grid, "Quotas and limits": number of incoming events per batch. */
export const MAX_EVENTS_PER_REQUEST = 5_000;

/** What one topic takes in a second before it answers 429. Event Grid, "Quotas and limits". */
export interface PublishRate {
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** The published rate of a custom topic: 5,000 events or 5 MB a second, whichever is met first. */
export const PUBLISHED_RATE: PublishRate = {
  eventsPerSecond: 5_000,
  bytesPerSecond: 5 * 1024 * 1024,
};

/** How long a webhook may take to answer. Event Grid, "Message delivery and retry". */
export const ANSWER_TIMEOUT_MS = 30_000;

/** The longest and the usual life of an undelivered event. Event Grid, "Message delivery and retry". */
export const MAX_TIME_TO_LIVE_MS: number = 24 * 60 * 60 * 1000;
