import type { Context, DynamoDBRecord } from 'aws-lambda';
import { createdAt, sequenceNumber } from './event-record.ts';

export type DiscardReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** What an S3 on-failure destination receives for records that were given up: metadata and the whole event. */
export interface FailureRecord {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: DiscardReason;
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError: string;
  };
  readonly version: '1.0';
  readonly timestamp: string;
  readonly DDBStreamBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly endSequenceNumber: string;
    readonly approximateArrivalOfFirstRecord: string;
    readonly approximateArrivalOfLastRecord: string;
    readonly batchSize: number;
    readonly streamArn: string;
  };
  /** The event as JSON text. SQS and SNS destinations do not get it. */
  readonly payload: string;
}

export interface Discarded {
  readonly records: readonly DynamoDBRecord[];
  readonly reason: DiscardReason;
  readonly invocations: number;
  readonly shardId: string;
  readonly streamArn: string;
  readonly context: Context;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export function toFailureRecord(discarded: Discarded): FailureRecord {
  const { records, context, shardId, streamArn } = discarded;
  const first = records[0] ?? {};
  const last = records.at(-1) ?? {};
  return {
    requestContext: {
      requestId: context.awsRequestId,
      functionArn: context.invokedFunctionArn,
      condition: discarded.reason,
      approximateInvokeCount: discarded.invocations,
    },
    responseContext: {
      ...{ statusCode: 200, executedVersion: context.functionVersion, functionError: 'Unhandled' },
    },
    version: '1.0',
    timestamp: new Date(discarded.at).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: sequenceNumber(first),
      endSequenceNumber: sequenceNumber(last),
      approximateArrivalOfFirstRecord: new Date(createdAt(first)).toISOString(),
      approximateArrivalOfLastRecord: new Date(createdAt(last)).toISOString(),
      batchSize: records.length,
      streamArn,
    },
    payload: JSON.stringify({ Records: records }),
  };
}
