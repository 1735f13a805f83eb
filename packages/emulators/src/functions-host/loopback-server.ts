import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** An HTTP server on 127.0.0.1 that can be taken down hard and brought back. */
export interface LoopbackServer {
  /** For example `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and destroys every connection, whatever is under way on it. */
  readonly cut: () => Promise<void>;
  /** Listens again, on the same port. */
  readonly restore: () => Promise<void>;
}

/** Longer than any pause of ours: a connection closed while a client reuses it looks like an outage. */
const KEEP_ALIVE_MS = 65_000;

/** @param port 0 for any free one */
export async function startLoopbackServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  port = 0,
): Promise<LoopbackServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handler);
  const listen = (on: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(on, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP port.');
  const bound = address.port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    cut: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    restore: () => (server.listening ? Promise.resolve() : listen(bound)),
  };
}

/**
 * The whole body, or undefined if it is longer than `limitBytes`. What is beyond the limit is read all the
 * same: a client that is still sending would see a broken connection instead of the answer.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
  }
  return bytes > limitBytes ? undefined : Buffer.concat(chunks, bytes);
}
