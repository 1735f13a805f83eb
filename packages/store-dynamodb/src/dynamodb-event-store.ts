import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import {
  createClockSkew,
  createPaging,
  type DomainEvent,
  type EventStore,
  EventTooLargeError,
  StoreUnavailableError,
} from '@twinlog/core';
import { faultOf } from './fault.ts';
import { listStreams, type QueryIndex, scanOrigin } from './index-reads.ts';
import { asItem, decodeItem, encodeItem, type Item, itemSize, maxItemBytes } from './item.ts';
import { dynamoDbSnapshots, eventsOf } from './snapshots.ts';
import { textsOf } from './stream-record.ts';

export interface DynamoDbEventStoreOptions {
  /** Made, configured and destroyed by the caller. Its retries are the store's: the SDK's default of 3 tries or more. */
  readonly client: DynamoDBClient | DynamoDBDocumentClient;
  /** The table of `tableDefinition`. */
  readonly table: string;
  /** Signs the cursors of pages; the same in every instance. See `createPaging`. */
  readonly cursorKey?: string;
  /** Milliseconds since 1970, to be compared with the database's clock; `Date.now` unless told. */
  readonly now?: () => number;
}

/**
 * The event store on one DynamoDB table. `insert` and `read` are strongly consistent; `list` and `scan` read
 * secondary indexes, which follow within a second as a rule, and are promised no time.
 *
 * Methods throw StoreUnavailableError for throttling, 5xx, time-outs and lost connections, after the client's
 * own retries; EventTooLargeError before anything is sent; EventRefusedError for a `ValidationException` that is the
 * event's fault; TwinlogError `store_misconfigured` where access is denied or the table or an index is missing or
 * another one.
 */
export function createDynamoDbEventStore(options: DynamoDbEventStoreOptions): EventStore {
  const { client, table, cursorKey, now = Date.now } = options;
  const documents = client instanceof DynamoDBClient ? DynamoDBDocumentClient.from(client) : client;
  const skew = createClockSkew(now);
  const paging = createPaging(cursorKey);

  /** Closest to the wire, so that it sees refusals too. */
  const watchDate = <Args, Output extends { readonly response: unknown }>(
    next: (args: Args) => Promise<Output>,
  ) => {
    return async (args: Args): Promise<Output> => {
      const answer = await next(args);
      skew.note(dateOf(answer.response));
      return answer;
    };
  };
  const closest = { step: 'deserialize', priority: 'low', name: 'twinlogClockSkew', override: true } as const;

  async function query(operation: string, input: Omit<QueryCommandInput, 'TableName'>) {
    const command = new QueryCommand({ TableName: table, ...input });
    command.middlewareStack.add(watchDate, closest);
    try {
      return await documents.send(command);
    } catch (error) {
      throw faultOf(error, operation, table);
    }
  }

  async function* pages(
    operation: string,
    input: Omit<QueryCommandInput, 'TableName'>,
  ): AsyncGenerator<readonly Item[], void, undefined> {
    let start: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const page = await query(operation, { ...input, ...(start && { ExclusiveStartKey: start }) });
      yield (page.Items ?? []).map(asItem);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  const queryIndex =
    (operation: string): QueryIndex =>
    ({ index, condition, names, values, limit }) =>
      pages(operation, {
        IndexName: index,
        KeyConditionExpression: condition,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
        Limit: limit,
      });

  /** The event in the way. DynamoDB hands it back with its refusal; a stand-in may not, and is asked for it. */
  async function inTheWay(refusal: ConditionalCheckFailedException, item: Item): Promise<DomainEvent> {
    if (refusal.Item) return decodeItem(textsOf(refusal.Item));
    const { stream, place } = item;
    const command = new GetCommand({ TableName: table, Key: { stream, place }, ConsistentRead: true });
    const { Item: found } = await documents.send(command);
    if (found) return decodeItem(asItem(found));
    throw new StoreUnavailableError(
      `DynamoDB refused "insert" on table "${table}" for an item that it then could not find. Send the same request again.`,
      { cause: refusal },
    );
  }

  async function putSnapshot(item: Item): Promise<void> {
    const bytes = itemSize(item);
    if (bytes > maxItemBytes) throw new EventTooLargeError(bytes, maxItemBytes);
    const command = new PutCommand({ TableName: table, Item: item });
    command.middlewareStack.add(watchDate, closest);
    try {
      await documents.send(command);
    } catch (error) {
      throw faultOf(error, 'keep', table);
    }
  }

  return {
    insert: async (event) => {
      const item = encodeItem(event);
      const bytes = itemSize(item);
      if (bytes > maxItemBytes) throw new EventTooLargeError(bytes, maxItemBytes);
      const command = new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(#stream)',
        ExpressionAttributeNames: { '#stream': 'stream' },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      command.middlewareStack.add(watchDate, closest);
      try {
        await documents.send(command);
        return { inserted: true };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw faultOf(error, 'insert', table);
        const existing = await inTheWay(error, item).catch((later: unknown) => {
          throw faultOf(later, 'insert', table);
        });
        return { inserted: false, existing };
      }
    },

    read: async (stream) => {
      const found: DomainEvent[] = [];
      for await (const page of pages('read', eventsOf(stream)))
        for (const item of page) found.push(decodeItem(item));
      return found;
    },

    list: (query) => listStreams(queryIndex('list'), paging, query),

    scan: (query) => scanOrigin(queryIndex('scan'), paging, query),

    clockSkew: skew.current,

    snapshots: dynamoDbSnapshots({ query, put: putSnapshot }),
  };
}

/** The `Date` of an HTTP answer, whose shape the SDK leaves open. */
function dateOf(response: unknown): unknown {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  return typeof headers === 'object' && headers !== null && 'date' in headers ? headers.date : undefined;
}
