import { isUtf8 } from 'node:buffer';
import type { Reply } from './answer.ts';
import { type ApiRequest, fromPlain } from './api-request.ts';
import { replier, type WebHandler } from './replier.ts';

type Values = Readonly<Record<string, string | undefined>> | null;
type MultiValues = Readonly<Record<string, readonly string[] | undefined>> | null;

/** What is read of an event of payload format 2.0 (HTTP APIs, function URLs). */
export interface GatewayEventV2 {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Values;
  readonly requestContext: { readonly domainName: string; readonly http: { readonly method: string } };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** What is read of an event of payload format 1.0 (REST APIs; HTTP APIs where asked for). */
export interface GatewayEventV1 {
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Values;
  readonly multiValueHeaders: MultiValues;
  readonly queryStringParameters: Values;
  readonly multiValueQueryStringParameters: MultiValues;
  readonly requestContext: { readonly domainName?: string | undefined };
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

/** A result that either kind of API understands: `cookies` is for 2.0, `multiValueHeaders` for 1.0. */
export interface GatewayResult {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: boolean;
}

/** A Lambda handler for API Gateway; which payload format an event has is told by its shape. */
export function apiGateway(
  api: WebHandler,
): (event: GatewayEventV1 | GatewayEventV2) => Promise<GatewayResult> {
  const reply = replier(api);
  return async (event) =>
    'rawPath' in event
      ? resultOf(await reply(requestOfV2(event)), (cookies) => ({ cookies }))
      : resultOf(await reply(requestOfV1(event)), (cookies) => ({
          multiValueHeaders: { 'set-cookie': cookies },
        }));
}

function requestOfV2({
  rawPath,
  rawQueryString,
  cookies,
  headers,
  requestContext,
  ...event
}: GatewayEventV2): ApiRequest {
  const cookie = cookies && cookies.length > 0 ? cookies.join('; ') : undefined;
  return fromPlain({
    method: requestContext.http.method,
    host: requestContext.domainName,
    target: targetOf(rawPath, rawQueryString.replaceAll('#', '%23')),
    headers: pairs({ ...headers, ...(cookie !== undefined && { cookie }) }),
    body: bodyOf(event),
  });
}

function requestOfV1({ path, httpMethod, requestContext, ...event }: GatewayEventV1): ApiRequest {
  const query = pairs(event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {});
  return fromPlain({
    method: httpMethod,
    host: requestContext.domainName ?? '',
    target: targetOf(path, new URLSearchParams(query).toString()),
    headers: pairs(event.multiValueHeaders ?? event.headers ?? {}),
    body: bodyOf(event),
  });
}

/**
 * REST APIs and function URLs hand the path on as it was sent, HTTP APIs percent-decoded. So what cannot stand
 * in a path as it was sent is encoded again, and everything else is left alone.
 */
function targetOf(path: string, query: string): string {
  const encoded = path
    .toWellFormed()
    .replace(/%(?![\da-f]{2})|[?#\\]|[^!-~]/giu, (character) => encodeURIComponent(character));
  return query === '' ? encoded : `${encoded}?${query}`;
}

function pairs(values: NonNullable<Values | MultiValues>): [string, string][] {
  const all: [string, string][] = [];
  for (const [name, value = []] of Object.entries<string | readonly string[] | undefined>(values)) {
    if (typeof value === 'string') all.push([name, value]);
    else for (const single of value) all.push([name, single]);
  }
  return all;
}

function bodyOf({
  body,
  isBase64Encoded,
}: Pick<GatewayEventV1 | GatewayEventV2, 'body' | 'isBase64Encoded'>) {
  return body ? Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') : null;
}

/** A body that is text goes out as text: REST APIs take base64 only for media types they were told of. */
function resultOf(
  { status, headers, cookies = [], body }: Reply,
  setCookies: (cookies: string[]) => Pick<GatewayResult, 'cookies' | 'multiValueHeaders'>,
): GatewayResult {
  const isText = typeof body === 'string' || isUtf8(body);
  return {
    statusCode: status,
    headers: { ...headers },
    ...(cookies.length > 0 && setCookies([...cookies])),
    body: typeof body === 'string' ? body : Buffer.from(body).toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}
