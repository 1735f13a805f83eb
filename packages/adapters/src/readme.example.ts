import { once } from 'node:events';
import { createServer } from 'node:http';
import { apiGateway, azureFunctions, createHttpApi, nodeServer } from '@twinlog/adapters';
import { createMemoryStore, createService, systemRuntime, transaction } from '@twinlog/core';

const store = createMemoryStore();
const runtime = systemRuntime;
const service = createService({
  aggregate: transaction,
  store,
  origin: 'aws-us-east-1.1',
  assignment: '1.aws-us-east-1',
  runtime,
});
const api = createHttpApi({
  service,
  store,
  runtime,
  // In the open: bearerTokens({ issuer, audience, algorithms: ['RS256'], keys: new URL('https://…/jwks.json') })
  authenticate: 'off',
  onError: (error) => console.error(error),
});

// One API, three ways in. The first two are handlers for the cloud to call.
export const lambdaHandler = apiGateway(api);
export const functionsHandler = azureFunctions(api);
const server = createServer(nodeServer(api)).listen(0, '127.0.0.1');
await once(server, 'listening');

const address = server.address();
const port = typeof address === 'object' ? address?.port : undefined;
const request = () =>
  fetch(`http://127.0.0.1:${port}/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'order-1' },
    body: '{ "account_id": "account-7", "amount": "10.00", "currency": "USD" }',
  });
const first = await request();
const again = await request();

export const answers = [
  [first.status, await first.json()],
  [again.status, await again.json()],
];
server.close();
