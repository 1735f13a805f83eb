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
