import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createMemoryStore } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { testCell } from './cell.spec.fixture.ts';
import { createNodeServer } from './node-server.ts';

async function listening(goodbyeMs = 0, options: Parameters<typeof testCell>[0] = {}) {
  const cell = testCell(options);
  const { server, drain } = createNodeServer(cell.api, { goodbyeMs });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { ...cell, server, drain, port };
}

/** What comes back for bytes put on the wire as they are. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return (await socket.toArray()).join('');
}

async function create(
  port: number,
  agent: Agent,
): Promise<{ status: number; connection: string | undefined; body: string }> {
  const request = httpRequest({
    port,
    agent,
    host: '127.0.0.1',
    method: 'POST',
    path: '/transactions',
    headers: { 'content-type': 'application/json' },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  request.end('{"account_id":"a","amount":"1.00","currency":"USD"}');
  const response = await answered;
  const body = (await response.toArray()).join('');
  return { status: response.statusCode ?? 0, connection: response.headers.connection, body };
}

describe('a server that is drained', () => {
  test('finishes what is under way, sends newcomers away, also on open connections, and then closes', async () => {
    const held = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const store = createMemoryStore();
    const { port, drain, server } = await listening(200, {
      store: {
        ...store,
        insert: async (event) => {
          entered.resolve();
          await held.promise;
          return store.insert(event);
        },
      },
    });
    const agent = new Agent({ keepAlive: true });
    const underWay = create(port, agent);
    await entered.promise;
    const drained = drain();
    const newcomer = await create(port, agent);
    expect([newcomer.status, newcomer.connection, JSON.parse(newcomer.body).code]).toEqual([
      503,
      'close',
      'draining',
    ]);
    held.resolve();
    expect((await underWay).status).toBe(201);
    await drained;
    expect(server.listening).toBe(false);
    await expect(create(port, new Agent())).rejects.toThrow('ECONNREFUSED');
    agent.destroy();
  });
});

describe('what is no request', () => {
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'malformed_request'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [
      'headers above the limit of the API',
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('%s is answered with a problem, and the connection closed', async (_, bytes, status, code) => {
    const { port, drain } = await listening();
    const received = await exchange(port, bytes);
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body).code).toBe(code);
    await drain();
  });
});
