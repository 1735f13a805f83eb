import { setTimeout as sleep } from 'node:timers/promises';
import type { DnsCache } from '@twinlog/emulators';

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
  readonly token: string | undefined;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** How long one try may take, and how long a client goes on trying, in ms. */
const attemptTimeoutMs = 5_000;
const patienceMs = 60_000;

/**
 * Sends a request as a plain client behind DNS does: to wherever its resolver's cached answer leads, and again,
 * the same bytes, for as long as no cell gives it a final answer (2xx, 3xx or 4xx but 429).
 * @returns the answer, or undefined where patience ran out; and every try.
 */
export async function send(
  request: OutgoingRequest,
  resolver: DnsCache,
): Promise<{ readonly answer: Answer | undefined; readonly attempts: readonly Attempt[] }> {
  const attempts: Attempt[] = [];
  const deadline = Date.now() + patienceMs;
  for (let pause = 25; Date.now() < deadline; pause = Math.min(pause * 2, 400)) {
    const tried = await attempt(request, resolver);
    if (tried) {
      attempts.push(tried.attempt);
      if (tried.answer) return { answer: tried.answer, attempts };
    }
    await sleep(pause * (0.5 + Math.random()));
  }
  return { answer: undefined, attempts };
}

async function attempt(
  { method, path, headers, body }: OutgoingRequest,
  resolver: DnsCache,
): Promise<{ readonly attempt: Attempt; readonly answer?: Answer } | undefined> {
  const target = await resolver.resolve().then(
    (resolution) => resolution.target,
    () => undefined,
  );
  if (target === undefined) return undefined;
  const sentAt = Date.now();
  const ended = (result: number | string): Attempt => ({ target, sentAt, endedAt: Date.now(), result });
  try {
    const signal = AbortSignal.timeout(attemptTimeoutMs);
    const response = await fetch(target + path, {
      method,
      headers,
      body: body ?? null,
      redirect: 'manual',
      signal,
    });
    const text = await response.text();
    const { status } = response;
    if (status >= 500 || status === 429) return { attempt: ended(status) };
    const token = response.headers.get('consistency-token') ?? undefined;
    return { attempt: ended(status), answer: { status, body: parsed(text), token } };
  } catch (error) {
    return { attempt: ended(causeOf(error)) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.name;
  return String(error);
}
