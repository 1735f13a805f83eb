import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
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

/** Every item of the table, by a plain scan. */
export async function readTable(client: DynamoDBDocumentClient, table: string): Promise<readonly RawEvent[]> {
  const itemSchema = z.looseObject({ place: z.string(), id: z.string(), data: z.string() });
  const events: RawEvent[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
    );
    for (const found of page.Items ?? []) {
      const item = itemSchema.parse(found);
      events.push(rawEvent(item, item.place, item.id, JSON.parse(item.data)));
    }
    start = page.LastEvaluatedKey;
  } while (start);
  return events;
}

/** Every document of the container, by a plain query. */
export async function readContainer(container: Container): Promise<readonly RawEvent[]> {
  const documentSchema = z.object({
    id: z.string(),
    stream: z.string(),
    event: z.looseObject({ id: z.string() }),
  });
  const { resources } = await container.items.query('SELECT * FROM c').fetchAll();
  return resources.map((found: unknown) => {
    const { id, stream, event } = documentSchema.parse(found);
    return rawEvent({ ...event, stream }, id.replace(':', '#'), event.id, event.data);
  });
}
