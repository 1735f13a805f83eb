import { Readable } from 'node:stream';
import { HttpResponse } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { toHttpRequest, toParts } from './http-conversion.ts';

describe('a request for a handler', () => {
  it('has the method, address, parameters and bytes of the wire', async () => {
    const body = Uint8Array.from([0, 255, 128, 10]);
    const request = toHttpRequest({
      method: 'POST',
      url: 'http://127.0.0.1:1/transactions/%C3%A4?limit=2',
      headers: [['Content-Type', 'application/octet-stream']],
      body,
      params: { id: 'ä' },
    });
    expect([request.method, request.url]).toEqual(['POST', 'http://127.0.0.1:1/transactions/%C3%A4?limit=2']);
    expect(request.params).toEqual({ id: 'ä' });
    expect(request.query.get('limit')).toBe('2');
    expect(new Uint8Array(await request.arrayBuffer())).toEqual(body);
  });

  it('has repeated headers and query parameters joined with commas', () => {
    const request = toHttpRequest({
      method: 'GET',
      url: 'http://127.0.0.1:1/?a=1&a=2&b=',
      headers: [
        ['X-Multi', 'one'],
        ['x-multi', 'two'],
      ],
    });
    expect(request.headers.get('x-multi')).toBe('one,two');
    expect([...request.query]).toEqual([
      ['a', '1,2'],
      ['b', ''],
    ]);
  });

  it('has no body for a GET', () => {
    const request = toHttpRequest({ method: 'GET', url: 'http://x/', headers: [], body: Buffer.from('x') });
    expect(request.body).toBeNull();
  });
});

describe('an answer of a handler', () => {
  it.each([
    ['a string', 'é', 'é'],
    ['bytes', Uint8Array.from([195, 169]), 'é'],
    ['a buffer', Buffer.from('é'), 'é'],
    ['a stream', Readable.from([Buffer.from([195]), Buffer.from([169])]), 'é'],
    ['nothing', undefined, ''],
  ])('may have %s for a body', async (_, body, text) => {
    expect((await toParts({ body })).body.toString('utf8')).toBe(text);
  });

  it('may be JSON, with its own content type if it names one', async () => {
    expect(await toParts({ status: 422, jsonBody: { code: 'x' } })).toEqual({
      status: 422,
      headers: [['content-type', 'application/json']],
      body: Buffer.from('{"code":"x"}'),
    });
    const problem = await toParts({ jsonBody: {}, headers: { 'content-type': 'application/problem+json' } });
    expect(problem.headers).toEqual([['content-type', 'application/problem+json']]);
  });

  it('may be an HttpResponse', async () => {
    const response = new HttpResponse({ status: 201, headers: { etag: '"a=1"' }, body: 'x' });
    const { status, headers, body } = await toParts(response);
    expect([status, body.toString()]).toEqual([201, 'x']);
    expect(headers).toContainEqual(['etag', '"a=1"']);
  });

  it('is 204 when there is none', async () => {
    expect(await toParts(undefined)).toEqual({ status: 204, headers: [], body: Buffer.alloc(0) });
  });

  it('writes each cookie as a line of its own', async () => {
    const { headers } = await toParts({
      cookies: [
        { name: 'a', value: '1 2' },
        { name: 'b', value: 'x', maxAge: 60, secure: true, httpOnly: true, sameSite: 'Strict', path: '/p' },
      ],
    });
    expect(headers).toEqual([
      ['set-cookie', 'a=1%202; path=/'],
      ['set-cookie', 'b=x; max-age=60; path=/p; secure; samesite=strict; httponly'],
    ]);
  });

  it('keeps only the last of several set-cookie headers', async () => {
    const headers: [string, string][] = [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ];
    expect((await toParts({ headers })).headers).toEqual([['set-cookie', 'b=2']]);
  });
});
