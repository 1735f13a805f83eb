import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { CheckpointStore } from './checkpoints.ts';
import type { FailureRecord } from './failure-record.ts';
import type { Pulse } from './pulse.ts';

/** A Lambda function on a stream. What it returns counts only with `ReportBatchItemFailures` on. */
export type StreamFunction = (event: DynamoDBStreamEvent, context: Context) => Promise<unknown>;

/** One invocation, or one discard, as a test sees it. */
export interface BatchReport {
  readonly shardId: string;
  readonly records: readonly DynamoDBRecord[];
  /** `partial`: some records from the start are done, the rest is retried. */
  readonly outcome: 'succeeded' | 'partial' | 'failed' | 'discarded';
  /** 0 at the first invocation with just these records. */
  readonly retries: number;
  /** What the function threw, or what the failure destination threw. */
  readonly error?: unknown;
}

/** An event source mapping, with the names and defaults of the service, times in milliseconds. */
export interface LambdaPollerOptions {
  readonly streams: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly handler: StreamFunction;
  readonly functionName?: string;
  /** `LATEST` is settled once, at the first start: shards that come later are read from their beginning. */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST';
  /** 250 by default, the service's base rate of 4 polls a second for each shard. */
  readonly pollIntervalMs?: number;
  /** Records per invocation, 100 by default; the event is cut earlier at 6 MB. */
  readonly batchSize?: number;
  /** How long to gather a batch that is not full; 0 by default. */
  readonly maximumBatchingWindowMs?: number;
  readonly bisectBatchOnFunctionError?: boolean;
  /** -1, the default, retries until the records leave the stream. */
  readonly maximumRetryAttempts?: number;
  /** -1, the default, is no limit. */
  readonly maximumRecordAgeMs?: number;
  readonly functionResponseTypes?: readonly 'ReportBatchItemFailures'[];
  /** Records it refuses count as done without being delivered. */
  readonly filter?: (record: DynamoDBRecord) => boolean;
  /** The on-failure destination. If it throws, the records are gone, as in the service. */
  readonly onFailure?: (failure: FailureRecord) => Promise<void> | void;
  /** Time limit of one invocation; 30,000 by default. */
  readonly timeoutMs?: number;
  /** Shared between pollers that are to be the same mapping; in memory by default. */
  readonly checkpoints?: CheckpointStore;
  /** Wait before the n-th retry in a row, of an invocation or of a call to the stream. */
  readonly retryDelayMs?: (retry: number) => number;
  /** Milliseconds since the epoch: the ages of records. */
  readonly now?: () => number;
  readonly onBatch?: (report: BatchReport) => void;
}

/** The options with their defaults, and what a running poller shares with its shards. */
export interface Mapping extends Required<Omit<LambdaPollerOptions, 'onFailure' | 'filter' | 'onBatch'>> {
  readonly onFailure: ((failure: FailureRecord) => Promise<void> | void) | undefined;
  readonly filter: (record: DynamoDBRecord) => boolean;
  readonly onBatch: (report: BatchReport) => void;
  readonly pulse: Pulse;
  /** Aborted when no more work is to be begun. */
  readonly stopping: AbortSignal;
  /** Aborted when the invocation in flight no longer counts. */
  readonly abandoned: AbortSignal;
}
