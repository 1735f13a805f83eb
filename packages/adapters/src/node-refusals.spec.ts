import { once } from 'node:events';
import { connect } from 'node:net';
import { createMemoryStore } from '@twinlog/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answersIn, exchange, listening } from './node-server.spec.fixture.ts';

const order = '{"account_id":"a","amount":"1.00","currency":"USD"}';
const post = [
  'POST /transactions HTTP/1.1',
  'Host: a',
  'Content-Type: application/json',
  `Content-Length: ${order.length}`,
].join('\r\n');
const health = 'GET /health HTTP/1.1\r\nHost: a\r\n';
const last = `${health}Connection: close\r\n\r\n`;

describe('what is no request, or none for this server', () => {
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
    ['no Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed_request'],
    ['an unknown Expect', `${health}Connection: close\r\nExpect: wonders\r\n\r\n`, 417, 'expectation_failed'],
    ['CONNECT', 'CONNECT db.example:443 HTTP/1.1\r\nHost: db.example\r\n\r\n', 405, 'method_not_allowed'],
    ['CONNECT to a path', 'CONNECT /health HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method_not_allowed'],
  ])('%s is answered with a problem, and the connection closed', async (_, bytes, status, code) => {
    const { port, drain } = await listening();
    const [answer, ...more] = answersIn(await exchange(port, bytes));
    expect([answer?.status, JSON.parse(answer?.body ?? '').code, more]).toEqual([status, code, []]);
    for (const header of [
      'content-type: application/problem+json',
      'cache-control: no-store',
      "content-security-policy: default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options: nosniff',
      'connection: close',
    ])
      expect(answer?.head).toContain(`\r\n${header}`);
    if (status === 405) expect(answer?.head).toContain('\r\nallow: get, head, post, options\r\n');
    await drain();
  });

  test('is answered without a body where HEAD asks', async () => {
    const { port, drain } = await listening();
    for (const bytes of [
      'HEAD /health HTTP/1.1\r\nConnection: close\r\n\r\n',
      'HEAD /health HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n',
    ]) {
      const [answer] = answersIn(await exchange(port, bytes));
      expect([answer?.head.includes('application/problem+json'), answer?.body]).toEqual([true, '']);
    }
    await drain();
  });

  test('leaves nothing in the store, and the connection for the next request', async () => {
    const { port, drain, eventCount } = await listening();
    const withoutHost = post.replace('Host: a\r\n', '');
    for (const [head, status] of [
      [`${post}\r\nExpect: wonders`, 417],
      [withoutHost, 400],
    ] as const) {
      const answers = answersIn(await exchange(port, `${head}\r\n\r\n${order}${last}`));
      expect(answers.map((answer) => answer.status)).toEqual([status, 200]);
    }
    expect(await eventCount()).toBe(0);
    await drain();
  });

  test('does not take the answer of the request before it: that comes first, and one refusal after it', async () => {
    const store = createMemoryStore();
    const held = Promise.withResolvers<void>();
    const insert: typeof store.insert = async (event) => {
      await held.promise;
      return store.insert(event);
    };
    const { port, drain, server } = await listening(0, { store: { ...store, insert } });
    const warned: Error[] = [];
    const note = (warning: Error) => warned.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const socket = connect(port, '127.0.0.1');
    socket.write(`${post}\r\n\r\n${order}`);
    for (let times = 0; times < 12; times += 1) {
      socket.write('hello\r\n\r\n');
      await once(server, 'clientError');
    }
    held.resolve();
    const received = (await socket.toArray()).join('');
    expect(answersIn(received).map(({ status }) => status)).toEqual([201, 400]);
    expect(warned).toEqual([]);
    await drain();
  });

  test.each([
    ['what follows Connection: close', `${post}\r\nConnection: close\r\n\r\n${order}${health}\r\n`, [201]],
    [
      'CONNECT',
      `${post}\r\n\r\n${order}CONNECT db.example:443 HTTP/1.1\r\nHost: db.example\r\n\r\n`,
      [201, 405],
    ],
  ])('nor does %s', async (_, bytes, statuses) => {
    const { port, drain } = await listening();
    expect(answersIn(await exchange(port, bytes)).map(({ status }) => status)).toEqual(statuses);
    await drain();
  });

  test('and whose client has gone away already harms nobody', async () => {
    const { port, drain } = await listening();
    for (const bytes of ['CONNECT db.example:443 HTTP/1.1\r\nHost: a\r\n\r\n', 'hello\r\n\r\n']) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(bytes, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    const [answer] = answersIn(await exchange(port, last));
    expect(answer?.status).toBe(200);
    await drain();
  });
});

describe('what looks odd and is a request', () => {
  test.each([
    ['HTTP/1.0 without Host', 'GET /health HTTP/1.0\r\n\r\n'],
    ['HTTP/1.0 with an unknown Expect', 'GET /health HTTP/1.0\r\nExpect: wonders\r\n\r\n'],
    ['a Host without a name', 'GET /health HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
  ])('%s is answered', async (_, bytes) => {
    const { port, drain } = await listening();
    const [answer] = answersIn(await exchange(port, bytes));
    expect([answer?.status, answer?.body]).toEqual([200, '{"status":"ok"}']);
    await drain();
  });

  test('one that would rather speak another protocol is answered in this one, and the next one too', async () => {
    const { port, drain } = await listening();
    for (const protocol of ['websocket', 'h2c']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`${post}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n${order}`);
      const [first] = await once(socket, 'data');
      socket.write(last);
      const received = String(first) + (await socket.toArray()).join('');
      expect(answersIn(received).map(({ status }) => status)).toEqual([201, 200]);
    }
    await drain();
  });
});
