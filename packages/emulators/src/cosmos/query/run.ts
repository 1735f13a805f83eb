import { Refused } from '../answer.ts';
import { isJsonObject, parseJson, valueAt } from '../json.ts';
import type { StoredItem } from '../stored-item.ts';
import { amountOf, compareForOrder, evaluate } from './evaluate.ts';
import type { Ordering, Query } from './expression.ts';

/** One page of a query's answer. */
export interface QueryPage {
  /** Each document as JSON text. */
  readonly documents: readonly string[];
  /** `x-ms-continuation`, where there is more. */
  readonly continuation?: string;
  /** How many bytes of items were looked at. */
  readonly scannedBytes: number;
}

/** Items in a stable order, after a place in it. A place is `[range, partition, ordinal]`. */
export type Scan = (
  after: Place | undefined,
) => Iterable<{ readonly item: StoredItem; readonly place: Place }>;
export type Place = readonly [range: number, partition: number, ordinal: number];

/** The most bytes in one page of an answer: 4 MB (service limits, "Per-request limits"). */
const maximumPageBytes = 4 * 1024 * 1024;

/** Runs a parsed query over a scan. @throws Refused 400 for a continuation that this query did not give out. */
export function runQuery(
  query: Query,
  parameters: ReadonlyMap<string, unknown>,
  scan: Scan,
  page: { readonly limit: number; readonly continuation?: string },
): QueryPage {
  const resume =
    page.continuation === undefined ? start(query, parameters) : parseContinuation(page.continuation);
  if (query.counts) return counted(query, parameters, scan);
  const matches =
    query.orderBy.length > 0
      ? ordered(query, parameters, scan, resume)
      : filtered(query, parameters, scan, resume);
  return paged(query, parameters, matches, page.limit, resume);
}

interface Resume {
  readonly place?: Place;
  /** The sort keys at `place`; each in an array, empty where it is undefined. */
  readonly keys?: readonly (readonly unknown[])[];
  /** How many matches are still to be skipped (OFFSET) and may still be given out (TOP, LIMIT). */
  readonly skip: number;
  readonly left: number | null;
}

interface Match {
  readonly item: StoredItem;
  readonly place: Place;
  readonly keys?: readonly (readonly unknown[])[];
}

function start(query: Query, parameters: ReadonlyMap<string, unknown>): Resume {
  const skip = query.offsetLimit === undefined ? 0 : amountOf(query.offsetLimit.offset, parameters);
  const limits = [query.top, query.offsetLimit?.limit].filter((limit) => limit !== undefined);
  const left = limits.map((limit) => amountOf(limit, parameters));
  return { skip, left: left.length === 0 ? null : Math.min(...left) };
}

function* filtered(
  query: Query,
  parameters: ReadonlyMap<string, unknown>,
  scan: Scan,
  resume: Resume,
): Generator<Match> {
  for (const match of scan(resume.place)) if (accepts(query, parameters, match.item)) yield match;
}

function* ordered(
  query: Query,
  parameters: ReadonlyMap<string, unknown>,
  scan: Scan,
  resume: Resume,
): Generator<Match> {
  const matches: Match[] = [];
  for (const match of scan(undefined)) {
    if (!accepts(query, parameters, match.item)) continue;
    matches.push({ ...match, keys: query.orderBy.map(({ path }) => boxed(valueAt(match.item.body, path))) });
  }
  matches.sort((left, right) => compareMatches(query.orderBy, left, right));
  for (const match of matches) {
    if (resume.place === undefined || compareMatches(query.orderBy, match, resume) > 0) yield match;
  }
}

function boxed(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}

/** Ties are broken by `_rid`, in the direction of the first sort key: an index scan's order, which the SDK counts on. */
function compareMatches(
  orderBy: readonly Ordering[],
  left: Pick<Resume, 'keys' | 'place'>,
  right: Pick<Resume, 'keys' | 'place'>,
): number {
  for (const [index, { descending }] of orderBy.entries()) {
    const result = compareForOrder(left.keys?.[index]?.[0], right.keys?.[index]?.[0]);
    if (result !== 0) return descending ? -result : result;
  }
  const byAge = (left.place?.[2] ?? 0) - (right.place?.[2] ?? 0);
  return orderBy[0]?.descending === true ? -byAge : byAge;
}

function paged(
  query: Query,
  parameters: ReadonlyMap<string, unknown>,
  matches: Iterable<Match>,
  limit: number,
  resume: Resume,
): QueryPage {
  const documents: string[] = [];
  let { skip, left } = resume;
  let last: Match | undefined;
  let scannedBytes = 0;
  let pageBytes = 0;
  for (const match of matches) {
    if (left === 0) break;
    if (documents.length >= limit || pageBytes > maximumPageBytes) {
      return { documents, scannedBytes, continuation: continuationAt(last, skip, left) };
    }
    scannedBytes += match.item.bytes;
    last = match;
    if (skip > 0) {
      skip -= 1;
      continue;
    }
    if (left !== null) left -= 1;
    const document = project(query, parameters, match.item);
    if (document === undefined) continue;
    documents.push(document);
    pageBytes += document.length;
  }
  return { documents, scannedBytes };
}

function counted(query: Query, parameters: ReadonlyMap<string, unknown>, scan: Scan): QueryPage {
  let count = 0;
  let scannedBytes = 0;
  for (const { item } of scan(undefined)) {
    scannedBytes += item.bytes;
    if (accepts(query, parameters, item)) count += 1;
  }
  const value =
    query.select.kind === 'value'
      ? evaluate(query.select.value.meaning, { item: {}, parameters, count })
      : count;
  return { documents: [JSON.stringify(value)], scannedBytes };
}

function accepts(query: Query, parameters: ReadonlyMap<string, unknown>, item: StoredItem): boolean {
  return query.where === undefined || evaluate(query.where.meaning, { item: item.body, parameters }) === true;
}

/** The document that an item becomes, as JSON text; `undefined` for a VALUE that the item does not have. */
function project(
  query: Query,
  parameters: ReadonlyMap<string, unknown>,
  item: StoredItem,
): string | undefined {
  const scope = { item: item.body, parameters };
  if (query.select.kind === 'item') return item.text;
  if (query.select.kind === 'value') {
    const value = evaluate(query.select.value.meaning, scope);
    return value === undefined ? undefined : JSON.stringify(value);
  }
  const properties = query.select.properties.map(
    ([name, { meaning }]) => [name, evaluate(meaning, scope)] as const,
  );
  return JSON.stringify(Object.fromEntries(properties));
}

function continuationAt(last: Match | undefined, skip: number, left: number | null): string {
  // base64url, for it travels in a header and a sort key may be any text.
  return Buffer.from(JSON.stringify({ place: last?.place, keys: last?.keys, skip, left })).toString(
    'base64url',
  );
}

function parseContinuation(text: string): Resume {
  const parsed = parseJson(Buffer.from(text, 'base64url').toString());
  if (!isJsonObject(parsed)) throw badContinuation(text);
  const { place, keys, skip, left } = parsed;
  if (!isPlace(place) || typeof skip !== 'number' || (left !== null && typeof left !== 'number')) {
    throw badContinuation(text);
  }
  return { place, skip, left, ...(isKeys(keys) ? { keys } : {}) };
}

function isPlace(value: unknown): value is Place {
  return Array.isArray(value) && value.length === 3 && value.every((part) => typeof part === 'number');
}

function isKeys(value: unknown): value is readonly (readonly unknown[])[] {
  return Array.isArray(value) && value.every((key) => Array.isArray(key));
}

function badContinuation(text: string): Refused {
  return new Refused(400, `Invalid continuation token: ${text.slice(0, 100)}.`);
}
