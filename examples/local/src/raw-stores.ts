import { type DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Container } from '@azure/cosmos';
import * as z from 'zod';

/** An event as it lies in a database, read without any of the code under test. */
export interface RawEvent {
  readonly stream: string;
  /** Origin and sequence: with the stream, its place in the log. */
  readonly place: string;
  readonly origin: string;
  readonly sequence: number;
  readonly id: string;
  readonly type: string;
  readonly seen: string;
  readonly commandId: string | undefined;
  readonly fingerprint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

const dataSchema = z.record(z.string(), z.unknown());
const rawSchema = z.object({
  stream: z.string(),
  id: z.string(),
  type: z.string(),
  seen: z.string().default(''),
  commandid: z.string().optional(),
  fingerprint: z.string().optional(),
});

function rawEvent(record: unknown, place: string, id: string, data: unknown): RawEvent {
  const { commandid: commandId, ...raw } = rawSchema.parse({ ...dataSchema.parse(record), id });
  const [origin = '', sequence] = place.split(/[#:]/);
  return {
    ...raw,
    commandId,
    fingerprint: raw.fingerprint,
    place,
    origin,
    sequence: Number(sequence),
    data: dataSchema.parse(data),
  };
}

const itemSchema = z.looseObject({ place: z.string(), id: z.string(), data: z.string() });
const documentSchema = z.object({
  id: z.string(),
  stream: z.string(),
  event: z.string(),
});
const eventSchema = z.looseObject({ id: z.string(), data: z.unknown() });

/** Beside a stream's events lies the cell's snapshot of it, which is no part of the log. */
function isEvent(found: unknown): boolean {
  return !('snapshot' in dataSchema.parse(found));
}

/** Every item of the table, by a plain scan; or of some streams. */
export async function readTable(
  client: DynamoDBDocumentClient,
  table: string,
  streams?: readonly string[],
): Promise<readonly RawEvent[]> {
  const read = async (stream: string | undefined) => {
    const events: RawEvent[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const paging = { TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) };
      const page = await client.send(
        stream === undefined
          ? new ScanCommand(paging)
          : new QueryCommand({
              ...paging,
              KeyConditionExpression: '#stream = :stream',
              ExpressionAttributeNames: { '#stream': 'stream' },
              ExpressionAttributeValues: { ':stream': stream },
            }),
      );
      for (const found of (page.Items ?? []).filter(isEvent)) {
        const item = itemSchema.parse(found);
        events.push(rawEvent(item, item.place, item.id, JSON.parse(item.data)));
      }
      start = page.LastEvaluatedKey;
    } while (start);
    return events;
  };
  return (await Promise.all((streams ?? [undefined]).map(read))).flat();
}

/** Every document of the container, by a plain query; or of some streams. */
export async function readContainer(
  container: Container,
  streams?: readonly string[],
): Promise<readonly RawEvent[]> {
  const read = async (stream: string | undefined) => {
    const options = stream === undefined ? {} : { partitionKey: stream };
    const { resources } = await container.items.query('SELECT * FROM c', options).fetchAll();
    return resources.filter(isEvent).map((found: unknown) => {
      const { id, stream: of, event: text } = documentSchema.parse(found);
      const event = eventSchema.parse(JSON.parse(text));
      return rawEvent({ ...event, stream: of }, id.replace(':', '#'), event.id, event.data);
    });
  };
  return (await Promise.all((streams ?? [undefined]).map(read))).flat();
}
