import { createMemoryStore, type EventStore, StoreUnavailableError } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { sharedKey, sharedKeyHeader } from '../authorise.ts';
import { reconcileEndpoint } from './endpoint.ts';
import { steadyHistory, storeOf } from './logs.fixture.ts';

const origin = 'aws-us-east-1.1';
const range = { from: 0, to: 1 };
const eventKey = { stream: 'a', origin, sequence: 1, id: '01KJ2ZSP000000000000000000' };

/** A request that is asked with the right key unless told. */
function asked(path: string, body: unknown, key = 'the-key'): Request {
  return new Request(`http://cell/replication/${path}`, {
    method: 'POST',
    headers: { [sharedKeyHeader]: key },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

const endpointOf = (store: EventStore) => reconcileEndpoint({ store, authorise: sharedKey(['the-key']) });

const goodRequests: readonly (readonly [string, object])[] = [
  ['digests', { origin, ranges: [range] }],
  ['keys', { origin, ...range, limit: 1 }],
  ['streams', { stream: 'a' }],
  ['streams', { keys: [eventKey] }],
];

/** A store of which nothing is read but to fail. */
function failing(error: Error): EventStore {
  const fail = () => Promise.reject(error);
  return { insert: fail, read: fail, list: fail, scan: fail };
}

describe('the endpoint of reconcile', () => {
  test('answers in JSON, and a stranger is told 401 whatever is asked, with no look at the store', async () => {
    const endpoint = endpointOf(await storeOf(steadyHistory(3)));
    for (const [path, body] of goodRequests) {
      const answer = await endpoint(asked(path, body));
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
      for (const key of ['', 'another-key']) {
        const strangers = endpointOf(failing(new Error('the store was read')));
        expect((await strangers(asked(path, body, key))).status).toBe(401);
        expect((await strangers(asked(path, '{', key))).status).toBe(401);
      }
    }
  });

  test('answers 503 while the store is away, so that it is asked again', async () => {
    const endpoint = endpointOf(failing(new StoreUnavailableError('The table is throttled.')));
    for (const [path, body] of goodRequests) {
      const answer = await endpoint(asked(path, body));
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }
  });

  test('does not hide a fault of its own as an answer', async () => {
    const endpoint = endpointOf(failing(new TypeError('a bug')));
    await expect(endpoint(asked('streams', { stream: 'a' }))).rejects.toThrow('a bug');
  });

  test('answers 400 to what breaks the format, and names what is wrong', async () => {
    const endpoint = endpointOf(createMemoryStore());
    const many = (count: number, item: object) => Array.from({ length: count }, () => item);
    const bodies: readonly (readonly [string, unknown, string])[] = [
      ['digests', '{"half":', 'JSON'],
      ['digests', Uint8Array.of(0xff), 'JSON'],
      ['digests', '', 'JSON'],
      ['digests', 'null', 'object'],
      ['digests', { ranges: [range] }, 'origin'],
      ['digests', { origin: 'Nowhere', ranges: [range] }, 'origin'],
      ['digests', { origin, ranges: [] }, 'ranges'],
      ['digests', { origin, ranges: many(257, range) }, 'ranges'],
      ['digests', { origin, ranges: [{ from: -1, to: 1 }] }, 'ranges[0].from'],
      ['digests', { origin, ranges: [{ from: 0, to: 2 ** 48 }] }, 'ranges[0].to'],
      ['digests', { origin, ranges: [{ from: 0.5, to: 1 }] }, 'ranges[0].from'],
      ['keys', { origin, ...range, limit: 0 }, 'limit'],
      ['keys', { origin, ...range, limit: 1_001 }, 'limit'],
      ['keys', { origin, ...range, limit: 1, more: 1 }, 'more'],
      ['keys', { origin, ...range, limit: 1, after: '' }, 'after'],
      ['streams', {}, 'nput'],
      ['streams', { stream: '' }, 'stream'],
      ['streams', { stream: 'x'.repeat(129) }, 'stream'],
      ['streams', { keys: many(101, eventKey) }, 'nput'],
      ['streams', { keys: [{ ...eventKey, id: 'no' }] }, 'keys[0].id'],
      ['streams', { stream: 'a', keys: [eventKey] }, 'nput'],
    ];
    for (const [path, body, named] of bodies) {
      const answer = await endpoint(asked(path, body));
      expect([body, answer.status]).toEqual([body, 400]);
      expect(await answer.text()).toContain(named);
    }
  });

  test('answers 404 at other paths, 405 to other methods, and 413 to what is too large', async () => {
    const endpoint = endpointOf(createMemoryStore());
    for (const path of ['', 'events', 'digests/', '../digests', 'constructor']) {
      expect((await endpoint(asked(path, {}))).status).toBe(404);
    }
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await endpoint(new Request('http://cell/replication/keys', { method }));
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect((await endpoint(asked('digests', ' '.repeat(262_145)))).status).toBe(413);
  });

  test('takes the largest request that a cell makes', async () => {
    const endpoint = endpointOf(createMemoryStore());
    const keys = Array.from({ length: 100 }, () => ({
      stream: '"中'.repeat(64),
      origin: `${'a'.repeat(63)}.999999`,
      sequence: 9_999_999_999,
      id: eventKey.id,
    }));
    const answer = await endpoint(asked('streams', { keys }));
    expect([answer.status, await answer.json()]).toEqual([200, { events: Array(100).fill(null) }]);
    const ranges = Array.from({ length: 256 }, () => ({ from: 2 ** 48 - 2, to: 2 ** 48 - 1 }));
    expect((await endpoint(asked('digests', { origin, ranges }))).status).toBe(200);
  });

  test('stops adding keys up at the bound, and answers the ranges up to there', async () => {
    const events = steadyHistory(100);
    const store = await storeOf(events);
    const endpoint = reconcileEndpoint({ store, authorise: async () => true, limits: { maxKeys: 50 } });
    const start = Date.parse(events[0]?.time ?? '');
    const digests = async (...widths: readonly number[]) => {
      const ranges = widths.map((width) => ({ from: start, to: start + width }));
      return (await endpoint(asked('digests', { origin, ranges }))).json();
    };
    const counting = (count: number) => ({ count, hash: expect.any(String) });
    expect(await digests(20, 30, 1)).toEqual({ digests: [counting(20), counting(30)] });
    expect(await digests(20, 31, 1)).toEqual({ digests: [counting(20)] });
    expect(await digests(50)).toEqual({ digests: [counting(50)] });
    expect(await digests(51, 1)).toEqual({ digests: [null] });
  });
});
