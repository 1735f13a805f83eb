import { type Fold, formatMinor, formatVersion, type Transaction } from '@twinlog/core';
import type { OutageWindow } from './failover.ts';
import type { Replicated } from './local-cell.ts';
import type { Matrix } from './matrix.ts';
import type { JournalEntry } from './player.ts';
import type { RawEvent } from './raw-stores.ts';
import { atScale, reckon } from './reckoning.ts';

/** Milliseconds from an event's decision in one cell to its being stored in the other. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
  /** The same of the events decided while both cells were up and had caught up with each other. */
  readonly healthy: { readonly p50: number; readonly p99: number } | null;
}

export interface Verdict {
  /** Distinct lines of the traffic file. */
  readonly requests: number;
  /** … that ended with 2xx, */
  readonly acknowledged: number;
  /** … acknowledged, and the event missing from a store, */
  readonly lost: number;
  /** Command ids with more than one counted effect. */
  readonly appliedTwice: number;
  /** … that ended with 4xx. */
  readonly refused: number;
  /** Accepted events that lost to a concurrent one: kept, without effect, reported. */
  readonly conflicts: number;
  /** Both stores hold the same events, and every transaction folded from each is the same. */
  readonly converged: boolean;
  /** From the outage to the last request that was still led to the dead cell; null without an outage. */
  readonly switchOverSeconds: number | null;
  readonly budgetSeconds: number;
  readonly lag: { readonly awsToAzure: Lag | null; readonly azureToAws: Lag | null };
  readonly requestsPerSecond: number;
  readonly verdict: 'pass' | 'fail';
}

/** A cell's log: what lies in its database, and what its own fold makes of it. */
export interface CellLog {
  readonly raw: readonly RawEvent[];
  readonly folds: ReadonlyMap<string, Fold<Transaction>>;
}

export interface Evidence {
  readonly journal: readonly JournalEntry[];
  readonly aws: CellLog;
  readonly azure: CellLog;
  readonly replicated: Matrix['replicated'];
  readonly outage: OutageWindow | undefined;
  readonly budgetSeconds: number;
  readonly seconds: number;
}

/** Works the verdict out from what clients saw and what lies in the databases. */
export function judge({
  journal,
  aws,
  azure,
  replicated,
  outage,
  budgetSeconds,
  seconds,
}: Evidence): Verdict {
  const lines = Map.groupBy(journal, ({ line }) => line.text);
  let acknowledged = 0;
  let refused = 0;
  for (const sendings of lines.values()) {
    const statuses = sendings.map(({ answer }) => answer?.status ?? 0);
    if (statuses.some(isSuccess)) acknowledged += 1;
    else if (statuses.every((status) => status >= 400 && status < 500)) refused += 1;
  }
  const lost = findLost(journal, aws.raw, azure.raw).length;
  const streams = Map.groupBy(aws.raw, ({ stream }) => stream);
  const reckonings = new Map([...streams].map(([stream, events]) => [stream, reckon(events)]));
  const appliedTwice = [aws, azure].reduce((sum, cell) => sum + countAppliedTwice(cell, reckonings), 0);
  const converged = sameLogs(aws, azure);
  const answeredAll = acknowledged + refused === lines.size;
  return {
    requests: lines.size,
    acknowledged,
    lost,
    appliedTwice,
    refused,
    conflicts: [...reckonings.values()].reduce((sum, { conflicts }) => sum + conflicts.length, 0),
    converged,
    switchOverSeconds: outage ? switchOver(journal, outage) : null,
    budgetSeconds,
    lag: {
      awsToAzure: lagOf(replicated.awsToAzure, outage),
      azureToAws: lagOf(replicated.azureToAws, outage),
    },
    requestsPerSecond: Math.round((journal.length / seconds) * 10) / 10,
    verdict: lost === 0 && appliedTwice === 0 && converged && answeredAll ? 'pass' : 'fail',
  };
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const eventKinds: Readonly<Record<string, string>> = {
  capture: 'captured',
  void: 'voided',
  refund: 'refunded',
};

/** The event that an acknowledged request must have left: in which stream, of which kind. Reads leave none. */
function expectedEvent({ line, path, answer }: JournalEntry): { stream: string; kind: string } | undefined {
  if (line.method !== 'POST' || !answer || !isSuccess(answer.status)) return undefined;
  const [, , stream, action] = path.split('?', 1)[0]?.split('/') ?? [];
  if (stream !== undefined) return { stream, kind: eventKinds[action ?? ''] ?? '' };
  const { body } = answer;
  const created =
    typeof body === 'object' && body !== null && 'transaction_id' in body ? String(body.transaction_id) : '';
  return { stream: created, kind: 'created' };
}

/**
 * Acknowledged requests whose event is missing from either store. With an idempotency key it is the event with
 * that command id; without one, there must be as many such events as were acknowledged.
 */
export function findLost(
  journal: readonly JournalEntry[],
  ...stores: readonly (readonly RawEvent[])[]
): readonly JournalEntry[] {
  const counts = stores.map((events) => {
    const left = new Map<string, number>();
    for (const { stream, type, commandId } of events) {
      const place = `${stream} ${type.split('.').at(-2)} ${commandId ?? ''}`;
      left.set(place, (left.get(place) ?? 0) + 1);
    }
    return left;
  });
  return journal.filter((entry) => {
    const expected = expectedEvent(entry);
    if (expected === undefined) return false;
    const place = `${expected.stream} ${expected.kind} ${entry.key ?? ''}`;
    return counts.some((left) => {
      const count = left.get(place) ?? 0;
      if (count > 0 && entry.key === undefined) left.set(place, count - 1);
      return count === 0;
    });
  });
}

/** Command ids that a cell's own fold lets count more than once, held against plain arithmetic. */
function countAppliedTwice(
  cell: CellLog,
  reckonings: ReadonlyMap<string, ReturnType<typeof reckon>>,
): number {
  let twice = 0;
  for (const [stream, { state }] of cell.folds) {
    const reckoned = reckonings.get(stream);
    if (!state || !reckoned) continue;
    const captured = atScale(formatMinor(state.captured, state.currency));
    const refunded = atScale(formatMinor(state.refunded, state.currency));
    if (captured > reckoned.captured || refunded > reckoned.refunded)
      twice += Math.max(1, reckoned.repeated.length);
  }
  return twice;
}

function sameLogs(aws: CellLog, azure: CellLog): boolean {
  const text = ({ raw }: CellLog) =>
    raw
      .map(({ stream, place, id }) => `${stream} ${place} ${id}`)
      .sort()
      .join('\n');
  if (text(aws) !== text(azure)) return false;
  return [...aws.folds].every(([stream, fold]) => {
    const other = azure.folds.get(stream);
    return other !== undefined && foldText(fold) === foldText(other);
  });
}

/** Everything that a fold says, as text. */
function foldText({ state, version, claims, conflicts, pending }: Fold<Transaction>): string {
  return JSON.stringify(
    [
      state,
      formatVersion(version),
      [...claims].map(([id, { event, refused }]) => [id, event.id, refused?.code]).sort(),
      conflicts.map(({ event, code }) => [event.id, code]),
      pending.map(({ event, reason }) => [event.id, reason]),
    ],
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
}

function switchOver(
  journal: readonly JournalEntry[],
  outage: { target: string; from: number; to: number },
): number {
  const led = journal
    .flatMap(({ attempts }) => attempts)
    .filter(({ target, sentAt }) => target === outage.target && sentAt >= outage.from && sentAt < outage.to)
    .map(({ sentAt }) => sentAt);
  return Math.round(Math.max(0, ...led.map((at) => at - outage.from)) / 100) / 10;
}

/** Events that an outage can have held up: those decided from shortly before it until shortly after it. */
const aroundOutageMs = 2_000;

function lagOf(events: readonly Replicated[], outage: OutageWindow | undefined): Lag | null {
  const all = percentiles(events.map(({ lag }) => lag));
  const undisturbed = events.filter(
    ({ decidedAt }) =>
      !outage || decidedAt < outage.from - aroundOutageMs || decidedAt > outage.to + aroundOutageMs,
  );
  return all && { ...all, healthy: percentiles(undisturbed.map(({ lag }) => lag)) };
}

function percentiles(samples: readonly number[]): { readonly p50: number; readonly p99: number } | null {
  if (samples.length === 0) return null;
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
