import type { DynamoDBRecord } from 'aws-lambda';
import { sequenceNumber } from './event-record.ts';

/**
 * How many records of the batch, from its start, are done, by what the function returned with
 * `ReportBatchItemFailures` on. No list, or an empty one, is complete success; otherwise the lowest sequence number
 * named is the checkpoint. An identifier that is empty, missing or not of this batch fails the whole batch.
 */
export function doneByResponse(response: unknown, records: readonly DynamoDBRecord[]): number {
  if (!isRecord(response)) return response === null || response === undefined ? records.length : 0;
  const failures = response.batchItemFailures;
  if (failures === null || failures === undefined) return records.length;
  if (!Array.isArray(failures)) return 0;
  const positions = failures.map((failure: unknown) => {
    const identifier = isRecord(failure) ? failure.itemIdentifier : undefined;
    return records.findIndex((record) => sequenceNumber(record) === identifier);
  });
  return positions.includes(-1) ? 0 : Math.min(records.length, ...positions);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
