import { describe, expect, test } from 'vitest';
import { testCell } from './cell.spec.fixture.ts';

const create = { account_id: 'acc-1', amount: '1.00', currency: 'USD' };

async function cellWithOne() {
  const cell = testCell();
  const made = await cell.send('POST', '/transactions', create);
  return { cell, path: String(made.headers.get('location')) };
}

describe('content negotiation', () => {
  test.each([
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html, application/*;q=0.9', 'application/json'],
    ['application/json;charset=utf-8', 'application/json'],
    ['application/cloudevents-batch+json', 'application/cloudevents-batch+json'],
    ['application/json;q=0.5, application/cloudevents-batch+json', 'application/cloudevents-batch+json'],
    ['application/json;q=0, */*', 'application/cloudevents-batch+json'],
    ['APPLICATION/JSON , application/cloudevents-batch+json ; q=0.9', 'application/json'],
  ])('events with Accept: %s come as %s', async (accept, type) => {
    const { cell, path } = await cellWithOne();
    const answer = await cell.send('GET', `${path}/events`, undefined, { accept });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
    const events = type === 'application/json' ? answer.body.events : answer.body;
    expect(events).toMatchObject([{ specversion: '1.0' }]);
  });

  test.each([
    'text/html',
    'application/json;q=0',
    'application/problem+json',
    'application/json;q=0.0, text/*',
    'json',
  ])(
    'Accept: %s is 406 with a problem all the same, and a command so refused leaves nothing',
    async (accept) => {
      const { cell, path } = await cellWithOne();
      for (const [method, to, body] of [
        ['GET', path],
        ['GET', '/accounts/acc-1/transactions'],
        ['GET', '/openapi.json'],
        ['POST', '/transactions', create],
        ['POST', `${path}/void`, {}],
      ] as const) {
        const answer = await cell.send(method, to, body, { accept });
        expect([answer.status, answer.body.code, to]).toEqual([406, 'not_acceptable', to]);
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
      }
      expect(await cell.eventCount()).toBe(1);
      expect((await cell.send('GET', '/health', undefined, { accept })).status).toBe(200);
    },
  );
});

describe('OPTIONS', () => {
  test.each([
    ['/transactions', 'POST, OPTIONS'],
    ['/transactions/42', 'GET, HEAD, OPTIONS'],
    ['/transactions/42/capture', 'POST, OPTIONS'],
    ['/accounts/a/transactions', 'GET, HEAD, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
    ['/openapi.json', 'GET, HEAD, OPTIONS'],
  ])('%s is 204 with Allow: %s, and no body', async (path, allow) => {
    const answer = await testCell().send('OPTIONS', path);
    expect([answer.status, answer.headers.get('allow'), answer.text]).toEqual([204, allow, '']);
    expect(answer.headers.has('content-type')).toBe(false);
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });

  test('where there is nothing is 404', async () => {
    expect((await testCell().send('OPTIONS', '/nowhere')).status).toBe(404);
  });
});

describe('CORS', () => {
  const shop = { origin: 'https://shop.example' };
  const preflight = { ...shop, 'access-control-request-method': 'POST' };
  const corsOf = (headers: Headers) => [...headers].filter(([name]) => name.startsWith('access-control'));

  test('is off unless configured: no answer has a header of it', async () => {
    const cell = testCell();
    for (const [method, headers] of [
      ['OPTIONS', preflight],
      ['POST', shop],
      ['GET', shop],
    ] as const) {
      const answer = await cell.send(method, '/transactions', undefined, headers);
      expect([corsOf(answer.headers), answer.headers.get('vary')]).toEqual([[], null]);
    }
  });

  test('lets in the origins that are listed, problems included, and no other', async () => {
    const cell = testCell({ cors: { origins: [shop.origin], maxAgeSeconds: 60 } });
    const asked = await cell.send('OPTIONS', '/transactions', undefined, preflight);
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(corsOf(asked.headers))).toEqual({
      'access-control-allow-origin': shop.origin,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': expect.stringContaining('Idempotency-Key'),
      'access-control-max-age': '60',
    });
    for (const [path, status] of [
      ['/transactions', 201],
      ['/nowhere', 404],
    ] as const) {
      const answer = await cell.send('POST', path, create, shop);
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
        status,
        shop.origin,
      ]);
      expect(answer.headers.get('access-control-expose-headers')).toContain('Consistency-Token');
      expect(answer.headers.get('vary')).toBe('Origin');
    }
    for (const origin of ['https://shop.example.evil', 'http://shop.example', 'null']) {
      const answer = await cell.send('OPTIONS', '/transactions', undefined, { ...preflight, origin });
      expect([corsOf(answer.headers), answer.headers.get('vary')]).toEqual([[], 'Origin']);
    }
  });

  test('for any origin says so, and never allows credentials', async () => {
    const answer = await testCell({ cors: { origins: '*' } }).send('GET', '/health', undefined, shop);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });
});

describe('If-None-Match', () => {
  test('with the current version is 304 without a body, and with any other the whole answer', async () => {
    const { cell, path } = await cellWithOne();
    for (const resource of [path, `${path}/events`]) {
      const { headers } = await cell.send('GET', resource);
      const etag = headers.get('etag') ?? '';
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const answer = await cell.send('GET', resource, undefined, { 'if-none-match': known });
        expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([304, '', etag]);
        expect(answer.headers.get('consistency-token')).toBe(headers.get('consistency-token'));
      }
      for (const other of ['"aws-us-east-1.1=9"', etag.slice(1, -1), '']) {
        const answer = await cell.send('GET', resource, undefined, { 'if-none-match': other });
        expect(answer.status).toBe(200);
      }
    }
    const { headers } = await cell.send('GET', path);
    await cell.send('POST', `${path}/void`, {});
    const stale = await cell.send('GET', path, undefined, { 'if-none-match': headers.get('etag') ?? '' });
    expect([stale.status, stale.body.status]).toEqual([200, 'voided']);
  });
});
