import { canonicalJson, transactionId } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { testCell } from './cell.spec.fixture.ts';
import { type Sent, throughFunctions, throughHttpApi, throughRestApi } from './parity/shells.spec.fixture.ts';

const json = ['Content-Type', 'application/json'] as const;
const id = transactionId('acc-1', 'k', () => 0);
const nobody = transactionId('acc-1', 'other', () => 0);

function post(target: string, body: string | Uint8Array, headers: Sent['headers'] = [json]): Sent {
  return { method: 'POST', target, headers, body: Uint8Array.from(Buffer.from(body)) };
}

function other(method: string, target: string, headers: Sent['headers'] = []): Sent {
  return { method, target, headers, body: new Uint8Array() };
}

const create = (body: string | Uint8Array) => post('/transactions', body);
const money = (fields: string) => create(`{"account_id":"acc-1",${fields}}`);
const amount = (text: string, currency = 'USD') => money(`"amount":${text},"currency":"${currency}"`);
const good = '{"account_id":"acc-1","amount":"10.00","currency":"USD"}';
const withHeaders = (...headers: Sent['headers']) => post('/transactions', good, [json, ...headers]);
const command = (name: string, body: string) => post(`/transactions/${id}/${name}`, body);

/** A transaction of 10.00 USD made with key `k`, of which 6.00 is captured with key `c`. */
const before: readonly Sent[] = [
  withHeaders(['Idempotency-Key', 'k']),
  post(`/transactions/${id}/capture`, '{"amount":"6.00","currency":"USD"}', [json, ['Idempotency-Key', 'c']]),
];

const table: readonly [name: string, status: number, code: string, sent: Sent][] = [
  ['a body that is not JSON', 400, 'invalid_json', create('{"amount":')],
  ['no body', 400, 'invalid_json', create('')],
  ['a byte order mark', 400, 'invalid_json', create(`\ufeff${good}`)],
  [
    'a body that is not UTF-8',
    400,
    'invalid_json',
    create(Buffer.from(good.replace('acc-1', 'é'), 'latin1')),
  ],
  ['nesting without end', 400, 'invalid_json', create('['.repeat(30_000) + ']'.repeat(30_000))],
  ['nesting of 33', 400, 'invalid_json', amount('['.repeat(32) + ']'.repeat(32))],
  ['nesting of 32', 422, 'wrong_type', amount('['.repeat(31) + ']'.repeat(31))],
  ['brackets in a string', 422, 'amount_not_decimal', amount(`"${'\\\\\\"['.repeat(40)}"`)],
  ['an array', 400, 'not_an_object', create('[]')],
  ['a number', 400, 'not_an_object', create('12')],
  ['null', 400, 'not_an_object', create('null')],
  ['a string', 400, 'not_an_object', create('"{}"')],
  ['no fields', 422, 'missing_field', create('{}')],
  ['a missing amount', 422, 'missing_field', money('"currency":"USD"')],
  ['a missing currency', 422, 'missing_field', money('"amount":"1"')],
  ['an unknown field', 422, 'unknown_field', money('"amount":"1","currency":"USD","note":"x"')],
  ['a field named __proto__', 422, 'unknown_field', money('"amount":"1","currency":"USD","__proto__":{}')],
  ['an account id in a capture', 422, 'unknown_field', command('capture', good)],
  ['a field in a void', 422, 'unknown_field', command('void', '{"amount":"1"}')],
  ['a field in a decline', 422, 'unknown_field', command('decline', '{"reason":"x"}')],
  ['a time in an expire', 422, 'unknown_field', command('expire', '{"at":"2026-01-01T00:00:00Z"}')],
  [
    'an expiry that is no time',
    422,
    'invalid_time',
    money('"amount":"1","currency":"USD","expires_at":"1 May"'),
  ],
  ['an expiry that is a number', 422, 'wrong_type', money('"amount":"1","currency":"USD","expires_at":1')],
  ['an empty expiry', 422, 'empty_field', money('"amount":"1","currency":"USD","expires_at":""')],
  ['an account id that is a number', 422, 'wrong_type', create(good.replace('"acc-1"', '5'))],
  ['an amount that is null', 422, 'wrong_type', amount('null')],
  ['an amount that is a list', 422, 'wrong_type', amount('["1"]')],
  ['a currency that is an object', 422, 'wrong_type', money('"amount":"1","currency":{}')],
  ['an empty account id', 422, 'empty_field', create(good.replace('acc-1', ''))],
  ['an empty amount', 422, 'empty_field', amount('""')],
  ['an empty currency', 422, 'empty_field', amount('"1"', '')],
  ['an amount of zero', 422, 'amount_not_positive', amount('"0.00"')],
  ['a negative amount', 422, 'amount_not_decimal', amount('"-1.00"')],
  ['a negative number', 422, 'amount_not_decimal', amount('-1')],
  ['an amount in words', 422, 'amount_not_decimal', amount('"ten"')],
  ['an amount with a space', 422, 'amount_not_decimal', amount('" 1"')],
  ['a number with an exponent', 422, 'amount_not_decimal', amount('1e2')],
  ['more decimals than USD has', 422, 'amount_too_precise', amount('"1.001"')],
  ['a number of more decimals than JPY has', 422, 'amount_too_precise', amount('1.0', 'JPY')],
  ['more than 18 digits', 422, 'amount_too_large', amount('"1234567890123456789"')],
  ['a number no float can hold', 422, 'amount_too_precise', amount('0.1000000000000000055511151231257827')],
  ['an unknown currency', 422, 'unknown_currency', amount('"1"', 'ZZZ')],
  ['a currency in lower case', 422, 'unknown_currency', amount('"1"', 'usd')],
  ['half a character as a currency', 422, 'unknown_currency', amount('"1"', '\\ud800')],
  ['a control character in an id', 422, 'invalid_id', create(good.replace('acc-1', 'a\\u0000'))],
  ['half a character in an id', 422, 'invalid_id', create(good.replace('acc-1', 'a\\udc00'))],
  ['an id of 129 characters', 422, 'too_long', create(good.replace('acc-1', 'x'.repeat(129)))],
  ['an id that is a step in a path', 422, 'invalid_id', create(good.replace('acc-1', '..'))],
  ['an id of 65 emoji', 422, 'too_long', create(good.replace('acc-1', '😀'.repeat(65)))],
  ['a control character in a path', 422, 'invalid_id', other('GET', '/accounts/a%00/transactions')],
  ['a path that is not UTF-8', 422, 'invalid_id', other('GET', '/accounts/a%FF/transactions')],
  ['a long id in a path', 422, 'too_long', other('GET', `/accounts/${'x'.repeat(129)}/transactions`)],
  ['a limit of 0', 422, 'invalid_limit', other('GET', '/accounts/acc-1/transactions?limit=0')],
  ['a limit of 101', 422, 'invalid_limit', other('GET', '/accounts/acc-1/transactions?limit=101')],
  ['two limits', 422, 'invalid_limit', other('GET', '/accounts/acc-1/transactions?limit=1&limit=2')],
  ['a cursor that is none', 422, 'invalid_after', other('GET', '/accounts/acc-1/transactions?after=x')],
  ['an empty key', 422, 'invalid_idempotency_key', withHeaders(['Idempotency-Key', ''])],
  [
    'a key of 129 characters',
    422,
    'invalid_idempotency_key',
    withHeaders(['Idempotency-Key', 'x'.repeat(129)]),
  ],
  ['a key beyond ASCII', 422, 'invalid_idempotency_key', withHeaders(['Idempotency-Key', 'clé'])],
  [
    'two keys',
    422,
    'invalid_idempotency_key',
    withHeaders(['Idempotency-Key', 'a'], ['Idempotency-Key', 'b']),
  ],
  ['a token that is none', 422, 'invalid_consistency_token', withHeaders(['Consistency-Token', 'x'])],
  ['a token without an id', 422, 'invalid_consistency_token', withHeaders(['Consistency-Token', ';a.1=1'])],
  ['a token of no vector', 422, 'invalid_consistency_token', withHeaders(['Consistency-Token', `${id};a=1`])],
  [
    'a key used again with another payload',
    422,
    'idempotency_key_reused',
    post('/transactions', good.replace('10', '11'), [json, ['Idempotency-Key', 'k']]),
  ],
  [
    'a key used again for another command',
    422,
    'idempotency_key_reused',
    post(`/transactions/${id}/refund`, '{"amount":"6.00","currency":"USD"}', [
      json,
      ['Idempotency-Key', 'c'],
    ]),
  ],
  [
    'a capture above the amount',
    422,
    'capture_exceeds_amount',
    command('capture', '{"amount":"4.01","currency":"USD"}'),
  ],
  [
    'a refund above the captured',
    422,
    'refund_exceeds_captured',
    command('refund', '{"amount":"6.01","currency":"USD"}'),
  ],
  ['another currency', 422, 'currency_mismatch', command('capture', '{"amount":"1","currency":"EUR"}')],
  ['a void after a capture', 409, 'transaction_captured', command('void', '{}')],
  ['a decline after a capture', 409, 'transaction_captured', command('decline', '{}')],
  ['an expire after a capture', 409, 'transaction_captured', command('expire', '{}')],
  ['an unknown transaction', 404, 'transaction_not_found', other('GET', `/transactions/${nobody}`)],
  ['events of no transaction', 404, 'transaction_not_found', other('GET', `/transactions/${nobody}/events`)],
  ['a void of no transaction', 404, 'transaction_not_found', post(`/transactions/${nobody}/void`, '{}')],
  ['an id of another form', 404, 'transaction_not_found', other('GET', '/transactions/42')],
  ['a command on such an id', 404, 'transaction_not_found', post('/transactions/42/void', 'x')],
  ['an unknown path', 404, 'not_found', other('GET', '/nowhere')],
  ['a path with a slash at its end', 404, 'not_found', post('/transactions/', good)],
  ['an unknown command', 404, 'not_found', post(`/transactions/${id}/cancel`, '{}')],
  ['a wrong method', 405, 'method_not_allowed', other('GET', '/transactions')],
  ['a method no request can have', 405, 'method_not_allowed', other('TRACE', `/transactions/${id}`)],
  ['a body over 64 KiB', 413, 'body_too_large', create(good.padEnd(65_537))],
  [
    'a wrong content type',
    415,
    'unsupported_media_type',
    post('/transactions', good, [['Content-Type', 'text/plain']]),
  ],
  ['no content type', 415, 'unsupported_media_type', post('/transactions', good, [])],
  [
    'another charset',
    415,
    'unsupported_media_type',
    post('/transactions', good, [['Content-Type', 'application/json; charset=latin1']]),
  ],
  ['a void of no content type', 415, 'unsupported_media_type', post(`/transactions/${id}/void`, '{}', [])],
];

describe('bad input is refused alike by both clouds, and leaves no event', () => {
  test.each(table)('%s: %i %s', async (_, status, code, sent) => {
    const answers: string[] = [];
    for (const through of [throughHttpApi, throughRestApi, throughFunctions]) {
      const cell = testCell();
      for (const earlier of before) expect((await through(cell.api, earlier)).status).toBeLessThan(300);
      const count = await cell.eventCount();
      const answer = await through(cell.api, sent);
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
      expect(await cell.eventCount()).toBe(count);
      if (status === 405) expect(answer.headers.allow).toMatch(/^(POST|GET, HEAD), OPTIONS$/);
      answers.push(canonicalJson(answer));
    }
    expect(new Set(answers).size).toBe(1);
  });
});

test('every fault is listed, known fields first, and the first gives the code', async () => {
  const body = { currency: '', zzz: 1, account_id: 'x'.repeat(129), aaa: 2 };
  const answer = await testCell().send('POST', '/transactions', body);
  expect(answer.body).toMatchObject({
    code: 'too_long',
    errors: [
      { path: 'account_id', code: 'too_long', detail: '"account_id" is longer than 128 characters.' },
      { path: 'amount', code: 'missing_field', detail: '"amount" is missing.' },
      { path: 'currency', code: 'empty_field', detail: '"currency" is empty.' },
      { path: 'zzz', code: 'unknown_field', detail: '"zzz" is not a field of this request.' },
      { path: 'aaa', code: 'unknown_field', detail: '"aaa" is not a field of this request.' },
    ],
  });
});

test.each([
  'application/json',
  'APPLICATION/JSON',
  'application/json;charset=utf-8',
  'application/json ; Charset="UTF-8"',
])('the content type %s is JSON', async (type) => {
  const sent = post('/transactions', good, [['Content-Type', type]]);
  expect((await throughHttpApi(testCell().api, sent)).status).toBe(201);
});

test('a body of exactly 64 KiB is taken, and a longer one is not read past the limit', async () => {
  const { api } = testCell();
  expect((await throughHttpApi(api, create(good.padEnd(65_536)))).status).toBe(201);

  let pulled = 0;
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        pulled += 1_000;
        controller.enqueue(new Uint8Array(1_000).fill(32));
      },
      cancel: () => {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const request = (headers: Record<string, string>) =>
    new Request('http://localhost/transactions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: endless,
      duplex: 'half',
    });
  expect((await api(request({}))).status).toBe(413);
  expect(pulled).toBe(66_000);
  expect(cancelled).toBe(true);
});

test('a declared length over 64 KiB is refused before a byte is read', async () => {
  let pulled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: () => {
        pulled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'application/json', 'content-length': '65537' };
  const request = new Request('http://localhost/transactions', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  });
  expect((await testCell().api(request)).status).toBe(413);
  expect(pulled).toBe(false);
});

test('a body that breaks off is 400 and writes nothing', async () => {
  const cell = testCell();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(Buffer.from(good.slice(0, 20)));
    },
    pull: (controller) => controller.error(new Error('reset')),
  });
  const headers = { 'content-type': 'application/json' };
  const request = new Request('http://localhost/transactions', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  });
  const answer = await cell.api(request);
  expect([answer.status, JSON.parse(await answer.text()).code]).toEqual([400, 'incomplete_body']);
  expect(await cell.eventCount()).toBe(0);
});
