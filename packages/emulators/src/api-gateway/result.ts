import { matchesMediaType } from './media-type.ts';

/** An answer, ready for the socket. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Lambda's limit on what a synchronous invocation may return. */
const MAX_RESULT_BYTES = 6 * 1024 * 1024;

type Members = Readonly<Record<string, unknown>>;

/**
 * What an HTTP API makes of the function's result (payload format 2.0), or `undefined` if it is malformed. Without
 * a `statusCode`, the result itself is the body: 200, `application/json`.
 */
export function fromResultV2(result: unknown): HttpAnswer | undefined {
  if (!isMembers(result) || result.statusCode === undefined) {
    const text = typeof result === 'string' ? result : JSON.stringify(result ?? null);
    return { status: 200, headers: [['content-type', 'application/json']], body: Buffer.from(text) };
  }
  const cookies = result.cookies ?? [];
  if (!Array.isArray(cookies)) return undefined;
  const setCookies = cookies.map((cookie: unknown) => ['set-cookie', String(cookie)] as const);
  const headers = singleValues(result.headers)?.filter(([name]) => !DROPPED.has(name.toLowerCase()));
  const decode = result.isBase64Encoded === true;
  return assemble(result, headers && [...headers, ...setCookies], decode, 'text/plain;charset=UTF-8');
}

/**
 * What a REST API makes of the function's result (payload format 1.0), or `undefined` if it is malformed. Base64 is
 * decoded only where the API's binary media types cover what the client accepts or the answer is.
 */
export function fromResultV1(
  result: unknown,
  accept: string | undefined,
  binaryMediaTypes: readonly string[],
): HttpAnswer | undefined {
  if (!isMembers(result) || result.statusCode === undefined) return undefined;
  const single = singleValues(result.headers);
  const multi = multiValues(result.multiValueHeaders);
  if (single === undefined || multi === undefined) return undefined;
  const repeated = new Set(multi.map(([name, value]) => `${name.toLowerCase()}: ${value}`));
  const own = single.filter(([name, value]) => !repeated.has(`${name.toLowerCase()}: ${value}`));
  const merged = [...own, ...multi].filter(([name]) => name.toLowerCase() !== 'transfer-encoding');
  const type = merged.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const binary = matchesMediaType(accept, binaryMediaTypes) || matchesMediaType(type, binaryMediaTypes);
  return assemble(
    result,
    merged.map(remapped),
    result.isBase64Encoded === true && binary,
    'application/json',
  );
}

// The gateway writes these itself.
const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
]);
// A REST API renames these in what a function returns ("Amazon API Gateway important notes").
const REMAPPED: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'date', 'server', 'www-authenticate'],
]);

function remapped([name, value]: readonly [string, string]): readonly [string, string] {
  return REMAPPED.has(name.toLowerCase()) ? [`x-amzn-Remapped-${name}`, value] : [name, value];
}

function assemble(
  result: Members,
  headers: HttpAnswer['headers'] | undefined,
  decode: boolean,
  defaultType: string,
): HttpAnswer | undefined {
  const status = Number(result.statusCode);
  const body = result.body ?? '';
  if (headers === undefined || typeof body !== 'string' || body.length > MAX_RESULT_BYTES) return undefined;
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    status,
    headers: typed || body === '' ? headers : [['content-type', defaultType], ...headers],
    body: Buffer.from(body, decode ? 'base64' : 'utf8'),
  };
}

function singleValues(headers: unknown): readonly (readonly [string, string])[] | undefined {
  if (headers === undefined || headers === null) return [];
  if (!isMembers(headers)) return undefined;
  const entries = Object.entries(headers);
  if (entries.some(([, value]) => typeof value === 'object' && value !== null)) return undefined;
  return entries.map(([name, value]) => [name, String(value)] as const);
}

function multiValues(headers: unknown): readonly (readonly [string, string])[] | undefined {
  if (headers === undefined || headers === null) return [];
  if (!isMembers(headers)) return undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const [name, values] of Object.entries(headers)) {
    if (!Array.isArray(values)) return undefined;
    for (const value of values) pairs.push([name, String(value)]);
  }
  return pairs;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
