import { amountOf } from './evaluate.ts';
import type { Query } from './expression.ts';

/**
 * The query plan that the service gives an SDK for a query over several partitions: what the SDK has to merge, and the
 * query to send to each partition instead. ORDER BY is rewritten so that each answer carries its sort keys, COUNT so
 * that the counts can be added, OFFSET so that every partition answers enough.
 */
export function planOf(query: Query, parameters: ReadonlyMap<string, unknown>): unknown {
  const top = query.top === undefined ? null : amountOf(query.top, parameters);
  const offset = query.offsetLimit === undefined ? null : amountOf(query.offsetLimit.offset, parameters);
  const limit = query.offsetLimit === undefined ? null : amountOf(query.offsetLimit.limit, parameters);
  return {
    partitionedQueryExecutionInfoVersion: 2,
    queryInfo: {
      distinctType: 'None',
      top,
      offset,
      limit,
      orderBy: query.orderBy.map(({ descending }) => (descending ? 'Descending' : 'Ascending')),
      orderByExpressions: query.orderBy.map(({ text }) => text),
      groupByExpressions: [],
      groupByAliases: [],
      aggregates: query.counts ? ['Count'] : [],
      groupByAliasToAggregateType: {},
      rewrittenQuery: rewritten(query, top, offset, limit),
      hasSelectValue: query.select.kind === 'value',
      hasNonStreamingOrderBy: false,
    },
    queryRanges: [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }],
  };
}

/** Whether one partition's answer is not simply a part of the whole answer, so that the SDK has to ask for a plan. */
export function needsPlan(query: Query): boolean {
  return (
    query.counts || query.orderBy.length > 0 || query.top !== undefined || query.offsetLimit !== undefined
  );
}

/** Where the SDK puts its own condition when it resumes. */
const resumeFilter = '{documentdb-formattableorderbyquery-filter}';

function rewritten(query: Query, top: number | null, offset: number | null, limit: number | null): string {
  if (!needsPlan(query)) return '';
  const first = top === null ? '' : `TOP ${top} `;
  const last = offset === null || limit === null ? '' : ` OFFSET 0 LIMIT ${offset + limit}`;
  const where = query.where === undefined ? '' : ` WHERE ${query.where.text}`;
  if (query.orderBy.length === 0)
    return `SELECT ${first}${projection(query)} FROM ${query.from}${where}${last}`;
  const keys = query.orderBy.map(({ text }) => `{"item": ${text}}`).join(', ');
  const orders = query.orderBy
    .map(({ text, descending }) => `${text} ${descending ? 'DESC' : 'ASC'}`)
    .join(', ');
  const condition = query.where === undefined ? resumeFilter : `(${query.where.text}) AND ${resumeFilter}`;
  return (
    `SELECT ${first}${query.alias}._rid, [${keys}] AS orderByItems, ${payload(query)} AS payload ` +
    `FROM ${query.from} WHERE (${condition}) ORDER BY ${orders}${last}`
  );
}

function projection(query: Query): string {
  if (query.select.kind === 'item') return '*';
  if (query.select.kind === 'value') {
    const { text } = query.select.value;
    return query.counts ? `VALUE [{"item": ${text}}]` : `VALUE ${text}`;
  }
  return query.select.properties.map(([name, { text }]) => `${text} AS ${name}`).join(', ');
}

function payload(query: Query): string {
  if (query.select.kind === 'item') return query.alias;
  if (query.select.kind === 'value') return query.select.value.text;
  return `{${query.select.properties.map(([name, { text }]) => `${JSON.stringify(name)}: ${text}`).join(', ')}}`;
}
