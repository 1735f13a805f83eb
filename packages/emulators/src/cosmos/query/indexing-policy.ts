import { Refused } from '../answer.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { Ordering } from './expression.ts';

/**
 * `ORDER BY` is answered from the index alone: each path must be indexed, and more than one path needs a composite
 * index with the same paths in the same order, all in these directions or all in the opposite ones.
 *
 * @throws Refused 400 where the container's indexing policy has no such index.
 */
export function checkOrderIndexed(orderBy: readonly Ordering[], policy: unknown): void {
  if (orderBy.length === 0) return;
  const written = isJsonObject(policy) ? policy : {};
  if (orderBy.length > 1) {
    if (compositeIndexes(written).some((index) => serves(index, orderBy))) return;
    throw new Refused(
      400,
      'The order by query does not have a corresponding composite index that it can be served from: ' +
        `${orderBy.map(({ text, descending }) => `${text} ${descending ? 'DESC' : 'ASC'}`).join(', ')}.`,
    );
  }
  for (const { path, text } of orderBy) {
    if (isIndexed(path, written)) continue;
    throw new Refused(
      400,
      `The order-by item ${text} is not in the container's index, so it cannot be sorted by.`,
    );
  }
}

interface CompositePath {
  readonly path: string;
  readonly descending: boolean;
}

function compositeIndexes(policy: JsonObject): readonly (readonly CompositePath[])[] {
  const given = policy.compositeIndexes;
  if (!Array.isArray(given)) return [];
  return given
    .filter((index): index is unknown[] => Array.isArray(index))
    .map((index) =>
      index.filter(isJsonObject).map((entry) => ({
        path: String(entry.path).replace(/\/\?$/, ''),
        descending: entry.order === 'descending',
      })),
    );
}

function serves(index: readonly CompositePath[], orderBy: readonly Ordering[]): boolean {
  if (index.length !== orderBy.length) return false;
  const samePaths = orderBy.every(({ path }, at) => `/${path.join('/')}` === index[at]?.path);
  const sameWay = orderBy.filter(({ descending }, at) => descending === index[at]?.descending).length;
  return samePaths && (sameWay === 0 || sameWay === orderBy.length);
}

/** `id` and `_ts` are always indexed; for any other path the most exact rule that covers it decides. */
function isIndexed(path: readonly (string | number)[], policy: JsonObject): boolean {
  const wanted = path.map((part) => (typeof part === 'number' ? '[]' : part));
  if (wanted.length === 1 && (wanted[0] === 'id' || wanted[0] === '_ts')) return true;
  if (policy.indexingMode === 'none') return false;
  const included = closest(rules(policy.includedPaths ?? [{ path: '/*' }]), wanted);
  const excluded = closest(rules(policy.excludedPaths), wanted);
  return included > excluded;
}

function rules(paths: unknown): readonly string[] {
  if (!Array.isArray(paths)) return [];
  return paths.filter(isJsonObject).map((entry) => String(entry.path));
}

/** How exactly the closest rule covers a path: -1 not at all; `/a/?` is more exact than `/a/*`. */
function closest(given: readonly string[], wanted: readonly string[]): number {
  let best = -1;
  for (const rule of given) {
    const parts = rule
      .slice(1)
      .split('/')
      .map((part) => part.replace(/^"(.*)"$/, '$1'));
    const exact = parts.at(-1) === '?';
    const prefix = parts.slice(0, -1);
    const covers =
      prefix.every((part, at) => part === wanted[at]) && (!exact || prefix.length === wanted.length);
    if (covers) best = Math.max(best, prefix.length * 2 + (exact ? 1 : 0));
  }
  return best;
}
