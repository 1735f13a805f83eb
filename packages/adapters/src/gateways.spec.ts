import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { HttpHandler } from '@azure/functions';
import { InvocationContext } from '@azure/functions';
import type { APIGatewayProxyHandler, APIGatewayProxyHandlerV2, APIGatewayProxyResult } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { apiGateway } from './api-gateway.ts';
import { azureFunctions } from './azure-functions.ts';
import { testCell } from './cell.spec.fixture.ts';
import { nodeServer } from './node-server.ts';
import { eventV1, eventV2, functionsRequest, type Sent } from './parity/shells.spec.fixture.ts';
import type { WebHandler } from './replier.ts';

/** An API that says what it was asked. */
const echo: WebHandler = async (request) => {
  const { pathname, search, host } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer()).toString('base64');
  const { method } = request;
  return Response.json({
    method,
    host,
    pathname,
    search,
    body,
    headers: Object.fromEntries(request.headers),
  });
};

function get(target: string, headers: Sent['headers'] = []): Sent {
  return { method: 'GET', target, headers, body: new Uint8Array() };
}

describe('the API Gateway shell', () => {
  const handler = apiGateway(echo);
  const echoed = async (event: Parameters<typeof handler>[0]) => JSON.parse((await handler(event)).body);

  test('is a Lambda handler for either payload format', () => {
    const v2: (event: Parameters<APIGatewayProxyHandlerV2>[0]) => Promise<object> = handler;
    const v1: (event: Parameters<APIGatewayProxyHandler>[0]) => Promise<APIGatewayProxyResult> = handler;
    expect(v1).toBe(v2);
  });

  test.each([
    ['as sent', '/a%2Fb%20c', '/a%2Fb%20c'],
    ['decoded by the gateway', '/a b?é#\\', '/a%20b%3F%C3%A9%23%5C'],
    ['with a percent sign that encodes nothing', '/50%', '/50%25'],
    ['with half a character', '/\ud800', '/%EF%BF%BD'],
    ['with two slashes at its start', '//evil.example/x', '//evil.example/x'],
  ])('hands on a path %s', async (_, path, expected) => {
    expect(await echoed({ ...eventV2(get('/')), rawPath: path })).toMatchObject({ pathname: expected });
    expect(await echoed({ ...eventV1(get('/')), path })).toMatchObject({ pathname: expected });
  });

  test('hands on query, repeated parameters, cookies and repeated headers', async () => {
    const sent = get('/x?a=1&a=2&b=%26+', [
      ['Cookie', 'a=1; b=2'],
      ['X-Two', 'one'],
      ['X-Two', 'two'],
    ]);
    const fromV2 = await echoed(eventV2(sent));
    const fromV1 = await echoed(eventV1(sent));
    expect(fromV2.search).toBe('?a=1&a=2&b=%26+');
    expect(fromV1.search).toBe('?a=1&a=2&b=%26+');
    expect(fromV2.headers).toMatchObject({ cookie: 'a=1; b=2', 'x-two': 'one,two' });
    expect(fromV1.headers).toMatchObject({ cookie: 'a=1; b=2', 'x-two': 'one, two' });
  });

  test('reads single-value maps where an event has no other', async () => {
    const event = { ...eventV1(get('/x')), multiValueHeaders: null, multiValueQueryStringParameters: null };
    const answer = await echoed({ ...event, headers: { 'X-A': 'b' }, queryStringParameters: { q: '1' } });
    expect(answer).toMatchObject({ search: '?q=1', headers: { 'x-a': 'b' } });
    expect(await echoed({ ...event, headers: null, queryStringParameters: null })).toMatchObject({
      search: '',
    });
  });

  test('decodes base64 bodies and leaves text as it is', async () => {
    const event = { ...eventV2(get('/')), body: 'é' };
    event.requestContext.http.method = 'POST';
    expect((await echoed(event)).body).toBe(Buffer.from('é').toString('base64'));
    expect((await echoed({ ...event, body: '/w==', isBase64Encoded: true })).body).toBe('/w==');
  });

  test('sends several cookies in the way of each payload format, and a binary body as base64', async () => {
    const api: WebHandler = async () => {
      const headers: [string, string][] = [
        ['set-cookie', 'a=1; Path=/'],
        ['set-cookie', 'b=2'],
      ];
      return new Response(Uint8Array.of(0xff), { headers });
    };
    const binary = { body: '/w==', isBase64Encoded: true, statusCode: 200, headers: {} };
    const cookies = ['a=1; Path=/', 'b=2'];
    expect(await apiGateway(api)(eventV2(get('/')))).toEqual({ ...binary, cookies });
    expect(await apiGateway(api)(eventV1(get('/')))).toEqual({
      ...binary,
      multiValueHeaders: { 'set-cookie': cookies },
    });
  });

  test('lets no header through as something that it is not', async () => {
    const event = { ...eventV2(get('/')), headers: { 'x-a': 'ключ', 'x-b': 'é', 'x-c': 'a\r\nb' } };
    expect((await echoed(event)).headers).toEqual({ 'x-a': 'ÿÿÿÿ', 'x-b': 'é', 'x-c': 'aÿÿb' });
  });
});

describe('the Functions shell', () => {
  test('is an HTTP handler of @azure/functions', async () => {
    const handler: HttpHandler = azureFunctions(testCell().api);
    const answer = await handler(functionsRequest(get('/health')), new InvocationContext());
    expect(answer.status).toBe(200);
    expect(Buffer.from(await new Response(await bodyOf(answer)).arrayBuffer()).toString()).toBe(
      '{"status":"ok"}',
    );
  });

  test('hands on method, path, query, headers and body', async () => {
    const body = Uint8Array.of(0xff, 0x00);
    const sent: Sent = { method: 'PUT', target: '/a%2Fb?x=%26', headers: [['X-A', 'b']], body };
    const answer = await azureFunctions(echo)(functionsRequest(sent));
    expect(JSON.parse(Buffer.from(answer.body ?? []).toString())).toMatchObject({
      method: 'PUT',
      host: 'cell.azurewebsites.net',
      pathname: '/a%2Fb',
      search: '?x=%26',
      headers: { 'x-a': 'b' },
      body: '/wA=',
    });
  });
});

async function bodyOf(answer: Awaited<ReturnType<HttpHandler>>): Promise<string | Uint8Array<ArrayBuffer>> {
  return answer.body instanceof Uint8Array ? Uint8Array.from(answer.body) : '';
}

describe('the Node shell', () => {
  /** What comes back for bytes put on the wire as they are; `stop` ends the server. */
  async function exchange(api: WebHandler, ...parts: string[]): Promise<string> {
    const server = createServer(nodeServer(api)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no TCP port.');
    const socket = connect(address.port, '127.0.0.1');
    socket.write(parts.join(''));
    const received = (await socket.toArray()).join('');
    server.close();
    server.closeAllConnections();
    return received;
  }

  test.each([
    ['an absolute target', 'GET http://user:secret@other.example/health?x HTTP/1.1\r\nHost: a', ''],
    ['a host that is none', 'GET /health HTTP/1.1\r\nHost: evil.example/x@y', ''],
    ['a GET with a body', 'GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 2', 'hi'],
  ])('answers %s like any other request', async (_, head, body) => {
    const received = await exchange(testCell().api, `${head}\r\nConnection: close\r\n\r\n${body}`);
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  test('answers * with 404', async () => {
    const head = 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    expect(await exchange(testCell().api, head)).toMatch(/^HTTP\/1.1 404 /);
  });

  test('a client that is still sending a body too large gets its 413, and the next request its answer', async () => {
    const head = 'POST /transactions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const next = 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
    const received = await exchange(testCell().api, chunked, chunk.repeat(50), '0\r\n\r\n', next);
    expect(received.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    const declared = `${head}Content-Length: 65537\r\n\r\n`;
    const refused = await exchange(testCell().api, declared, 'x'.repeat(65_537), next);
    expect(refused.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  test('an answer that breaks off cuts the connection', async () => {
    const broken: WebHandler = async () =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) }));
    expect(await exchange(broken, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
  });
});
