import { hashPartitionKeyValue } from './effective-partition-key.ts';
import { isJsonObject, parseJson, valueAt } from './json.ts';

/** One component of a partition key; `undefined` where the item lacks the property (the SDK sends `{}`). */
export type PartitionKeyComponent = string | number | boolean | null | undefined;

/** A whole partition key: one component a path. */
export type PartitionKey = readonly PartitionKeyComponent[];

/** A container's partition key, as in its definition; more than one path is a hierarchical key. */
export interface PartitionKeyDefinition {
  readonly paths: readonly string[];
  readonly kind: 'Hash' | 'MultiHash';
  readonly version: number;
}

/** Reads a definition out of a container's body; `undefined` when there is none that the service would take. */
export function partitionKeyDefinition(value: unknown): PartitionKeyDefinition | undefined {
  if (!isJsonObject(value) || !Array.isArray(value.paths)) return undefined;
  const paths = value.paths.filter((path): path is string => typeof path === 'string' && /^\/./.test(path));
  if (paths.length === 0 || paths.length > 3 || paths.length !== value.paths.length) return undefined;
  const version = typeof value.version === 'number' ? value.version : 2;
  return { paths, kind: paths.length > 1 ? 'MultiHash' : 'Hash', version };
}

/** Reads the header `x-ms-documentdb-partitionkey` (a JSON array); `undefined` when it is malformed. */
export function parsePartitionKey(text: string): PartitionKey | undefined {
  const parsed = parseJson(text);
  if (!Array.isArray(parsed)) return undefined;
  const components: PartitionKeyComponent[] = [];
  for (const value of parsed) {
    const component = componentOf(value);
    if (component === unsupported) return undefined;
    components.push(component);
  }
  return components;
}

/** The partition key that an item carries; `undefined` when a component is an object or an array. */
export function partitionKeyOf(item: unknown, definition: PartitionKeyDefinition): PartitionKey | undefined {
  const components: PartitionKeyComponent[] = [];
  for (const path of definition.paths) {
    const component = componentOf(valueAt(item, pathParts(path)));
    if (component === unsupported) return undefined;
    components.push(component);
  }
  return components;
}

/** A text that is equal exactly for equal keys. */
export function partitionKeyText(key: PartitionKey): string {
  return JSON.stringify(key.map((component) => (component === undefined ? {} : component)));
}

/** Where a key falls between `''` and `'FF'`, the whole range of a container. */
export function effectivePartitionKey(key: PartitionKey): string {
  return key.map(hashPartitionKeyValue).join('');
}

const unsupported = Symbol('unsupported partition key component');

function componentOf(value: unknown): PartitionKeyComponent | typeof unsupported {
  if (value === null || value === undefined) return value;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return isJsonObject(value) && Object.keys(value).length === 0 ? undefined : unsupported;
}

function pathParts(path: string): string[] {
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replace(/^"(.*)"$/, '$1'));
}
