/** The API on the Node shell in a process of its own, over a store that counts and keeps nothing, so that memory shows leaks. */
import { once } from 'node:events';
import { createHttpApi, createNodeServer } from '@twinlog/adapters';
import { createMemoryStore, createService, type EventStore, systemRuntime, transaction } from '@twinlog/core';

let written = 0;
const store: EventStore = {
  ...createMemoryStore(),
  insert: async () => {
    written += 1;
    return { inserted: true };
  },
};
const runtime = systemRuntime;
const service = createService({
  aggregate: transaction,
  store,
  origin: 'aws-us-east-1.1',
  assignment: '1.aws-us-east-1',
  runtime,
});
const api = createHttpApi({ service, store, runtime, authenticate: 'off', warn: () => {} });
const { server, drain } = createNodeServer(api, { goodbyeMs: 0 });
server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 });
await once(server, 'listening');
const address = server.address();

process.on('message', async (message) => {
  if (message === 'stop') {
    await drain();
    process.disconnect();
    return;
  }
  globalThis.gc?.();
  process.send?.({ written, heapBytes: process.memoryUsage().heapUsed });
});
process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
