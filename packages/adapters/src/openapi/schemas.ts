import { transactionCommands } from '@twinlog/core';
import * as z from 'zod';

/** The bodies of the API as schemas: what `views.ts` and `history.ts` make, and what `/openapi.json` describes. */

const id = z.string().meta({ description: 'The id of a transaction.', examples: ['txn_…'] });
const money = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .meta({
    description: 'A decimal with all decimals of the currency, such as "12.30" in USD and "1230" in JPY.',
  });
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ description: 'An ISO 4217 code.' });
const instant = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC.' });
const code = z
  .string()
  .regex(/^[a-z_]+$/)
  .meta({ description: 'Stable, for programs: see docs/problems.md.' });
const detail = z.string().meta({ description: 'A sentence for people. It may change.' });

const conflict = z.strictObject({
  code,
  detail,
  lost_to: z.string().exactOptional().meta({ description: 'The id of the event that stands in its place.' }),
});

const transactionFields = {
  transaction_id: id,
  account_id: z.string(),
  status: z.enum(['created', 'captured', 'voided', 'declined', 'expired', 'refunded']),
  currency,
  amount: money,
  captured: money,
  refunded: money,
  capturable: money.meta({ description: 'What can still be captured.' }),
  refundable: money.meta({ description: 'What can still be refunded.' }),
  expires_at: instant.exactOptional().meta({ description: 'From when it may be expired; never without it.' }),
};

const compensation = z.strictObject({ kind: z.enum(['refund', 'collect']), amount: money, currency });

const reportedConflict = z.strictObject({
  event_id: z.string(),
  type: z.string(),
  command_id: z.string().exactOptional(),
  ...conflict.shape,
  settled: z.boolean(),
  compensation: compensation.exactOptional(),
  compensated: z.boolean(),
});

const currentTransaction = z.strictObject({
  ...transactionFields,
  created_at: instant,
  conflicts: z.array(reportedConflict).meta({
    description:
      'Decisions that were answered and do not stand, because another cell decided otherwise at the same time.',
  }),
  requests: z
    .array(
      z.strictObject({
        command_id: z.string(),
        command: z.record(z.string(), z.unknown()),
        requested_at: instant,
      }),
    )
    .meta({ description: "Commands that wait for their home's decision." }),
  commands: z
    .array(
      z.strictObject({
        command_id: z.string(),
        outcome: z.enum(['applied', 'refused', 'lost']),
        code: code.exactOptional(),
        contested: z.string().exactOptional().meta({
          description:
            'Decided in the place of this cell, which had been taken over and may have gone on deciding.',
        }),
      }),
    )
    .meta({ description: 'What became of each command that had an id.' }),
  pending: z.int().min(0).meta({ description: 'Events that this cell holds and that do not count yet.' }),
});

const event = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    time: instant,
    datacontenttype: z.literal('application/json'),
    dataschema: z.string(),
    partitionkey: z.string(),
    sequence: z.string(),
    data: z.looseObject({}),
  })
  .meta({ description: 'A CloudEvent 1.0.2 in JSON format.' });

const fault = z.strictObject({ path: z.string(), code, detail });

/** Bodies of answers, by the name that the document gives them. */
export const bodies = {
  Created: z.strictObject({ transaction_id: id, conflict: conflict.exactOptional() }),
  Transaction: z
    .strictObject({ ...transactionFields, conflict: conflict.exactOptional() })
    .meta({ description: 'A transaction as a decision left it.' }),
  CurrentTransaction: currentTransaction.meta({ description: 'A transaction as this cell holds it now.' }),
  Transactions: z.strictObject({
    transactions: z.array(currentTransaction),
    next: z.string().exactOptional().meta({ description: 'What the next page starts `after`.' }),
  }),
  Events: z.strictObject({ events: z.array(event) }),
  EventsBatch: z.array(event),
  Requested: z
    .strictObject({ transaction_id: id, command_id: z.string(), status: z.literal('requested') })
    .meta({ description: 'Recorded, and decided by the home of the transaction once it can be reached.' }),
  Health: z.strictObject({ status: z.enum(['ok', 'unavailable']) }),
  HealthDetail: z.strictObject({
    status: z.enum(['ok', 'unavailable']),
    reasons: z.array(z.string()),
    replication_lag_ms: z.record(z.string(), z.number()),
    pending: z.record(z.string(), z.number()),
  }),
  Problem: z
    .strictObject({
      type: z.string().meta({ description: 'urn:twinlog:problem: and the code.' }),
      title: z.string(),
      status: z.int(),
      detail,
      code,
      error: z.string().meta({ description: 'The same sentence as `detail`.' }),
      errors: z
        .array(fault)
        .exactOptional()
        .meta({ description: 'Every fault of the fields, known fields first.' }),
    })
    .meta({ description: 'An RFC 9457 problem.' }),
};

export type BodyName = keyof typeof bodies;

/** Bodies of requests: the very schemas that commands are read with. */
export const requests = {
  Create: transactionCommands.create,
  Amount: transactionCommands.capture,
  Nothing: transactionCommands.void,
};

export type RequestName = keyof typeof requests;

/** All of it as JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  const amount = {
    description:
      'Above zero. A decimal text with no more decimals than the currency has, or a plain JSON number, judged as it was written: no exponent, never a float.',
    anyOf: [
      { type: 'string', pattern: '^(0|[1-9][0-9]*)(\\.[0-9]+)?$' },
      { type: 'number', exclusiveMinimum: 0 },
    ],
  };
  const entries = [...Object.entries(bodies), ...Object.entries(requests)].map(([name, schema]) => {
    const isRequest = name in requests;
    const { $schema: _, ...json } = z.toJSONSchema(schema, {
      io: isRequest ? 'input' : 'output',
      unrepresentable: 'any',
    });
    const hasAmount = isRequest && json.properties?.amount !== undefined;
    return [name, hasAmount ? { ...json, properties: { ...json.properties, amount } } : json];
  });
  return Object.fromEntries(entries);
}
