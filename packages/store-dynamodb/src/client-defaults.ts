/**
 * Time-outs and retries that fit a service behind an HTTP API, to be spread into the options of a client:
 * `new DynamoDBClient({ region, ...clientDefaults })`. A request that nobody answers is given up for unavailable after
 * three tries, some 6 seconds. `throwOnRequestTimeout` is what makes `requestTimeout` a time-out: without it the SDK
 * only warns, and waits on.
 */
export const clientDefaults = {
  /** The first try and two more, as the SDK has it by itself: a repeated write meets its own event. */
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;
