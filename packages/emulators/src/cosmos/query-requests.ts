import { type Answer, Refused } from './answer.ts';
import { pageSize, rangeGone } from './change-feed.ts';
import type { Container, LogicalPartition } from './container.ts';
import { requiredKey } from './item-requests.ts';
import { isJsonObject, parseJson } from './json.ts';
import type { Query } from './query/expression.ts';
import { checkOrderIndexed } from './query/indexing-policy.ts';
import { parseQuery } from './query/parse.ts';
import { needsPlan, planOf } from './query/plan.ts';
import { type Place, runQuery, type Scan } from './query/run.ts';
import { type CosmosRequest, flag, header, partitionKeyHeader } from './request.ts';
import { queryCharge } from './request-charge.ts';

/** Answers a query, or `GET …/docs` without `a-im`, which lists all items. */
export function answerQuery(container: Container, request: CosmosRequest): Answer {
  const { query, parameters } =
    request.method === 'GET'
      ? { query: parseQuery('SELECT * FROM c'), parameters: new Map() }
      : parsedBody(request);
  checkOrderIndexed(query.orderBy, container.resource.indexingPolicy);
  const continuation = header(request, 'x-ms-continuation');
  const page = runQuery(query, parameters, scanFor(container, query, parameters, request), {
    limit: pageSize(request),
    ...(continuation === undefined ? {} : { continuation }),
  });
  return {
    status: 200,
    headers: {
      'x-ms-item-count': String(page.documents.length),
      ...(page.continuation === undefined ? {} : { 'x-ms-continuation': page.continuation }),
    },
    session: container.physical.map(({ id, lsn }) => `${id}:-1#${lsn}`).join(),
    charge: queryCharge(page.scannedBytes),
    body: `{"_rid":"${container.rid}","Documents":[${page.documents.join()}],"_count":${page.documents.length}}`,
  };
}

/** Answers `x-ms-cosmos-is-query-plan-request`. */
export function answerQueryPlan(request: CosmosRequest): Answer {
  const { query, parameters } = parsedBody(request);
  return { status: 200, body: JSON.stringify(planOf(query, parameters)), charge: 1 };
}

/** Queries are few and come again and again, so the last ones are kept parsed. */
const parsedQueries = new Map<string, Query>();

function parsedBody(request: CosmosRequest): {
  readonly query: Query;
  readonly parameters: ReadonlyMap<string, unknown>;
} {
  const body = parseJson(request.body);
  if (!isJsonObject(body) || typeof body.query !== 'string')
    throw new Refused(400, 'A query request needs a query.');
  const parameters = new Map<string, unknown>();
  for (const parameter of Array.isArray(body.parameters) ? body.parameters : []) {
    if (!isJsonObject(parameter) || typeof parameter.name !== 'string' || !parameter.name.startsWith('@')) {
      throw new Refused(400, `A query parameter is {name: "@…", value}, not ${JSON.stringify(parameter)}.`);
    }
    parameters.set(parameter.name, parameter.value);
  }
  const text = body.query;
  const query = parsedQueries.get(text) ?? parseQuery(text);
  if (parsedQueries.size >= 500) parsedQueries.clear();
  parsedQueries.set(text, query);
  return { query, parameters };
}

/** Which items a query looks at: one logical partition, one physical partition, or all of them one after the other. */
function scanFor(
  container: Container,
  query: Query,
  parameters: ReadonlyMap<string, unknown>,
  request: CosmosRequest,
): Scan {
  const key = partitionKeyHeader(request);
  if (key !== undefined) {
    const logical = container.find(requiredKey(container, key));
    return (after) => (logical === undefined ? [] : scanLogical(logical, [0, 0], after));
  }
  const rangeId = header(request, 'x-ms-documentdb-partitionkeyrangeid');
  if (rangeId !== undefined) {
    const range = container.physical.findIndex(({ id }) => id === rangeId);
    if (range < 0) throw rangeGone(rangeId);
    const from = header(request, 'x-ms-start-epk') ?? '';
    const to = header(request, 'x-ms-end-epk') ?? 'FF';
    return (after) => scanPhysical(container, [range], after, ({ epk }) => epk >= from && epk < to);
  }
  if (!flag(request, 'x-ms-documentdb-query-enablecrosspartition')) {
    throw new Refused(
      400,
      'Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition to true, or specify the partition key.',
    );
  }
  if (container.physical.length > 1 && needsPlan(query)) throw new PlanNeeded(planOf(query, parameters));
  return (after) => scanPhysical(container, container.physical.keys(), after, () => true);
}

/** 400, substatus 1004: the gateway cannot answer this across partitions; the SDK is to ask for a plan and do it. */
export class PlanNeeded extends Refused {
  readonly plan: unknown;

  constructor(plan: unknown) {
    super(400, 'The provided cross partition query can not be directly served by the gateway.', 1004);
    this.plan = plan;
  }
}

function* scanPhysical(
  container: Container,
  ranges: Iterable<number>,
  after: Place | undefined,
  accept: (partition: LogicalPartition) => boolean,
): ReturnType<typeof scanLogical> {
  for (const range of ranges) {
    if (after !== undefined && range < after[0]) continue;
    const first = after !== undefined && range === after[0] ? after[1] : 0;
    const partitions = container.physical[range]?.logical ?? [];
    for (let index = first; index < partitions.length; index++) {
      const logical = partitions[index];
      if (logical !== undefined && accept(logical)) yield* scanLogical(logical, [range, index], after);
    }
  }
}

function* scanLogical(
  logical: LogicalPartition,
  [range, index]: readonly [number, number],
  after: Place | undefined,
) {
  const resumesHere = after !== undefined && after[0] === range && after[1] === index;
  for (const item of logical.items.values()) {
    if (resumesHere && item.ordinal <= after[2]) continue;
    const place: Place = [range, index, item.ordinal];
    yield { item, place };
  }
}
