import { createServer } from 'node:http';
import { createMemoryDeadLetters, createReceiver, sharedKey, sharedKeyHeader } from '@twinlog/bridge';
import { createMemoryStore, type EventStore } from '@twinlog/core';

/** A receiving cell: the bridge's receiver, on an empty in-memory store, behind node's http server. */
export interface ReceivingCell {
  readonly url: string;
  /** What its senders must show. */
  readonly headers: Readonly<Record<string, string>>;
  readonly store: EventStore;
  readonly deadLetters: () => number;
  readonly stop: () => Promise<void>;
}

const key = 'a-key-for-the-benchmark-alone';

export async function startReceivingCell(cell: string, peers: readonly string[]): Promise<ReceivingCell> {
  const store = createMemoryStore();
  const deadLetters = createMemoryDeadLetters();
  const receive = createReceiver({
    store,
    cell,
    peers,
    authorise: sharedKey([key]),
    deadLetters,
    now: Date.now,
  });

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET', headers } = request;
    const answer = await receive(
      new Request('http://cell/replication/events', {
        method,
        headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
        body: method === 'POST' ? Buffer.concat(chunks) : null,
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no TCP port.');
  return {
    url: `http://127.0.0.1:${address.port}/replication/events`,
    headers: { [sharedKeyHeader]: key },
    store,
    deadLetters: () => deadLetters.letters.size,
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}
