import { TwinlogError } from '@twinlog/core';
import type { DeadLetter } from './dead-letters/dead-letter.ts';
import { type Change, type Refusals, type RelayOptions, type RelayResult, relay } from './relay.ts';

/** What is needed of a record of a DynamoDB stream (`DynamoDBRecord` of Lambda's types). */
export interface LambdaStreamRecord {
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        readonly StreamViewType?: string | undefined;
      }
    | undefined;
}

/** Of the shape of `DynamoDBBatchResponse`. */
export interface StreamBatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/** What is needed of an invocation's context. */
export interface LambdaClock {
  readonly getRemainingTimeInMillis: () => number;
}

export interface StreamRelayOptions<Record extends LambdaStreamRecord> extends RelayOptions {
  readonly decode: (record: Record) => Change;
  /** Told what became of each invocation. */
  readonly onRelayed?: (result: RelayResult) => void;
}

/** Below so many ms to the function's time-out nothing more is sent: what is left is named as failed in good time. */
const lastMomentsMs = 2_000;

/**
 * The relay as a Lambda function on the table's stream, which must be of NEW_IMAGE. Its event source mapping must report
 * batch item failures, bisect on error, and set neither a number of retries nor an age: the failed are named, the lowest
 * sequence number first, and Lambda goes on from there until everything is published or parked.
 *
 * @throws TwinlogError `stream_misconfigured` where the stream's records have no new image: a fault of the configuration, for which no record is
 * parked.
 */
export function createStreamRelay<Record extends LambdaStreamRecord>(
  options: StreamRelayOptions<Record>,
): (event: { readonly Records: readonly Record[] }, context?: LambdaClock) => Promise<StreamBatchResponse> {
  const { decode, publish, deadLetters, onRelayed } = options;
  const refusals: Refusals = new Map();
  return async ({ Records }, context) => {
    const blind = Records.find(
      ({ dynamodb }) => !(dynamodb?.StreamViewType ?? 'NEW_IMAGE').startsWith('NEW'),
    );
    if (blind !== undefined) {
      throw new TwinlogError(
        'stream_misconfigured',
        `The table's stream is of ${blind.dynamodb?.StreamViewType} and carries no events. Give the table a stream of NEW_IMAGE, and the mapping that stream.`,
      );
    }
    const records = Records.map((record) => ({
      position: record.dynamodb?.SequenceNumber ?? '',
      change: decode(record),
      record,
    }));
    const inTime =
      <Thing>(act: (thing: Thing) => Promise<void>) =>
      async (thing: Thing): Promise<void> => {
        const left = context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY;
        if (left < lastMomentsMs)
          throw new TwinlogError('not_published', `Only ${left} ms were left to publish or to park in.`);
        await act(thing);
      };
    const timed = {
      publish: inTime(publish),
      deadLetters: { put: inTime((letter: DeadLetter) => deadLetters.put(letter)) },
    };
    const result = await relay(records, { ...options, ...timed }, refusals);
    onRelayed?.(result);
    return { batchItemFailures: result.failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
