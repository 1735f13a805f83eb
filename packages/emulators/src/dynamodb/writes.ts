import type { Engine } from './engine.ts';
import { type Item, isItem, itemSize, pick } from './item.ts';
import { createItemLocks } from './item-locks.ts';
import { keyOf, keyText, type Table } from './table.ts';
import type { Tables } from './tables.ts';
import {
  type Answer,
  isJsonObject,
  isList,
  isRefusal,
  type JsonObject,
  objectAt,
  refusal,
  textAt,
} from './wire.ts';
import { consumedCapacity, type WriteUnits, writeUnits } from './write-capacity.ts';

/** "The maximum item size in DynamoDB is 400 KB, which includes both attribute name and value lengths." */
const MAX_ITEM_BYTES = 400 * 1024;

/** Performs the operations that write items, recording on the table's stream what went through. */
export interface Writes {
  perform(operation: WriteOperation, payload: JsonObject): Promise<Answer>;
}

export type WriteOperation = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem';

export function createWrites(engine: Engine, tables: Tables): Writes {
  // An image before, the write and its stream record are one step per item; hence the order of the stream.
  const locks = createItemLocks();
  // Every write comes through here: what was never put need not be looked for.
  const putOnce = new Set<string>();

  async function read(table: Table, key: Item): Promise<Item | undefined> {
    if (!putOnce.has(keyText(table, key))) return undefined;
    const answer = await engine.call('GetItem', { TableName: table.name, Key: key, ConsistentRead: true });
    return isItem(answer.body.Item) ? answer.body.Item : undefined;
  }

  async function writeOne(operation: WriteOperation, payload: JsonObject): Promise<Answer> {
    const table = tables.get(textAt(payload, 'TableName'));
    const item = operation === 'PutItem' ? payload.Item : payload.Key;
    const key = table !== undefined && isItem(item) ? keyOf(table, item) : undefined;
    if (table === undefined || key === undefined || !isItem(item)) return engine.call(operation, payload);
    if (itemSize(item) > MAX_ITEM_BYTES) return tooLarge();
    return locks.run([keyText(table, key)], async () => {
      const { answer, before, after } =
        operation === 'UpdateItem'
          ? await update(table, key, payload)
          : await replace(operation, payload, operation === 'PutItem' ? item : undefined);
      if (isRefusal(answer, 'ConditionalCheckFailedException'))
        return withItemInTheWay(answer, table, key, payload);
      if (answer.status !== 200) return answer;
      if (after !== undefined) putOnce.add(keyText(table, key));
      record(table, key, before, after);
      return withCapacity(answer, payload, [[table, writeUnits(table, before, after)]], false);
    });
  }

  /** Put and delete hand back the old item when asked, so asking for it spares a read. */
  async function replace(
    operation: WriteOperation,
    payload: JsonObject,
    after: Item | undefined,
  ): Promise<Written> {
    const quiet = payload.ReturnValues === undefined || payload.ReturnValues === 'NONE';
    const asked = quiet ? { ...payload, ReturnValues: 'ALL_OLD' } : payload;
    const answer = await engine.call(operation, asked);
    const { Attributes: before, ...body } = answer.body;
    return {
      answer: quiet ? { ...answer, body } : answer,
      before: isItem(before) ? before : undefined,
      after,
    };
  }

  async function update(table: Table, key: Item, payload: JsonObject): Promise<Written> {
    const before = await read(table, key);
    const answer = await engine.call('UpdateItem', payload);
    if (answer.status !== 200) return { answer, before, after: undefined };
    putOnce.add(keyText(table, key));
    return { answer, before, after: await read(table, key) };
  }

  async function withItemInTheWay(
    answer: Answer,
    table: Table,
    key: Item,
    payload: JsonObject,
  ): Promise<Answer> {
    if (payload.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return answer;
    const item = await read(table, key);
    return item === undefined ? answer : { ...answer, body: { ...answer.body, Item: item } };
  }

  async function writeBatch(payload: JsonObject): Promise<Answer> {
    const parts = batchParts(payload, tables);
    if (parts.some(({ after }) => after !== undefined && itemSize(after) > MAX_ITEM_BYTES)) return tooLarge();
    const names = parts.map(({ table, key }) => keyText(table, key));
    return locks.run(names, async () => {
      const befores = await Promise.all(parts.map(({ table, key }) => read(table, key)));
      const answer = await engine.call('BatchWriteItem', payload);
      if (answer.status !== 200) return answer;
      const costs = parts.map(({ table, key, after }, n): readonly [Table, WriteUnits] => {
        if (after !== undefined) putOnce.add(keyText(table, key));
        record(table, key, befores[n], after);
        return [table, writeUnits(table, befores[n], after)];
      });
      return withCapacity(answer, payload, costs, true);
    });
  }

  return {
    perform: (operation, payload) =>
      operation === 'BatchWriteItem' ? writeBatch(payload) : writeOne(operation, payload),
  };
}

interface Written {
  readonly answer: Answer;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

interface BatchPart {
  readonly table: Table;
  readonly key: Item;
  readonly after: Item | undefined;
}

/** The requests of a batch that have a table and a key; the database refuses the batch if any has not. */
function batchParts(payload: JsonObject, tables: Tables): readonly BatchPart[] {
  return Object.entries(objectAt(payload, 'RequestItems')).flatMap(([name, requests]) => {
    const table = tables.get(name);
    if (table === undefined || !isList(requests)) return [];
    return requests.filter(isJsonObject).flatMap((request): readonly BatchPart[] => {
      const after = objectAt(request, 'PutRequest').Item;
      const removed = objectAt(request, 'DeleteRequest').Key;
      const source = isItem(after) ? after : isItem(removed) ? removed : {};
      const key = pick(source, table.keys);
      return key === undefined ? [] : [{ table, key, after: isItem(after) ? after : undefined }];
    });
  });
}

function record(table: Table, keys: Item, before: Item | undefined, after: Item | undefined): void {
  table.stream?.append(JSON.stringify(keys[table.keys[0] ?? '']), { keys, before, after });
}

/** Replaces dynalite's figure, which leaves the indexes out and counts UTF-16 units instead of bytes. */
function withCapacity(
  answer: Answer,
  payload: JsonObject,
  costs: readonly (readonly [Table, WriteUnits])[],
  asList: boolean,
): Answer {
  const detail = payload.ReturnConsumedCapacity;
  if (detail !== 'TOTAL' && detail !== 'INDEXES') return answer;
  const byTable = Map.groupBy(costs, ([table]) => table.name);
  const all = [...byTable].map(([name, list]) =>
    consumedCapacity(
      name,
      list.map(([, units]) => units),
      detail,
    ),
  );
  return { ...answer, body: { ...answer.body, ConsumedCapacity: asList ? all : all[0] } };
}

function tooLarge(): Answer {
  return refusal('ValidationException', 'Item size has exceeded the maximum allowed size');
}
