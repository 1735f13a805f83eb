import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** An http server on 127.0.0.1 that can be cut off like a machine that lost its network. */
export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  /** Stops listening and destroys every open socket. What the listener has begun goes on, unheard. */
  readonly cut: () => Promise<void>;
  /** Listens again, on the same port. */
  readonly restore: () => Promise<void>;
  /** Cuts for good. */
  readonly stop: () => Promise<void>;
}

/** @param port 0, the default, for any free one. */
export async function startLoopbackServer(listener: RequestListener, port = 0): Promise<LoopbackServer> {
  const server = createServer(listener);
  // Closing idle keep-alive sockets would race with a client that is about to use one: a reset nobody asked for.
  server.keepAliveTimeout = 0;

  const listen = async (on: number): Promise<number> => {
    server.listen(on, '127.0.0.1');
    await once(server, 'listening');
    const address: AddressInfo | string | null = server.address();
    return typeof address === 'object' && address !== null ? address.port : on;
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };

  const bound = await listen(port);
  let stopped = false;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    cut: close,
    async restore() {
      // While it was free, the port may have been lent for a moment to someone's outgoing connection.
      for (let attempt = 1; !server.listening && !stopped; attempt += 1) {
        try {
          await listen(bound);
        } catch (error) {
          if (attempt === 100) throw error;
          await delay(20);
        }
      }
    },
    async stop() {
      stopped = true;
      await close();
    },
  };
}

/**
 * The whole body; `'too large'` if it exceeds the limit; `undefined` if the client went away before its end. What is
 * beyond the limit is read all the same: a client that is still sending would see a broken connection instead of
 * the answer.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | 'too large' | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => resolve(size <= maxBytes ? Buffer.concat(chunks, size) : 'too large'));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
