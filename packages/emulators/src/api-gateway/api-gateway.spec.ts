import { request } from 'node:http';
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, expect, test } from 'vitest';
import { type ApiGatewayEmulator, type ApiGatewayRequest, startApiGateway } from './api-gateway.ts';

const running: ApiGatewayEmulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
});

async function httpApi(
  handler: (event: APIGatewayProxyEventV2) => Promise<unknown>,
  options: { readonly timeoutMs?: number; readonly stage?: string; readonly stageInPath?: boolean } = {},
): Promise<ApiGatewayEmulator> {
  const gateway = await startApiGateway({ payload: '2.0', handler, ...options });
  running.push(gateway);
  return gateway;
}

async function restApi(
  handler: (event: APIGatewayProxyEvent) => Promise<unknown>,
  options: { readonly timeoutMs?: number } = {},
): Promise<ApiGatewayEmulator> {
  const gateway = await startApiGateway({ payload: '1.0', handler, ...options });
  running.push(gateway);
  return gateway;
}

async function answer(response: Response): Promise<readonly [number, string]> {
  return [response.status, await response.text()];
}

const fail = async (): Promise<never> => {
  throw new Error('boom');
};
const hang = (): Promise<never> => new Promise(() => {});

test('a request over the wire becomes an event of payload 2.0, and the result an answer', async () => {
  const gateway = await httpApi(async (event) => ({
    statusCode: 201,
    headers: { etag: '"v"' },
    cookies: ['a=1', 'b=2'],
    body: JSON.stringify([event.requestContext.http.method, event.rawPath, event.rawQueryString, event.body]),
  }));
  const response = await fetch(`${gateway.url}/orders/1?a=b%20c`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"n":1}' },
  });
  expect(response.headers.get('etag')).toBe('"v"');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(response.headers.get('apigw-requestid')).toMatch(/.{10}/);
  expect(await answer(response)).toEqual([201, '["POST","/orders/1","a=b%20c","{\\"n\\":1}"]']);
});

test('a REST API keeps the case of header names, and repeats what was repeated', async () => {
  const gateway = await restApi(async ({ multiValueHeaders }) => ({
    statusCode: 200,
    body: JSON.stringify(multiValueHeaders['X-Thing']),
  }));
  const body = await new Promise((resolve, reject) => {
    const sent = request(`${gateway.url}/x`, { headers: { 'X-Thing': ['1', '2'] } }, (response) => {
      response.on('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    sent.on('error', reject).end();
  });
  expect(body).toBe('["1","2"]');
});

test('a function that throws, or returns what is malformed, is 500 to an HTTP API and 502 to a REST API', async () => {
  const malformed = async (): Promise<unknown> => ({ statusCode: 200, body: 7 });
  const unwritable = async (): Promise<unknown> => ({ statusCode: 200, headers: { 'x-a': 'line\nbreak' } });
  for (const handler of [fail, malformed, unwritable]) {
    const http = await fetch((await httpApi(handler)).url);
    expect(await answer(http)).toEqual([500, '{"message":"Internal Server Error"}']);
    const rest = await fetch((await restApi(handler)).url);
    expect(await answer(rest)).toEqual([502, '{"message": "Internal server error"}']);
  }
});

test('a function that takes too long is 503 to an HTTP API and 504 to a REST API', async () => {
  const http = await fetch((await httpApi(hang, { timeoutMs: 20 })).url);
  expect(await answer(http)).toEqual([503, '{"message":"Service Unavailable"}']);
  const rest = await fetch((await restApi(hang, { timeoutMs: 20 })).url);
  expect(await answer(rest)).toEqual([504, '{"message": "Endpoint request timed out"}']);
});

test('an HTTP API refuses to be told to wait longer than 30 seconds', async () => {
  await expect(httpApi(hang, { timeoutMs: 30_001 })).rejects.toThrow('30001');
});

test('a body of 10 MB passes to the function and one byte more is 413', async () => {
  const gateway = await httpApi(async ({ body }) => ({ statusCode: 200, body: String(body?.length) }));
  const post = (bytes: number) =>
    fetch(gateway.url, {
      ...{ method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(bytes) },
    });
  expect(await answer(await post(10 * 1024 * 1024))).toEqual([200, '10485760']);
  expect(await answer(await post(10 * 1024 * 1024 + 1))).toEqual([
    413,
    '{"message":"Request Entity Too Large"}',
  ]);
});

test('a stage in the path is part of the url, and a path without it is not found', async () => {
  const gateway = await httpApi(async ({ rawPath }) => rawPath, { stage: 'live', stageInPath: true });
  expect(await (await fetch(`${gateway.url}/x`)).text()).toBe('/live/x');
  expect((await fetch(`http://127.0.0.1:${gateway.port}/x`)).status).toBe(404);
});

test('faults reset before or after the function, delay it, or answer in its place', async () => {
  let invoked = 0;
  const gateway = await httpApi(async () => {
    invoked += 1;
    return 'done';
  });
  const seen: ApiGatewayRequest[] = [];
  gateway.onRequest = (one) => seen.push(one);
  gateway.fault = () => ({ kind: 'resetBefore' });
  await expect(fetch(gateway.url)).rejects.toThrow();
  expect(invoked).toBe(0);
  gateway.fault = ({ path }) => (path === '/after' ? { kind: 'resetAfter' } : undefined);
  await expect(fetch(`${gateway.url}/after`)).rejects.toThrow();
  expect(invoked).toBe(1);
  gateway.fault = () => ({ kind: 'answer', status: 429 });
  expect(await answer(await fetch(gateway.url))).toEqual([429, '{"message":"Too Many Requests"}']);
  expect(invoked).toBe(1);
  gateway.fault = () => ({ kind: 'delay', ms: 5 });
  expect(await answer(await fetch(gateway.url))).toEqual([200, 'done']);
  expect(seen.map(({ status }) => status)).toEqual([0, 0, 429, 200]);
});

test('cut off, handlers in flight run to their end unheard; restored, it listens on its port again', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const gateway = await httpApi(async () => {
    begin();
    await gate;
    end();
    return 'done';
  });
  const lost = expect(fetch(gateway.url)).rejects.toThrow();
  await begun;
  await gateway.cut();
  await lost;
  open();
  await ended;
  await expect(fetch(gateway.url)).rejects.toThrow();
  await gateway.restore();
  expect(await answer(await fetch(gateway.url))).toEqual([200, 'done']);
});
