import type { ApiRequest } from './api-request.ts';

/** Whose scripts may call the API from a browser. Without it no answer has a CORS header, and so none may. */
export interface Cors {
  /** Origins to the letter, such as `https://shop.example`, or `*` for any. */
  readonly origins: '*' | readonly string[];
  /** How long a browser may keep what a preflight was told, in seconds; 600 unless told. */
  readonly maxAgeSeconds?: number;
}

/** Credentials are bearer tokens, which a script sends itself: cookies are never allowed. */
const requestHeaders = [
  'Accept',
  'Authorization',
  'Consistency-Token',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Prefer',
  'traceparent',
  'X-Request-Id',
].join(', ');

const answerHeaders = [
  'Allow',
  'Consistency-Token',
  'Consistency-Token-Capped',
  'ETag',
  'Link',
  'Location',
  'Preference-Applied',
  'Retry-After',
  'traceparent',
  'WWW-Authenticate',
  'X-Request-Id',
].join(', ');

/** The CORS headers of an answer, by the Fetch standard; none to an origin that is not listed. */
export function corsHeaders(
  cors: Cors | undefined,
  { method, headers }: ApiRequest,
): Readonly<Record<string, string>> {
  if (!cors) return {};
  const { origins, maxAgeSeconds = 600 } = cors;
  const origin = headers.get('origin');
  const vary: Readonly<Record<string, string>> = origins === '*' ? {} : { vary: 'Origin' };
  if (origin === null || (origins !== '*' && !origins.includes(origin))) return vary;
  const allowed = { ...vary, 'access-control-allow-origin': origins === '*' ? '*' : origin };
  const isPreflight = method === 'OPTIONS' && headers.get('access-control-request-method') !== null;
  return isPreflight
    ? {
        ...allowed,
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-allow-headers': requestHeaders,
        'access-control-max-age': String(maxAgeSeconds),
      }
    : {
        ...allowed,
        'access-control-expose-headers': answerHeaders,
        'cross-origin-resource-policy': 'cross-origin',
      };
}
