import { setTimeout as sleep } from 'node:timers/promises';
import { mergeTokens } from '@twinlog/adapters/client';
import type { DnsCache } from '@twinlog/emulators';
import {
  type Answer,
  type Attempt,
  type Client,
  causeOf,
  type OutgoingRequest,
  patienceMs,
} from './client.ts';
import { awaitDecision } from './deferral.ts';

/** How long one try may take, in ms. */
const attemptTimeoutMs = 5_000;

/**
 * A plain client that knows nothing but a DNS name: it sends a request to wherever its resolver's cached answer leads, and
 * again, the same bytes, for as long as no cell gives it a final answer (2xx, 3xx or 4xx but 429). It brings along what it
 * has seen of the one transaction that it is about.
 */
export function createDnsClient(resolver: DnsCache): Client {
  let token: string | undefined;

  const persist = async (request: OutgoingRequest) => {
    const attempts: Attempt[] = [];
    const deadline = Date.now() + patienceMs;
    for (let pause = 25; Date.now() < deadline; pause = Math.min(pause * 2, 400)) {
      const tried = await attempt(request, resolver, token);
      if (tried) {
        attempts.push(tried.attempt);
        if (tried.token !== undefined) token = mergeTokens(token, tried.token);
        if (tried.answer) return { answer: tried.answer, attempts };
      }
      await sleep(pause * (0.5 + Math.random()));
    }
    return { answer: undefined, attempts };
  };

  return async (request, onDeferred) => {
    const key = request.headers['idempotency-key'];
    const first = await persist(request);
    if (first.answer?.status !== 202) return { ...first, key, deferredMs: undefined };
    const deferredAt = Date.now();
    onDeferred();
    const { answer, attempts } = await awaitDecision(request, first.answer, persist);
    return { answer, attempts: [...first.attempts, ...attempts], key, deferredMs: Date.now() - deferredAt };
  };
}

interface Tried {
  readonly attempt: Attempt;
  readonly answer?: Answer;
  readonly token?: string | undefined;
}

async function attempt(
  { method, path, headers, body }: OutgoingRequest,
  resolver: DnsCache,
  token: string | undefined,
): Promise<Tried | undefined> {
  const target = await resolver.resolve().then(
    (resolution) => resolution.target,
    () => undefined,
  );
  if (target === undefined) return undefined;
  const sentAt = Date.now();
  const ended = (result: number | string): Attempt => ({ target, sentAt, endedAt: Date.now(), result });
  try {
    const response = await fetch(target + path, {
      method,
      headers: { ...(token !== undefined && { 'consistency-token': token }), ...headers },
      body: body ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(attemptTimeoutMs),
    });
    const text = await response.text();
    const { status } = response;
    const given = response.headers.get('consistency-token') ?? undefined;
    const tried = { attempt: ended(status), token: given };
    return status >= 500 || status === 429 ? tried : { ...tried, answer: { status, body: parsed(text) } };
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
