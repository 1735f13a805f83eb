import type { ChangeStream } from './change-stream.ts';
import type { Item } from './item.ts';
import { pick } from './item.ts';
import type { Protection } from './protection.ts';
import { isJsonObject, isList, type JsonObject, objectAt, textAt } from './wire.ts';

/** A secondary index, with what it projects. */
export interface Index {
  readonly name: string;
  readonly keys: readonly string[];
  /** Attribute names copied into the index, or `'ALL'`. */
  readonly projected: readonly string[] | 'ALL';
}

/** What the facade must know of a table to lock, measure and record its writes. */
export interface Table {
  readonly name: string;
  readonly arn: string;
  /** Names of the partition key and, if there is one, the sort key. */
  readonly keys: readonly string[];
  readonly keySchema: readonly JsonObject[];
  readonly globalIndexes: readonly Index[];
  readonly localIndexes: readonly Index[];
  readonly stream: ChangeStream | undefined;
  readonly protection: Protection;
}

/** Reads a `TableDescription`. */
export function toTable(
  description: JsonObject,
  protection: Protection,
  stream: ChangeStream | undefined,
): Table {
  const keySchema = objects(description.KeySchema);
  const keys = keyNames(keySchema);
  return {
    name: textAt(description, 'TableName') ?? '',
    arn: textAt(description, 'TableArn') ?? '',
    keys,
    keySchema,
    globalIndexes: objects(description.GlobalSecondaryIndexes).map((index) => toIndex(index, keys)),
    localIndexes: objects(description.LocalSecondaryIndexes).map((index) => toIndex(index, keys)),
    stream,
    protection,
  };
}

function toIndex(index: JsonObject, tableKeys: readonly string[]): Index {
  const keys = keyNames(objects(index.KeySchema));
  const projection = objectAt(index, 'Projection');
  const others = isList(projection.NonKeyAttributes) ? projection.NonKeyAttributes.map(String) : [];
  return {
    name: textAt(index, 'IndexName') ?? '',
    keys,
    projected: projection.ProjectionType === 'ALL' ? 'ALL' : [...new Set([...tableKeys, ...keys, ...others])],
  };
}

function keyNames(schema: readonly JsonObject[]): readonly string[] {
  return [...schema]
    .sort((left, right) => String(left.KeyType).localeCompare(String(right.KeyType)))
    .map((element) => String(element.AttributeName));
}

function objects(value: unknown): readonly JsonObject[] {
  return isList(value) ? value.filter(isJsonObject) : [];
}

/** The item's key, or `undefined` if it has none (which the database will refuse). */
export function keyOf(table: Table, item: Item): Item | undefined {
  return pick(item, table.keys);
}

/** One text per item, equal for equal keys. */
export function keyText(table: Table, key: Item): string {
  return JSON.stringify([table.name, ...table.keys.map((name) => key[name])]);
}
