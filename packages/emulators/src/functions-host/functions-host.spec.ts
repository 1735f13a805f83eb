import { setImmediate as turn } from 'node:timers/promises';
import { type HttpHandler, HttpRequest, InvocationContext } from '@azure/functions';
import { afterEach, describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../clock/index.ts';
import {
  type FunctionsHost,
  type FunctionsHostOptions,
  type HttpFunction,
  startFunctionsHost,
} from './functions-host.ts';

let host: FunctionsHost;
let clock: ManualClock;
afterEach(() => host.stop());

const start = async (
  handler: HttpHandler,
  fn: Partial<HttpFunction> = {},
  options: Partial<FunctionsHostOptions> = {},
): Promise<void> => {
  clock = manualClock();
  host = await startFunctionsHost({
    functions: [{ name: 'api', methods: ['GET', 'POST', 'HEAD'], route: '{*path}', handler, ...fn }],
    clock,
    ...options,
  });
};

const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(host.url + path, init);

describe('the host', () => {
  it("gives a handler the SDK's own request and context", async () => {
    let seen: readonly unknown[] = [];
    await start((request, context) => {
      seen = [
        request instanceof HttpRequest,
        context instanceof InvocationContext,
        context.functionName,
        context.options.trigger.type,
        context.traceContext?.traceParent,
      ];
      return { status: 200 };
    });
    await call('/api/x', { headers: { traceparent: '00-a-b-01' } });
    expect(seen).toEqual([true, true, 'api', 'httpTrigger', '00-a-b-01']);
  });

  it('passes path, query, headers and bytes in, and status, headers and bytes out', async () => {
    await start(
      async (request) => ({
        status: 201,
        headers: {
          'x-url': new URL(request.url).pathname + new URL(request.url).search,
          'x-id': encodeURIComponent(request.params.id ?? ''),
          'x-key': request.headers.get('idempotency-key') ?? '',
          'content-type': 'application/octet-stream',
        },
        body: Buffer.from(await request.arrayBuffer()).reverse(),
      }),
      { route: 'transactions/{id}' },
    );
    const answer = await call('/api/transactions/%C3%A4?a=1&a=2', {
      method: 'POST',
      headers: { 'idempotency-key': 'k' },
      body: Buffer.from([1, 2, 255]),
    });
    expect(answer.status).toBe(201);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-url': '/api/transactions/%C3%A4?a=1&a=2',
      'x-id': '%C3%A4',
      'x-key': 'k',
      'content-type': 'application/octet-stream',
    });
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([255, 2, 1]);
  });

  it('answers HEAD without a body', async () => {
    await start(() => ({ body: 'hello' }));
    const answer = await call('/api/x', { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      '5',
      '',
    ]);
  });

  it('answers 500 with nothing in it when the handler throws', async () => {
    const logged: unknown[] = [];
    await start(
      () => {
        throw new Error('secret');
      },
      {},
      { log: (...line) => logged.push(line) },
    );
    const answer = await call('/api/x');
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    expect(logged).toHaveLength(1);
  });

  it('answers 404 with nothing in it for a path or a method that no function has', async () => {
    await start(() => ({ body: 'x' }), { route: 'health' });
    for (const [path, method] of [
      ['/api/other', 'GET'],
      ['/health', 'GET'],
      ['/api/health', 'DELETE'],
    ] as const) {
      const answer = await call(path, { method });
      expect([answer.status, await answer.text()]).toEqual([404, '']);
    }
    expect((await call('/API/Health')).status).toBe(200);
  });

  it('prefers a literal route to a parameter, and that to the rest of a path', async () => {
    const named = (route: string): HttpFunction => ({ name: route, route, handler: () => ({ body: route }) });
    await start(
      () => ({}),
      {},
      {
        routePrefix: '',
        functions: ['{*path}', 'a/{id}', 'a/b'].map(named),
      },
    );
    const bodies = await Promise.all(['/a/b', '/a/c', '/x/y'].map(async (path) => (await call(path)).text()));
    expect(bodies).toEqual(['a/b', 'a/{id}', '{*path}']);
  });

  it('answers 502 after 230 s while the function runs on', async () => {
    const finished = Promise.withResolvers<void>();
    await start(async () => {
      await finished.promise;
      return { status: 200 };
    });
    const waiting = clock.awaitTimer(230_000);
    const answer = call('/api/x');
    await waiting;
    clock.advance(230_000);
    expect((await answer).status).toBe(502);
    expect(host.inFlight()).toBe(1);
    finished.resolve();
    while (host.inFlight() > 0) await turn();
  });
});

describe('an outage of the host', () => {
  it('cuts requests under way, whose handlers run on, and ends on the same port', async () => {
    const entered = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const finished = Promise.withResolvers<void>();
    let calls = 0;
    await start(async () => {
      calls += 1;
      if (calls > 1) return { status: 204 };
      entered.resolve();
      await goOn.promise;
      finished.resolve();
      return { status: 200 };
    });
    const { url } = host;
    const answer = call('/api/x');
    const broken = expect(answer).rejects.toThrow();
    await entered.promise;
    await host.cut();
    await broken;
    goOn.resolve();
    await finished.promise;
    await expect(call('/api/x')).rejects.toThrow();
    await host.restore();
    expect(host.url).toBe(url);
    expect((await call('/api/x')).status).toBe(204);
  });
});

describe('a fault', () => {
  it('breaks the connection before or after the function has run', async () => {
    let calls = 0;
    await start(() => {
      calls += 1;
      return { status: 200 };
    });
    host.fault = () => ({ kind: 'resetBefore' });
    await expect(call('/api/x')).rejects.toThrow();
    expect(calls).toBe(0);
    host.fault = () => ({ kind: 'resetAfter' });
    await expect(call('/api/x')).rejects.toThrow();
    expect(calls).toBe(1);
  });

  it('delays a request by the clock', async () => {
    await start(() => ({ body: 'late' }));
    host.fault = () => ({ kind: 'delay', ms: 700 });
    const waiting = clock.awaitTimer(700);
    const answer = call('/api/x');
    await waiting;
    expect(host.inFlight()).toBe(0);
    clock.advance(700);
    expect(await (await answer).text()).toBe('late');
  });

  it('answers in place of the function', async () => {
    await start(() => ({ status: 200 }));
    host.fault = ({ method, url }) =>
      method === 'GET' && url.endsWith('/api/x') ? { kind: 'answer', status: 503, body: 'busy' } : undefined;
    const answer = await call('/api/x');
    expect([answer.status, await answer.text()]).toEqual([503, 'busy']);
    expect((await call('/api/y')).status).toBe(200);
  });
});
