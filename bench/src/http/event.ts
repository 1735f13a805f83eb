/** A create as API Gateway hands it to Lambda, payload format 2.0: a new one each time, with a key of its own. */
export function createEvent(number: number) {
  const domainName = 'api-id.execute-api.us-east-1.amazonaws.com';
  const agent = 'node';
  const sourceIp = '192.0.2.1';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/transactions',
    rawQueryString: '',
    headers: {
      accept: '*/*',
      'accept-encoding': 'gzip, deflate',
      'content-length': '72',
      'content-type': 'application/json',
      host: domainName,
      'idempotency-key': `order-${number}`,
      'user-agent': agent,
      'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
      'x-forwarded-for': sourceIp,
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      authentication: null,
      authorizer: {},
      domainName,
      domainPrefix: 'api-id',
      http: { method: 'POST', path: '/transactions', protocol: 'HTTP/1.1', sourceIp, userAgent: agent },
      requestId: 'request-id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1_773_342_238_000,
    },
    body: JSON.stringify({ account_id: `account-${number % 1_000}`, amount: '12.34', currency: 'USD' }),
    isBase64Encoded: false,
  };
}
