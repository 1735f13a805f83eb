import type { DynamoDBRecord } from 'aws-lambda';
import { createdAt, sequenceNumber } from './event-record.ts';
import { type DiscardReason, toFailureRecord } from './failure-record.ts';
import { invoke } from './invocation.ts';
import { lambdaContext } from './lambda-context.ts';
import type { BatchReport, Mapping } from './mapping.ts';

interface Part {
  readonly records: readonly DynamoDBRecord[];
  readonly retries: number;
}

/**
 * Delivers a batch until each of its records is done or discarded, moving the checkpoint as it goes. Answers
 * `false` if the poller was stopped before that.
 *
 * A failed batch is retried whole or, with bisection on, as its halves one after the other; a split begins a new
 * count of retries, so that a poison record is alone when its retries run out. A report of failures moves the
 * checkpoint to the lowest; with bisection on, the batch is split there, and in halves if it is the first.
 * Without bisection, what is discarded in the end is everything from the lowest failure on.
 */
export async function deliverBatch(
  mapping: Mapping,
  shardId: string,
  batch: readonly DynamoDBRecord[],
): Promise<boolean> {
  const parts: Part[] = [{ records: batch, retries: 0 }];
  const report = (outcome: BatchReport['outcome'], { records, retries }: Part, error?: unknown): void =>
    mapping.onBatch({ shardId, records, outcome, retries, ...(error === undefined ? {} : { error }) });

  const checkpoint = async (records: readonly DynamoDBRecord[]): Promise<void> => {
    const last = records.at(-1);
    if (last === undefined) return;
    await mapping.checkpoints.set(shardId, { position: 'AFTER', sequenceNumber: sequenceNumber(last) });
  };

  const discard = async (part: Part, reason: DiscardReason): Promise<void> => {
    const { streamArn, functionName, timeoutMs, now } = mapping;
    const context = lambdaContext({ functionName, timeoutMs, now });
    const { records, retries } = part;
    const invocations = reason === 'RecordAgeExceeded' ? retries : retries + 1;
    let problem: unknown;
    try {
      await mapping.onFailure?.(
        toFailureRecord({ records, reason, invocations, shardId, streamArn, context, at: now() }),
      );
    } catch (error) {
      problem = error;
    }
    if (mapping.abandoned.aborted) return;
    await checkpoint(records);
    report('discarded', part, problem);
  };

  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (mapping.stopping.aborted) return false;
    const { expired, fresh } = byAge(mapping, part);
    if (expired.length > 0) await discard({ ...part, records: expired }, 'RecordAgeExceeded');
    if (fresh.length === 0) continue;
    const { functionName, timeoutMs, now } = mapping;
    const ending = await invoke(mapping, fresh, lambdaContext({ functionName, timeoutMs, now }));
    if (ending.kind === 'abandoned' || mapping.abandoned.aborted) return false;
    const done = fresh.slice(0, ending.done);
    const left = { records: fresh.slice(ending.done), retries: part.retries };
    await checkpoint(done);
    const outcome = left.records.length === 0 ? 'succeeded' : done.length > 0 ? 'partial' : 'failed';
    report(outcome, { records: fresh, retries: part.retries }, ending.error);
    if (outcome === 'succeeded') continue;
    const split = mapping.bisectBatchOnFunctionError ? bisect(left.records, done.length > 0) : [];
    if (split.length > 0) {
      parts.unshift(...split.map((records) => ({ records, retries: 0 })));
    } else if (mapping.maximumRetryAttempts >= 0 && part.retries >= mapping.maximumRetryAttempts) {
      await discard(left, 'RetryAttemptsExhausted');
    } else {
      parts.unshift({ records: left.records, retries: part.retries + 1 });
      await mapping.pulse.wait(mapping.retryDelayMs(part.retries + 1), mapping.stopping);
    }
  }
  return !mapping.abandoned.aborted;
}

function bisect(
  records: readonly DynamoDBRecord[],
  alreadySplit: boolean,
): readonly (readonly DynamoDBRecord[])[] {
  if (alreadySplit) return [records];
  if (records.length < 2) return [];
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)];
}

function byAge(
  { maximumRecordAgeMs, now }: Mapping,
  { records }: Part,
): { readonly expired: readonly DynamoDBRecord[]; readonly fresh: readonly DynamoDBRecord[] } {
  if (maximumRecordAgeMs < 0) return { expired: [], fresh: records };
  const oldest = now() - maximumRecordAgeMs;
  const first = records.findIndex((record) => createdAt(record) >= oldest);
  const cut = first === -1 ? records.length : first;
  return { expired: records.slice(0, cut), fresh: records.slice(cut) };
}
