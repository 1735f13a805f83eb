import { describe, expect, test } from 'vitest';
import { created, testCell } from './cell.spec.fixture.ts';
import { operations } from './openapi/operations.ts';

const create = { account_id: 'acc-1', amount: '1.00', currency: 'USD' };

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

describe('with a list of origins', () => {
  const shop = 'https://shop.example';
  const batch = 'application/cloudevents-batch+json';
  const healthDetail = {
    authorise: async (request: Request) => !request.headers.has('authorization'),
    report: async () => ({ replication_lag_ms: {}, pending: {} }),
  };
  /** A request of each route and of each kind of answer that it has, with the status that it comes to. */
  const requests: readonly [string, string, number, Readonly<Record<string, string>>?, object?][] = [
    ['POST', '/transactions', 201, {}, create],
    ['POST', '/transactions', 415],
    ['POST', '/transactions', 406, { accept: 'text/html' }, create],
    ['GET', '/transactions', 405],
    ['OPTIONS', '/transactions', 204],
    ['GET', '/transactions/{id}', 200],
    ['HEAD', '/transactions/{id}', 200],
    ['GET', '/transactions/{id}', 304, { 'if-none-match': '*' }],
    ['GET', '/transactions/txn_none', 404],
    ['OPTIONS', '/transactions/{id}', 204],
    ['GET', '/transactions/{id}/events', 200],
    ['GET', '/transactions/{id}/events', 200, { accept: batch }],
    ['HEAD', '/transactions/{id}/events', 200],
    ['GET', '/transactions/{id}/events', 304, { 'if-none-match': '*' }],
    ['HEAD', '/transactions/{id}/events', 304, { 'if-none-match': '*' }],
    ['GET', '/transactions/{id}/events', 406, { accept: 'text/html' }],
    ['GET', '/transactions/txn_none/events', 404],
    ['DELETE', '/transactions/{id}/events', 405],
    ['OPTIONS', '/transactions/{id}/events', 204],
    ['POST', '/transactions/{id}/capture', 422, {}, {}],
    ['POST', '/transactions/{id}/void', 200, {}, {}],
    ['POST', '/transactions/{id}/decline', 200, {}, {}],
    ['POST', '/transactions/{id}/expire', 409, {}, {}],
    ['POST', '/transactions/{id}/refund', 422, {}, {}],
    ['OPTIONS', '/transactions/{id}/refund', 204],
    ['GET', '/accounts/acc-1/transactions', 200],
    ['HEAD', '/accounts/acc-1/transactions', 200],
    ['GET', '/accounts/acc-1/transactions?limit=0', 422],
    ['OPTIONS', '/accounts/acc-1/transactions', 204],
    ['GET', '/health', 200],
    ['HEAD', '/health', 200],
    ['OPTIONS', '/health', 204],
    ['GET', '/health/detail', 200],
    ['HEAD', '/health/detail', 404, { authorization: 'other' }],
    ['GET', '/openapi.json', 200],
    ['HEAD', '/openapi.json', 200],
    ['OPTIONS', '/openapi.json', 204],
    ['GET', '/nowhere', 404],
    ['GET', '/health', 431, { 'x-large': 'y'.repeat(17_000) }],
  ];

  test.each(requests)(
    '%s %s, answered with %i, varies by Origin, whoever asks',
    async (method, path, status, headers, body) => {
      for (const origin of [shop, 'https://other.example', undefined]) {
        const cell = testCell({ cors: { origins: [shop] }, healthDetail });
        const to = path.replace('{id}', await created(cell));
        const asked = { ...headers, ...(origin !== undefined && { origin }) };
        const answer = await cell.send(method, to, body, asked);
        expect([answer.status, answer.headers.get('vary')?.split(', ')]).toEqual([
          status,
          expect.arrayContaining(['Origin']),
        ]);
        expect(answer.headers.get('access-control-allow-origin')).toBe(origin === shop ? shop : null);
      }
    },
  );

  test('every path of the API is asked here', () => {
    const asked = requests.map(([, path]) => path.split('?')[0]?.replace('acc-1', '{id}'));
    const paths = operations.map(({ path }) => path.replace(/\{\w+\}/, '{id}'));
    expect(asked).toEqual(expect.arrayContaining(paths));
  });

  test.each(['GET', 'HEAD'])(
    '%s of events varies by Accept as well, also where nothing is new',
    async (method) => {
      const cell = testCell({ cors: { origins: [shop] } });
      const path = `/transactions/${await created(cell)}/events`;
      for (const headers of [{}, { 'if-none-match': '*' }]) {
        const answer = await cell.send(method, path, undefined, headers);
        expect(answer.headers.get('vary')).toBe('Origin, Accept');
      }
    },
  );
});
