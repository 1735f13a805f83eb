/** One try at a request: which cell it went to, and the status that came back or what broke. */
export interface Attempt {
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly endedAt: number;
  readonly result: number | string;
}

export interface Answer {
  readonly status: number;
  /** Parsed if it is JSON, else undefined. */
  readonly body: unknown;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What became of a request. */
export interface Sent {
  /** The decision; a 202 only where it never came, undefined where no cell answered at all. */
  readonly answer: Answer | undefined;
  readonly attempts: readonly Attempt[];
  /** The idempotency key that it went with. */
  readonly key: string | undefined;
  /** From a first 202 until the decision was known, in ms; undefined where the command was decided at once. */
  readonly deferredMs: number | undefined;
}

/**
 * Sends a request until it is decided, with the consistency tokens of the answers before it.
 * @param onDeferred told of a 202: from then on it is only asked, now and then, what was decided.
 */
export type Client = (request: OutgoingRequest, onDeferred: () => void) => Promise<Sent>;

/** How long a client goes on trying, in ms. */
export const patienceMs = 60_000;

/** What broke, in a word: `ECONNRESET`, `TimeoutError`. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.name;
  return String(error);
}
