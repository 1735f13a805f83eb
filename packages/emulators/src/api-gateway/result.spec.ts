import { expect, test } from 'vitest';
import { fromResultV1, fromResultV2, type HttpAnswer } from './result.ts';

function text(answer: HttpAnswer | undefined): string {
  return Buffer.from(answer?.body ?? []).toString();
}

test.each([
  ['text', 'Hello from Lambda!', 'Hello from Lambda!'],
  ['an object', { message: 'hi' }, '{"message":"hi"}'],
  ['a list', [1, 2], '[1,2]'],
  ['nothing', null, 'null'],
])('without a status code, an HTTP API answers 200 with %s as JSON', (_, result, body) => {
  const answer = fromResultV2(result);
  expect(answer).toMatchObject({ status: 200, headers: [['content-type', 'application/json']] });
  expect(text(answer)).toBe(body);
});

test('an HTTP API sets each cookie, decodes base64 and turns header values into text', () => {
  const answer = fromResultV2({
    statusCode: 201,
    headers: { 'Content-Type': 'image/png', 'x-count': 2, connection: 'close' },
    cookies: ['a=1', 'b=2'],
    body: 'AP8=',
    isBase64Encoded: true,
  });
  expect(answer?.headers).toEqual([
    ['Content-Type', 'image/png'],
    ['x-count', '2'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]);
  expect([...(answer?.body ?? [])]).toEqual([0, 255]);
});

test('a REST API merges single and multi-valued headers, each pair once', () => {
  const answer = fromResultV1(
    {
      statusCode: '200',
      headers: { 'x-one': '1', 'Set-Cookie': 'a=1' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: '{}',
    },
    undefined,
    [],
  );
  expect(answer?.status).toBe(200);
  expect(answer?.headers).toEqual([
    ['content-type', 'application/json'],
    ['x-one', '1'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]);
});

test('a REST API renames the headers that are its own', () => {
  const answer = fromResultV1({ statusCode: 401, headers: { 'WWW-Authenticate': 'Bearer' } }, undefined, []);
  expect(answer?.headers).toEqual([['x-amzn-Remapped-WWW-Authenticate', 'Bearer']]);
});

test('a REST API decodes base64 only for binary media types', () => {
  const result = { statusCode: 200, body: 'AP8=', isBase64Encoded: true };
  expect(text(fromResultV1(result, 'image/png', []))).toBe('AP8=');
  expect([...(fromResultV1(result, 'image/png', ['image/png'])?.body ?? [])]).toEqual([0, 255]);
  expect([...(fromResultV1(result, undefined, ['*/*'])?.body ?? [])]).toEqual([0, 255]);
});

test.each([
  ['a status code that is none', { statusCode: 'fine' }],
  ['a status code out of range', { statusCode: 99 }],
  ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
  ['a header that is no value', { statusCode: 200, headers: { a: ['1'] } }],
  ['more than Lambda returns', { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024 + 1) }],
])('%s is malformed to both', (_, result) => {
  expect(fromResultV2(result)).toBeUndefined();
  expect(fromResultV1(result, undefined, [])).toBeUndefined();
});

test.each([['text'], [null], [{ body: 'no status' }]])('a REST API infers nothing from %j', (result) => {
  expect(fromResultV1(result, undefined, [])).toBeUndefined();
});
