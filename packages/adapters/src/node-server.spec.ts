import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createMemoryStore } from '@twinlog/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listening } from './node-server.spec.fixture.ts';

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

  test.each([
    ['says nothing', ''],
    ['has sent half a head', 'GET / HTTP/1.1\r\n'],
    ['was told that it sent no request', 'hello\r\n\r\n'],
    ['was told that there is no tunnel', 'CONNECT db.example:443 HTTP/1.1\r\nHost: db.example\r\n\r\n'],
  ])('is not held up for ever by a connection that stays open and %s', async (_, bytes) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { port, drain, server } = await listening();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {}).resume();
    await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
    if (bytes !== '') socket.write(bytes);
    const drained = drain();
    while (server.listening) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(10_000);
    await drained;
    socket.destroy();
  });
});
