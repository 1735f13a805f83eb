import { isDeepStrictEqual } from 'node:util';
import { type Item, itemSize } from './item.ts';
import type { Index, Table } from './table.ts';
import type { JsonObject } from './wire.ts';

const WRITE_UNIT_BYTES = 1024;

/** What one write consumed, in write units, by table and index. Indexes that it did not touch are absent. */
export interface WriteUnits {
  readonly table: number;
  readonly globalIndexes: Readonly<Record<string, number>>;
  readonly localIndexes: Readonly<Record<string, number>>;
}

/**
 * Write units of replacing `before` by `after`: 1 unit per started KB of the larger image, and for every index
 * whose entry changes 1 more per started KB of the entry: twice (delete and put) if its key changed
 * ("Provisioned throughput considerations for Global Secondary Indexes").
 */
export function writeUnits(table: Table, before: Item | undefined, after: Item | undefined): WriteUnits {
  return {
    table: Math.max(units(before), units(after), 1),
    globalIndexes: indexUnits(table.globalIndexes, before, after),
    localIndexes: indexUnits(table.localIndexes, before, after),
  };
}

function indexUnits(
  indexes: readonly Index[],
  before: Item | undefined,
  after: Item | undefined,
): Readonly<Record<string, number>> {
  const consumed: Record<string, number> = {};
  for (const index of indexes) {
    const cost = entryUnits(index, entry(index, before), entry(index, after));
    if (cost > 0) consumed[index.name] = cost;
  }
  return consumed;
}

function entryUnits(index: Index, before: Item | undefined, after: Item | undefined): number {
  if (before === undefined || after === undefined) return units(before) + units(after);
  if (isDeepStrictEqual(before, after)) return 0;
  const sameKey = index.keys.every((name) => isDeepStrictEqual(before[name], after[name]));
  return sameKey ? Math.max(units(before), units(after)) : units(before) + units(after);
}

function entry(index: Index, item: Item | undefined): Item | undefined {
  if (item === undefined || index.keys.some((name) => item[name] === undefined)) return undefined;
  if (index.projected === 'ALL') return item;
  const { projected } = index;
  return Object.fromEntries(Object.entries(item).filter(([name]) => projected.includes(name)));
}

function units(item: Item | undefined): number {
  return item === undefined ? 0 : Math.max(1, Math.ceil(itemSize(item) / WRITE_UNIT_BYTES));
}

/** `ConsumedCapacity` of one or more writes to a table, at the level of detail that was asked for. */
export function consumedCapacity(
  tableName: string,
  writes: readonly WriteUnits[],
  detail: 'TOTAL' | 'INDEXES',
): JsonObject {
  const table = writes.reduce((total, write) => total + write.table, 0);
  const globalIndexes = totals(writes.map((write) => write.globalIndexes));
  const localIndexes = totals(writes.map((write) => write.localIndexes));
  const all = [table, ...Object.values(globalIndexes), ...Object.values(localIndexes)];
  const total = { TableName: tableName, CapacityUnits: all.reduce((sum, cost) => sum + cost, 0) };
  if (detail === 'TOTAL') return total;
  return {
    ...total,
    Table: { CapacityUnits: table },
    ...byIndex('GlobalSecondaryIndexes', globalIndexes),
    ...byIndex('LocalSecondaryIndexes', localIndexes),
  };
}

function totals(parts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, cost] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + cost;
  }
  return sums;
}

function byIndex(member: string, costs: Readonly<Record<string, number>>): JsonObject {
  const entries = Object.entries(costs).map(([name, cost]) => [name, { CapacityUnits: cost }]);
  return entries.length === 0 ? {} : { [member]: Object.fromEntries(entries) };
}
