import type { APIGatewayProxyEvent } from 'aws-lambda';
import { matchesMediaType } from './media-type.ts';
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

export interface RestIdentity extends ApiIdentity {
  /** Media types, `*` allowed, of bodies that are base64 in events and results; none by default. */
  readonly binaryMediaTypes: readonly string[];
}

/**
 * The event of a REST API (payload format 1.0) on a `{proxy+}` resource. Header names keep the client's case, the
 * single-valued maps hold the last value, the multi-valued ones all. `path` stays percent-encoded and has no stage;
 * what is absent is `null`. A body is text unless its type is one of the API's binary media types.
 */
export function toPayloadV1(parts: RequestParts, given: Partial<RestIdentity> = {}): APIGatewayProxyEvent {
  const identity: RestIdentity = { ...LOCAL_IDENTITY, stage: 'prod', binaryMediaTypes: [], ...given };
  const multiValueHeaders = grouped(forwardedHeaders(parts, identity));
  const query = grouped(new URLSearchParams(parts.query));
  const hasQuery = Object.keys(query).length > 0;
  const path = withoutStage(parts.path, identity);
  const resource = path === '/' ? '/' : '/{proxy+}';
  const binary = matchesMediaType(headerValue(parts, 'content-type'), identity.binaryMediaTypes);
  return {
    resource,
    path,
    httpMethod: parts.method,
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: hasQuery ? lastOf(query) : null,
    multiValueQueryStringParameters: hasQuery ? query : null,
    pathParameters: path === '/' ? null : { proxy: decoded(path.slice(1)) },
    stageVariables: null,
    requestContext: {
      resourceId: 'local',
      resourcePath: resource,
      httpMethod: parts.method,
      extendedRequestId: identity.requestId,
      requestTime: requestTime(identity.timeEpoch),
      path: parts.path,
      accountId: identity.accountId,
      protocol: 'HTTP/1.1',
      stage: identity.stage,
      domainPrefix: identity.domainName.split('.')[0] ?? '',
      requestTimeEpoch: identity.timeEpoch,
      requestId: identity.requestId,
      identity: { ...NOBODY, sourceIp: parts.sourceIp, userAgent: headerValue(parts, 'user-agent') ?? null },
      domainName: identity.domainName,
      apiId: identity.apiId,
      authorizer: undefined,
    },
    body: parts.body.byteLength === 0 ? null : Buffer.from(parts.body).toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: binary && parts.body.byteLength > 0,
  };
}

const NOBODY = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

function withoutStage(path: string, { stage, stageInPath }: ApiIdentity): string {
  return stageInPath && path.startsWith(`/${stage}`) ? path.slice(stage.length + 1) || '/' : path;
}

function lastOf(groups: Readonly<Record<string, string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, values.at(-1) ?? '']));
}
