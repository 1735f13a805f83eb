import type { GatewayEventV1, GatewayEventV2 } from '../api-gateway.ts';

/**
 * Events in the shapes that AWS documents, every field as it is there, around one request: a create with a cookie, a
 * header that came twice and a parameter that came twice.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
const body = '{"account_id":"acc-1","amount":"10.00","currency":"USD"}';
const key = 'order-1';
const accountId = '123456789012';
const time = { time: '12/Mar/2020:19:03:58 +0000', timeEpoch: 1_583_348_638_390 };
const clientCert = {
  clientCertPem: 'CERT_CONTENT',
  subjectDN: 'www.example.com',
  issuerDN: 'Example issuer',
  serialNumber: 'a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1',
  validity: { notBefore: 'May 28 12:30:02 2019 GMT', notAfter: 'Aug  5 09:36:04 2021 GMT' },
};
const nobody = {
  accessKey: null,
  accountId: null,
  caller: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  sourceIp: '192.0.2.1',
  user: null,
  userAgent: 'user-agent',
  userArn: null,
  clientCert,
};

const httpApi2 = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/transactions',
  rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
  cookies: ['cookie1', 'cookie2'],
  headers: { 'content-type': 'application/json', 'idempotency-key': key, header2: 'value1,value2' },
  queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
  requestContext: {
    accountId,
    apiId: 'api-id',
    authentication: { clientCert },
    authorizer: { jwt: { claims: { claim1: 'value1', claim2: 'value2' }, scopes: ['scope1', 'scope2'] } },
    domainName: 'id.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'id',
    http: {
      method: 'POST',
      path: '/transactions',
      protocol: 'HTTP/1.1',
      sourceIp: '192.0.2.1',
      userAgent: 'agent',
    },
    requestId: 'id',
    routeKey: '$default',
    stage: '$default',
    ...time,
  },
  body,
  pathParameters: { parameter1: 'value1' },
  isBase64Encoded: false,
  stageVariables: { stageVariable1: 'value1', stageVariable2: 'value2' },
};

const functionUrl = {
  ...httpApi2,
  headers: {
    ...httpApi2.headers,
    'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
    'x-forwarded-for': '192.0.2.1',
  },
  requestContext: {
    accountId,
    apiId: '<urlid>',
    authentication: null,
    authorizer: {
      iam: {
        accessKey: 'AKIA',
        accountId,
        callerId: 'AIDA',
        cognitoIdentity: null,
        principalOrgId: null,
        userArn: `arn:aws:iam::${accountId}:user/example`,
        userId: 'AIDA',
      },
    },
    domainName: '<url-id>.lambda-url.us-west-2.on.aws',
    domainPrefix: '<url-id>',
    http: httpApi2.requestContext.http,
    requestId: 'id',
    routeKey: '$default',
    stage: '$default',
    ...time,
  },
  body: Buffer.from(body).toString('base64'),
  pathParameters: null,
  isBase64Encoded: true,
  stageVariables: null,
};

const httpApi1 = {
  version: '1.0',
  resource: '/transactions',
  path: '/transactions',
  httpMethod: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': key, header2: 'value2' },
  multiValueHeaders: {
    'content-type': ['application/json'],
    'idempotency-key': [key],
    header2: ['value1', 'value2'],
    cookie: ['cookie1; cookie2'],
  },
  queryStringParameters: { parameter1: 'value1', parameter2: 'value' },
  multiValueQueryStringParameters: { parameter1: ['value1', 'value2'], parameter2: ['value'] },
  requestContext: {
    accountId,
    apiId: 'id',
    authorizer: { claims: null, scopes: null },
    domainName: 'id.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'id',
    extendedRequestId: 'request-id',
    httpMethod: 'POST',
    identity: nobody,
    path: '/transactions',
    protocol: 'HTTP/1.1',
    requestId: 'id=',
    requestTime: '04/Mar/2020:19:15:17 +0000',
    requestTimeEpoch: 1_583_349_317_135,
    resourceId: null,
    resourcePath: '/transactions',
    stage: '$default',
  },
  pathParameters: null,
  stageVariables: null,
  body,
  isBase64Encoded: false,
};

const restApi = {
  resource: '/{proxy+}',
  path: '/transactions',
  httpMethod: 'POST',
  headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key, Header2: 'value2' },
  multiValueHeaders: {
    'Content-Type': ['application/json'],
    'Idempotency-Key': [key],
    Header2: ['value1', 'value2'],
    Cookie: ['cookie1; cookie2'],
  },
  queryStringParameters: { parameter1: 'value2', parameter2: 'value' },
  multiValueQueryStringParameters: { parameter1: ['value1', 'value2'], parameter2: ['value'] },
  requestContext: {
    ...httpApi1.requestContext,
    authorizer: { claims: null, scopes: null },
    resourceId: '123456',
    resourcePath: '/{proxy+}',
    stage: 'prod',
  },
  pathParameters: { proxy: 'transactions' },
  stageVariables: null,
  body: Buffer.from(body).toString('base64'),
  isBase64Encoded: true,
};

/** By where they come from. */
export const recordedEvents: readonly (readonly [string, GatewayEventV1 | GatewayEventV2])[] = [
  ['an HTTP API, payload format 2.0', httpApi2],
  ['a function URL', functionUrl],
  ['an HTTP API, payload format 1.0', httpApi1],
  ['a REST API', restApi],
];
