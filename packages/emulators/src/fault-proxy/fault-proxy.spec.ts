import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server.ts';
import { type FaultProxy, type ProxyFault, startFaultProxy } from './fault-proxy.ts';

const NOON = 'Fri, 02 Jan 2026 12:00:00 GMT';
let target: LoopbackServer;
let proxy: FaultProxy;
let carriedOut: string[];

beforeEach(async () => {
  carriedOut = [];
  target = await startLoopbackServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    carriedOut.push(`${request.method} ${request.url} ${body}`);
    response.writeHead(201, { date: NOON, 'x-host': request.headers.host ?? '' }).end(`did ${body}`);
  });
  proxy = await startFaultProxy(target.url);
});
afterEach(async () => {
  await proxy.stop();
  await target.stop();
});

const post = (more: RequestInit = {}) => fetch(`${proxy.url}/a?b=c`, { method: 'POST', body: 'it', ...more });

test('a request goes on as it came, to the host of the target, and its answer comes back', async () => {
  const answer = await post();
  expect([answer.status, await answer.text(), answer.headers.get('date')]).toEqual([201, 'did it', NOON]);
  expect(answer.headers.get('x-host')).toBe(new URL(target.url).host);
  expect(carriedOut).toEqual(['POST /a?b=c it']);
});

test('dates can be moved', async () => {
  proxy.dateAheadMs = 60_000;
  expect((await post()).headers.get('date')).toBe('Fri, 02 Jan 2026 12:01:00 GMT');
});

test.each<[ProxyFault['kind'], number]>([
  ['resetBefore', 0],
  ['resetAfter', 1],
  ['hangBefore', 0],
  ['hangAfter', 1],
])('%s ends in an error of the client, and is carried out %i times', async (kind, times) => {
  if (kind !== 'answer') proxy.fault = () => ({ kind });
  await expect(post({ signal: AbortSignal.timeout(200) })).rejects.toThrow();
  expect(carriedOut).toHaveLength(times);
});

test('an answer of its own reaches the client, and nothing the target', async () => {
  proxy.fault = ({ body }) => ({
    kind: 'answer',
    status: 429,
    headers: { 'x-why': 'rate' },
    body: `no ${body}`,
  });
  const answer = await post();
  expect([answer.status, answer.headers.get('x-why'), await answer.text()]).toEqual([429, 'rate', 'no it']);
  expect(carriedOut).toEqual([]);
});

test('cut off it answers nobody, and restored it goes on', async () => {
  await proxy.cut();
  await expect(post()).rejects.toThrow();
  await proxy.restore();
  expect((await post()).status).toBe(201);
});
