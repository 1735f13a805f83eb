/** How a profile watches its endpoints and how long its answers are cached. */
export interface FailoverTiming {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failed probes in a row that are forgiven. */
  readonly toleratedFailures: number;
  readonly ttlSeconds: number;
}

/**
 * The longest time, in seconds, from an endpoint's failure until no client has it in its cache any more:
 * interval × (tolerated failures + 1) + time-out + TTL. 75 s for 10 s / 5 s / 3 / 30 s.
 */
export function failoverBudgetSeconds(timing: FailoverTiming): number {
  const detectedMs = timing.intervalMs * (timing.toleratedFailures + 1) + timing.timeoutMs;
  return detectedMs / 1_000 + timing.ttlSeconds;
}
