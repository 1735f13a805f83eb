import { expect, test } from 'vitest';
import { toPayloadV1 } from './payload-v1.ts';
import { toPayloadV2 } from './payload-v2.ts';
import type { RequestParts } from './request-parts.ts';

const MARCH = Date.UTC(2020, 2, 12, 19, 3, 58);

function request(parts: Partial<RequestParts> = {}): RequestParts {
  const none = new Uint8Array();
  return { method: 'GET', path: '/', query: '', headers: [], body: none, sourceIp: '192.0.2.1', ...parts };
}

const full: RequestParts = request({
  method: 'POST',
  path: '/my/pa%20th',
  query: 'p1=value1&p1=value2&p2=a%20b+c&empty=',
  headers: [
    ['Host', 'id.execute-api.us-east-1.amazonaws.com'],
    ['Header1', 'value1'],
    ['header1', 'value2'],
    ['Cookie', 'cookie1=a; cookie2=b'],
    ['User-Agent', 'agent'],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Connection', 'keep-alive'],
    ['X-Forwarded-For', 'forged'],
  ],
  body: Buffer.from('{"a":"é"}'),
});

test('payload 2.0 is what the documentation shows for an HTTP API', () => {
  const event = toPayloadV2(full, { requestId: 'id', timeEpoch: MARCH, apiId: 'api-id' });
  expect(event).toEqual({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/pa th',
    rawQueryString: 'p1=value1&p1=value2&p2=a%20b+c&empty=',
    cookies: ['cookie1=a', 'cookie2=b'],
    headers: {
      host: 'id.execute-api.us-east-1.amazonaws.com',
      header1: 'value1,value2',
      'user-agent': 'agent',
      'content-type': 'application/json; charset=utf-8',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    queryStringParameters: { p1: 'value1,value2', p2: 'a b c', empty: '' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api-id',
      domainName: 'local.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'local',
      http: {
        ...{ method: 'POST', path: '/my/pa th', protocol: 'HTTP/1.1' },
        ...{ sourceIp: '192.0.2.1', userAgent: 'agent' },
      },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: MARCH,
    },
    body: '{"a":"é"}',
    isBase64Encoded: false,
  });
});

test('payload 2.0 leaves out what a request does not have', () => {
  const event = toPayloadV2(request());
  expect(event).not.toHaveProperty('cookies');
  expect(event).not.toHaveProperty('queryStringParameters');
  expect(event).not.toHaveProperty('body');
  expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false });
});

test('the raw path of payload 2.0 is decoded and ends at a decoded question mark', () => {
  expect(toPayloadV2(request({ path: '/a%2Fb%3Fc' })).rawPath).toBe('/a/b');
  expect(toPayloadV2(request({ path: '/100%' })).rawPath).toBe('/100%');
});

test.each([
  ['application/json', false],
  ['text/csv; charset=utf-8', false],
  ['application/xml', false],
  ['application/x-www-form-urlencoded', true],
  ['application/cloudevents+json', true],
  ['application/octet-stream', true],
  ['', true],
])('a body of type "%s" is base64 in payload 2.0: %s', (type, base64) => {
  const event = toPayloadV2(request({ headers: [['content-type', type]], body: Buffer.from('x=1') }));
  expect(event).toMatchObject({ isBase64Encoded: base64, body: base64 ? 'eD0x' : 'x=1' });
});

test('payload 1.0 is what the documentation shows for a REST API', () => {
  const event = toPayloadV1(full, { requestId: 'id', timeEpoch: MARCH, stage: 'live' });
  expect(event).toMatchObject({
    resource: '/{proxy+}',
    path: '/my/pa%20th',
    httpMethod: 'POST',
    headers: {
      Header1: 'value1',
      header1: 'value2',
      Cookie: 'cookie1=a; cookie2=b',
      'X-Forwarded-For': '192.0.2.1',
    },
    multiValueHeaders: { Header1: ['value1'], header1: ['value2'], 'User-Agent': ['agent'] },
    queryStringParameters: { p1: 'value2', p2: 'a b c', empty: '' },
    multiValueQueryStringParameters: { p1: ['value1', 'value2'], p2: ['a b c'], empty: [''] },
    pathParameters: { proxy: 'my/pa th' },
    stageVariables: null,
    requestContext: {
      ...{
        stage: 'live',
        path: '/my/pa%20th',
        resourcePath: '/{proxy+}',
        httpMethod: 'POST',
        protocol: 'HTTP/1.1',
      },
      ...{ requestTime: '12/Mar/2020:19:03:58 +0000', requestTimeEpoch: MARCH, requestId: 'id' },
      identity: { sourceIp: '192.0.2.1', userAgent: 'agent', user: null },
    },
    body: '{"a":"é"}',
    isBase64Encoded: false,
  });
});

test('payload 1.0 says null for what a request does not have', () => {
  expect(toPayloadV1(request())).toMatchObject({
    ...{ resource: '/', path: '/', pathParameters: null, body: null, isBase64Encoded: false },
    ...{ queryStringParameters: null, multiValueQueryStringParameters: null },
  });
});

test('a stage in the path stays in the raw path and leaves the path of payload 1.0', () => {
  const staged = request({ path: '/live/orders' });
  const identity = { stage: 'live', stageInPath: true };
  expect(toPayloadV2(staged, identity).rawPath).toBe('/live/orders');
  const event = toPayloadV1(staged, identity);
  expect(event.path).toBe('/orders');
  expect(event.requestContext.path).toBe('/live/orders');
});

test('a body is base64 in payload 1.0 only for binary media types', () => {
  const upload = request({ headers: [['content-type', 'image/png']], body: Buffer.from([0, 255]) });
  expect(toPayloadV1(upload)).toMatchObject({ isBase64Encoded: false });
  expect(toPayloadV1(upload, { binaryMediaTypes: ['image/*'] })).toMatchObject({
    ...{ isBase64Encoded: true, body: 'AP8=' },
  });
});

test('names that objects are born with are query parameters like any other', () => {
  const odd = request({ query: 'constructor=1&__proto__=2' });
  expect(Object.entries(toPayloadV2(odd).queryStringParameters ?? {})).toEqual([
    ['constructor', '1'],
    ['__proto__', '2'],
  ]);
  expect(Object.keys(toPayloadV1(odd).multiValueQueryStringParameters ?? {})).toEqual([
    'constructor',
    '__proto__',
  ]);
});
