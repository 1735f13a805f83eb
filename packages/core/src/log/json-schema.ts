import * as z from 'zod';
import { dataschemaOf } from './event.ts';
import type { EventTypes } from './event-types.ts';
import { recordSchemas } from './meaning.ts';

/** A JSON Schema as JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The JSON Schema of one published version of an event. */
export interface PublishedSchema {
  /** The whole type: `io.twinlog.transaction.captured.v1`. */
  readonly type: string;
  /** What `dataschema` of such an event says, and `$id` of the schema. */
  readonly dataschema: string;
  /** Of the event's `data`, in draft 2020-12. */
  readonly schema: JsonSchema;
}

/**
 * The JSON Schemas of all that an aggregate has ever published, its own events in every version and the records
 * that every aggregate has, sorted by type.
 *
 * They say of `data` what JSON Schema can say: members and their types, patterns and lengths. A rule in code (that
 * an amount has no more decimals than its currency) is not among them. Members that are not listed may be there
 * and mean nothing.
 *
 * @param hasRecords whether commands of the aggregate are refused, requested and settled; true unless told.
 */
export function jsonSchemasOf(
  aggregate: { readonly typePrefix: string; readonly events: Pick<EventTypes<never>, 'schemas'> },
  hasRecords = true,
): readonly PublishedSchema[] {
  const schemas = [...aggregate.events.schemas, ...(hasRecords ? Object.entries(recordSchemas) : [])];
  return schemas
    .map(([shortType, data]) => {
      const type = `${aggregate.typePrefix}.${shortType}`;
      const dataschema = dataschemaOf(type);
      const { $schema, ...rest } = z.toJSONSchema(data, { io: 'input' });
      const schema: JsonSchema = { $schema, $id: dataschema, title: type, ...rest };
      return { type, dataschema, schema };
    })
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}
