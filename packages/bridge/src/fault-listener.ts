/** Of whatever takes in events. */
export interface FaultListener {
  /** Told why events are to come again: of what lies behind a 503, or a message that is named as failed. */
  readonly onError?: (error: unknown) => void;
}

/** Whoever is told of errors, now or by a promise, cannot be told of their own. */
export function tell(onError: FaultListener['onError'], error: unknown): void {
  const telling = async () => onError?.(error);
  telling().catch(() => {});
}
