import { StoreUnavailableError } from '@twinlog/core';
import { expect, test } from 'vitest';
import { sharedKey } from '../authorise.ts';
import { PeerMisconfiguredError } from '../reconcile/peer-error.ts';
import type { CellOperations } from './cell-operations.ts';
import { operationsEndpoint } from './endpoint.ts';
import { httpOperations } from './http-operations.ts';

const key = 'a-key-for-this-test';

/** Operations of a cell that come to this error, each of them. */
function failing(error: Error): CellOperations {
  const fail = () => Promise.reject(error);
  return {
    ...{ status: fail, assign: fail, reconcile: fail, repair: fail, recover: fail },
    deadLetters: { list: fail, get: fail, redrive: fail, discard: fail },
  };
}

const operated = (fetch: (request: Request) => Promise<Response>) =>
  httpOperations({ url: 'https://cell.example', key, fetch });

test('an operator is told why a cell could not answer, as its store says it', async () => {
  const throttled = new StoreUnavailableError('DynamoDB throttled "scan" on table "events".');
  const endpoint = operationsEndpoint({ operations: failing(throttled), authorise: sharedKey([key]) });
  await expect(operated(endpoint).deadLetters.list({ limit: 1 })).rejects.toMatchObject({
    code: 'peer_unavailable',
    message: expect.stringMatching(
      /answered 503\. The cell's store gave no answer\. DynamoDB throttled "scan"/,
    ),
  });
});

test('a wrong key between two cells is no cell that cannot be reached: trying again does not help', async () => {
  const refused = new PeerMisconfiguredError('https://other.example answered 401. Check the key.');
  const endpoint = operationsEndpoint({ operations: failing(refused), authorise: sharedKey([key]) });
  const range = { peer: 'other', origin: 'aws.1', from: 0, to: 1 };
  await expect(operated(endpoint).reconcile(range)).rejects.toMatchObject({
    code: 'peer_misconfigured',
    message: refused.message,
  });
});

test.each([
  ['no JSON', '<html>Bad gateway</html>', 'Try again later.'],
  ['JSON without a reason', '{"message":"Internal server error"}', 'Try again later.'],
  ['a reason that is no text', '{"error":{"code":7}}', 'Try again later.'],
  ['a long reason', JSON.stringify({ error: 'x'.repeat(10_000) }), 'x'.repeat(500)],
])('of an answer that is %s an operator is told what can be', async (_, body, told) => {
  const gateway = operated(async () => new Response(body, { status: 502 }));
  const message = `https://cell.example/replication/operations/status answered 502. ${told}`;
  await expect(gateway.status()).rejects.toMatchObject({ code: 'peer_unavailable', message });
});
