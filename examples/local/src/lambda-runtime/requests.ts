import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request as a client of API Gateway sends it. */
export interface Sent {
  readonly what: string;
  readonly method: string;
  /** As in the request line, percent-encoded or not. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The status that its answer is to have. */
  readonly status: number;
}

const json = { 'content-type': 'application/json' };
const create = { account_id: 'café 7', amount: '12.30', currency: 'EUR' };

/** Who may see the health in detail. */
export const operatorKey = 'an-operators-key-of-this-run';

/** From first to last on one cell: each builds on those before. The id is that of the create (R12). */
export function requests(transactionId: string): readonly Sent[] {
  const transaction = `/transactions/${transactionId}`;
  const key = (name: string) => ({ ...json, 'idempotency-key': name });
  const post = (what: string, path: string, name: string, body: object, status: number): Sent => ({
    ...{ what, method: 'POST', path, headers: key(name), body: JSON.stringify(body), status },
  });
  const get = (what: string, path: string, status: number, headers = {}): Sent => ({
    ...{ what, method: 'GET', path, headers, status },
  });
  return [
    get('health', '/health', 200),
    get('health in detail, which nobody sees without a key', '/health/detail', 404),
    get('health in detail', '/health/detail', 200, { 'x-twinlog-key': operatorKey }),
    post('create', '/transactions', 'order-1', create, 201),
    post('create again', '/transactions', 'order-1', create, 201),
    post('the same key for another create', '/transactions', 'order-1', { ...create, amount: '1.00' }, 422),
    get('read', transaction, 200),
    get('read what the client has', transaction, 304, { 'if-none-match': '"aws-us-east-1.1=1"' }),
    post('capture a part', `${transaction}/capture`, 'capture-1', { amount: '2.30', currency: 'EUR' }, 200),
    post('capture too much', `${transaction}/capture`, 'capture-2', { amount: '99', currency: 'EUR' }, 422),
    get('read what came of it', transaction, 200),
    { what: 'read its head', method: 'HEAD', path: transaction, status: 200 },
    get('its events', `${transaction}/events`, 200),
    get("an account's transactions, by a unicode path", '/accounts/caf%C3%A9%207/transactions', 200),
    get('a unicode path that names nothing', '/transactions/%E2%82%AC%F0%9F%92%B6', 404),
    get('a path that is no UTF-8', '/transactions/%FF', 404),
    { what: 'no JSON', method: 'POST', path: '/transactions', headers: json, body: '{"a', status: 400 },
    {
      ...{
        what: 'bytes that are no text',
        method: 'POST',
        path: '/transactions',
        headers: json,
        status: 400,
      },
      body: Uint8Array.of(0xff, 0xfe, 0x00),
    },
    post('no amount', '/transactions', 'order-2', { account_id: 'a', currency: 'EUR' }, 422),
    { what: 'a form', method: 'POST', path: '/transactions', body: 'amount=1', status: 415 },
    { what: 'a method that is not there', method: 'DELETE', path: transaction, status: 405 },
    { what: 'options', method: 'OPTIONS', path: '/transactions', status: 204 },
    get('the API described', '/openapi.json', 200),
  ];
}

/** An answer without what differs from run to run: ids and times that were made for it. */
export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const generated: readonly (readonly [RegExp, string])[] = [
  [/\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, '<ulid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b/g, '<traceparent>'],
  [/\b127\.0\.0\.1:\d+\b/g, '<host>'],
];

/** Headers of the way, and not of the answer. */
const ofTheWay = new Set([
  'date',
  'connection',
  'keep-alive',
  'apigw-requestid',
  'x-amzn-requestid',
  'x-amz-apigw-id',
  'x-amzn-trace-id',
]);

const without = (value: string): string =>
  generated.reduce((rest, [pattern, name]) => rest.replaceAll(pattern, name), value);

/** Sends a request with its path untouched, as `fetch` would not. */
export function send(base: string, { method, path, headers = {}, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${base}`, { method, path, headers, agent: false }, async (response) => {
      const kept = Object.entries(response.headers).filter(([name]) => !ofTheWay.has(name));
      resolve({
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(kept.map(([name, value]) => [name, without(String(value))]).sort()),
        body: without(await text(response)),
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
