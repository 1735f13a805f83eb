const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits between delivery attempts; the last one repeats. Event Grid, "Message delivery and retry". */
export const RETRY_SCHEDULE_MS: readonly number[] = [
  10 * SECOND,
  30 * SECOND,
  1 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** "A small randomization to all retry steps", which the service does not put a number on: up to a tenth. */
const JITTER = 0.1;

/** Answers that the documentation has wait longer than the first steps of the schedule, at the least. */
const LEAST_WAIT_MS: ReadonlyMap<number, number> = new Map([
  [408, 2 * MINUTE],
  [503, 30 * SECOND],
]);

/**
 * How long an event waits after its `failures`-th failed delivery.
 * @param status the webhook's answer, undefined if there was none
 * @param random uniform in [0, 1)
 */
export function retryDelayMs(failures: number, status: number | undefined, random: () => number): number {
  const last = RETRY_SCHEDULE_MS.length - 1;
  const step = RETRY_SCHEDULE_MS[Math.min(failures - 1, last)] ?? 12 * HOUR;
  const least = status === undefined ? 0 : (LEAST_WAIT_MS.get(status) ?? 0);
  return Math.round(Math.max(step, least) * (1 + JITTER * random()));
}

/** Only these are a delivery: 200, 201, 202, 203 and 204. */
export function isDelivered(status: number): boolean {
  return status >= 200 && status <= 204;
}

/** A webhook's answers that trying again cannot mend, and what the dead letter then gives as its reason. */
const HOPELESS: ReadonlyMap<number, string> = new Map([
  [400, 'UndeliverableDueToHttpBadRequest'],
  [401, 'UndeliverableDueToHttpUnauthorized'],
  [403, 'UndeliverableDueToHttpForbidden'],
  [413, 'UndeliverableDueToHttpRequestEntityTooLarge'],
]);

/** Why this answer is not tried again, or undefined if it is. */
export function hopelessReason(status: number): string | undefined {
  return HOPELESS.get(status);
}
