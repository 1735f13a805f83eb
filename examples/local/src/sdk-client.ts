import { ClientError, createClient } from '@twinlog/adapters/client';
import { type Attempt, type Client, causeOf, patienceMs } from './client.ts';

/** A client that knows the cells' own addresses: the one of `@twinlog/adapters/client`. @param cells nearest first. */
export function createSdkClient(cells: readonly string[]): Client {
  const client = createClient({ cells, timeoutMs: patienceMs });

  return async ({ method, path, headers, body }, onDeferred) => {
    const attempts: Attempt[] = [];
    let key = headers['idempotency-key'];
    let deferredAt: number | undefined;
    const answer = await client
      .request(method, path, {
        headers,
        body,
        onTry: ({ cell, ms, result, idempotencyKey }) => {
          const endedAt = Date.now();
          const came = result instanceof Error ? causeOf(result) : result.status;
          attempts.push({ target: cell, sentAt: endedAt - ms, endedAt, result: came });
          key = idempotencyKey;
          if (came !== 202 || deferredAt !== undefined) return;
          deferredAt = endedAt;
          onDeferred();
        },
      })
      .catch((error: unknown) => {
        if (error instanceof ClientError) return undefined;
        throw error;
      });
    // A 503 that was all that came within the client's patience is no answer.
    const isFinal = answer !== undefined && answer.status < 500 && answer.status !== 429;
    return {
      answer: isFinal ? answer : undefined,
      attempts,
      key,
      deferredMs: deferredAt === undefined ? undefined : Date.now() - deferredAt,
    };
  };
}
