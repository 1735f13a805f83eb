import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import {
  type ApiIdentity,
  decoded,
  forwardedHeaders,
  grouped,
  headerValue,
  LOCAL_IDENTITY,
  type RequestParts,
  requestTime,
} from './request-parts.ts';

const TEXT_TYPE = /^(text\/.*|application\/(json|javascript|xml))$/;

/**
 * The event of an HTTP API, payload format 2.0, on the `$default` route. Header names are lower-case, repeated
 * headers and query parameters are joined by commas, cookies stand apart. `rawPath` is, for all its name, decoded,
 * and ends at a decoded `?`; `rawQueryString` is as it was sent. A body is text only if its content type is known
 * to be and it is not compressed: a form, or any `+json` type, arrives as base64.
 */
export function toPayloadV2(parts: RequestParts, given: Partial<ApiIdentity> = {}): APIGatewayProxyEventV2 {
  const identity: ApiIdentity = { ...LOCAL_IDENTITY, ...given };
  const lowerCase = forwardedHeaders(parts, identity).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  const cookies = lowerCase.flatMap(([name, value]) => (name === 'cookie' ? value.split(/;\s*/) : []));
  const others = lowerCase.filter(([name]) => name !== 'cookie');
  const query = joined(new URLSearchParams(parts.query));
  const path = decoded(parts.path).split('?')[0] ?? '/';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: parts.query,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers: joined(others),
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: identity.accountId,
      apiId: identity.apiId,
      domainName: identity.domainName,
      domainPrefix: identity.domainName.split('.')[0] ?? '',
      http: {
        method: parts.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: parts.sourceIp,
        userAgent: headerValue(parts, 'user-agent') ?? '',
      },
      requestId: identity.requestId,
      routeKey: '$default',
      stage: identity.stage,
      time: requestTime(identity.timeEpoch),
      timeEpoch: identity.timeEpoch,
    },
    ...bodyOf(parts),
  };
}

function bodyOf(parts: RequestParts): { body?: string; isBase64Encoded: boolean } {
  if (parts.body.byteLength === 0) return { isBase64Encoded: false };
  const type = (headerValue(parts, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const text = TEXT_TYPE.test(type) && headerValue(parts, 'content-encoding') === undefined;
  return { body: Buffer.from(parts.body).toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text };
}

function joined(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries(Object.entries(grouped(pairs)).map(([name, values]) => [name, values.join(',')]));
}
