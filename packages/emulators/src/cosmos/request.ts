import type { IncomingHttpHeaders } from 'node:http';
import { Refused } from './answer.ts';
import type { CosmosOperation, CosmosOperationKind } from './fault.ts';
import { isJsonObject, parseJson } from './json.ts';
import { type PartitionKey, parsePartitionKey } from './partition-key.ts';

/** A request as it came in, its path cut and its headers at hand. */
export interface CosmosRequest {
  readonly method: string;
  /** Decoded path segments: `dbs`, `<database>`, `colls`, `<container>`, `docs`, `<id>`. */
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a request wants, in more detail than `CosmosOperationKind` tells a test. */
export type Verb = CosmosOperationKind | 'queryPlan' | 'bulk';

/** A header's value, or `undefined`. */
export function header(request: Pick<CosmosRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Whether a boolean header is set; the SDK writes `true`, `True` and `1`. */
export function flag(request: CosmosRequest, name: string): boolean {
  return /^(true|1)$/i.test(header(request, name) ?? '');
}

/** Cuts a request's path. @throws Refused 400 for a path that cannot be decoded. */
export function segmentsOf(url: string): readonly string[] {
  const path = url.split('?', 1)[0] ?? '';
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    throw new Refused(400, `The path ${path} is not properly encoded.`);
  }
}

/** What a request to `…/docs` or `…/docs/<id>` wants; everything else is metadata. */
export function verbOf(request: CosmosRequest): Verb {
  const { method, segments } = request;
  if (segments[4] !== 'docs') return 'metadata';
  if (segments.length === 6) return itemVerbs[method] ?? 'metadata';
  if (method === 'GET') return header(request, 'a-im') === undefined ? 'query' : 'changeFeed';
  if (flag(request, 'x-ms-cosmos-is-query-plan-request')) return 'queryPlan';
  if (flag(request, 'x-ms-documentdb-isquery')) return 'query';
  if (flag(request, 'x-ms-cosmos-is-batch-request')) {
    return flag(request, 'x-ms-cosmos-batch-atomic') ? 'batch' : 'bulk';
  }
  return flag(request, 'x-ms-documentdb-is-upsert') ? 'upsert' : 'create';
}

const itemVerbs: Readonly<Record<string, Verb>> = { GET: 'read', PUT: 'replace', DELETE: 'delete' };

/** Under which kind a verb is counted. */
export function kindOf(verb: Verb): CosmosOperationKind {
  if (verb === 'queryPlan') return 'metadata';
  return verb === 'bulk' ? 'batch' : verb;
}

/** What a fault hook is told about a request. */
export function operationOf(request: CosmosRequest, verb: Verb): CosmosOperation {
  const kind = kindOf(verb);
  const [, database, , container, , item] = request.segments;
  const key = partitionKeyHeader(request);
  const id = item ?? (kind === 'create' || kind === 'upsert' ? idIn(request.body) : undefined);
  return {
    kind,
    ...(database === undefined ? {} : { database }),
    ...(container === undefined ? {} : { container }),
    ...(key === undefined ? {} : { partitionKey: key.length === 1 ? key[0] : key }),
    ...(id === undefined ? {} : { id }),
  };
}

/** The header `x-ms-documentdb-partitionkey`. @throws Refused 400 where it is malformed. */
export function partitionKeyHeader(request: CosmosRequest): PartitionKey | undefined {
  const text = header(request, 'x-ms-documentdb-partitionkey');
  if (text === undefined) return undefined;
  const key = parsePartitionKey(text);
  if (key === undefined) throw new Refused(400, `The partition key ${text} is invalid.`);
  return key;
}

function idIn(body: string): string | undefined {
  const item = parseJson(body);
  return isJsonObject(item) && typeof item.id === 'string' ? item.id : undefined;
}
