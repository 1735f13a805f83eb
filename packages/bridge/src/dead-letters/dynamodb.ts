import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError, TwinlogError } from '@twinlog/core';
import * as z from 'zod';
import { type DeadLetters, IncompleteLetterError } from './dead-letter.ts';
import { fromStored, readHead, readSummary, restIds, toStored } from './parts.ts';

/**
 * Below an item's 400 KB with all else that it holds.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
const partLength = 380_000;

/** The table, in the shape that `CreateTable` takes. */
export function deadLetterTable(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
}

const partItem = z.object({ part: z.string() });

/**
 * Dead letters in a DynamoDB table whose partition key is `id`, a text, with no sort key (`deadLetterTable`). It needs `PutItem`, `GetItem`,
 * `DeleteItem` and `Scan` on the table; the relay and the receiver only `PutItem`.
 */
export function createDynamoDbDeadLetters({
  client,
  table,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}): DeadLetters {
  const attempt = async <Result>(what: string, action: () => Promise<Result>): Promise<Result> => {
    try {
      return await action();
    } catch (cause) {
      if (cause instanceof TwinlogError) throw cause;
      throw new StoreUnavailableError(`Dead letters in ${table}: ${what} failed.`, { cause });
    }
  };
  const put = (item: Readonly<Record<string, unknown>>) =>
    client.send(new PutCommand({ TableName: table, Item: item }));
  const read = async (id: string): Promise<unknown> =>
    (await client.send(new GetCommand({ TableName: table, Key: { id }, ConsistentRead: true }))).Item;

  return {
    put: (letter) =>
      attempt(`keeping ${letter.id}`, async () => {
        const { head, rest } = toStored(letter, partLength);
        for (const part of rest) await put(part);
        await put({ ...head });
      }),

    list: ({ limit, after }) =>
      attempt('listing', async () => {
        let from = after;
        for (;;) {
          const { Items: items = [], LastEvaluatedKey: last } = await client.send(
            new ScanCommand({
              TableName: table,
              Limit: limit,
              ConsistentRead: true,
              FilterExpression: 'attribute_exists(#code)',
              ProjectionExpression: 'id, direction, #code, detail, #at',
              ExpressionAttributeNames: { '#code': 'code', '#at': 'at' },
              ...(from !== undefined && { ExclusiveStartKey: { id: from } }),
            }),
          );
          from = last && z.string().parse(last.id);
          // A scan hands out at most 1 MB before it filters: of large letters that may be their parts alone.
          if (items.length > 0 || from === undefined)
            return { items: items.map(readSummary), ...(from !== undefined && { next: from }) };
        }
      }),

    get: (id) =>
      attempt(`reading ${id}`, async () => {
        const item = await read(id);
        if (item === undefined) return undefined;
        const head = readHead(item);
        const rest = await Promise.all(
          restIds(head).map(async (part) => partItem.safeParse(await read(part)).data?.part),
        );
        const letter = fromStored(head, rest);
        // Without its head it is being removed, head first, and so gone.
        if (letter !== undefined || (await read(id)) === undefined) return letter;
        throw new IncompleteLetterError(id);
      }),

    remove: (id) =>
      attempt(`removing ${id}`, async () => {
        const item = await read(id);
        if (item === undefined) return;
        // The head first: whoever breaks off leaves parts that nobody sees, and that take no more than their room.
        for (const part of [id, ...restIds(readHead(item))])
          await client.send(new DeleteCommand({ TableName: table, Key: { id: part } }));
      }),
  };
}
