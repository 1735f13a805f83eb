import type { Context, DynamoDBRecord } from 'aws-lambda';
import { doneByResponse } from './batch-response.ts';
import type { Mapping } from './mapping.ts';

/** How an invocation ended: how many records from the start are done, or that nobody is to know. */
export type Ending =
  | { readonly kind: 'ended'; readonly done: number; readonly error?: unknown }
  | { readonly kind: 'abandoned' };

/** Invokes the function once. It gets its own copy of the event, through JSON, as in the service. */
export async function invoke(
  mapping: Mapping,
  records: readonly DynamoDBRecord[],
  context: Context,
): Promise<Ending> {
  const { promise: cutShort, resolve: cutIt } = Promise.withResolvers<Ending>();
  const abandon = (): void => cutIt({ kind: 'abandoned' });
  const timer = setTimeout(() => {
    const limit = (mapping.timeoutMs / 1000).toFixed(2);
    cutIt({ kind: 'ended', done: 0, error: new Error(`Task timed out after ${limit} seconds`) });
  }, mapping.timeoutMs);
  mapping.abandoned.addEventListener('abort', abandon);
  try {
    return await Promise.race([run(mapping, records, context), cutShort]);
  } finally {
    clearTimeout(timer);
    mapping.abandoned.removeEventListener('abort', abandon);
  }
}

async function run(mapping: Mapping, records: readonly DynamoDBRecord[], context: Context): Promise<Ending> {
  try {
    const response = await mapping.handler(JSON.parse(JSON.stringify({ Records: records })), context);
    const reports = mapping.functionResponseTypes.includes('ReportBatchItemFailures');
    return { kind: 'ended', done: reports ? doneByResponse(response, records) : records.length };
  } catch (error) {
    return { kind: 'ended', done: 0, error };
  }
}
