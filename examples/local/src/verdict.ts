import {
  type DueCompensation,
  type Fold,
  formatMinor,
  formatVersion,
  type Policy,
  type Transaction,
} from '@twinlog/core';
import { findUnbalanced } from './compensation.ts';
import type { ClientKind } from './crowd.ts';
import type { OutageWindow } from './failover.ts';
import type { Matrix } from './matrix.ts';
import type { Observation } from './observers.ts';
import type { JournalEntry } from './player.ts';
import type { RawEvent } from './raw-stores.ts';
import { atScale, kindOf, reckon } from './reckoning.ts';
import { findStaleReads } from './stale-reads.ts';
import {
  type Deferred,
  deferredOf,
  type Lag,
  lagOf,
  type Recovery,
  recoveryOf,
  switchOver,
} from './timings.ts';

export interface Verdict {
  readonly policy: Policy;
  /** How the clients of the traffic found a cell. */
  readonly client: ClientKind;
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
  /** Requests that were answered 202 first, and how long it then took until their decision was known, in ms. */
  readonly deferred: Deferred;
  /** Conflicts that the transaction's home settled. */
  readonly settlements: number;
  /** Compensations carried out, and whether they come to what clients were told less what stands. */
  readonly compensations: { readonly count: number; readonly addUp: boolean };
  /** Both stores hold the same events, and every transaction folded from each is the same. */
  readonly converged: boolean;
  /** Reads of transactions, and those that showed less than their client had been told before. */
  readonly reads: number;
  readonly staleReads: number;
  /** How the outage went for clients near the dead cell, by how they find one; null without an outage. */
  readonly recovery: Readonly<Record<ClientKind, Recovery | null>> | null;
  /** From the outage to the last request that DNS still led to the dead cell; null without an outage or DNS. */
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
  readonly policy: Policy;
  readonly client: ClientKind;
  /** What the clients of the traffic saw, and those beside it. */
  readonly journal: readonly JournalEntry[];
  readonly observed: readonly Observation[];
  readonly aws: CellLog;
  readonly azure: CellLog;
  readonly replicated: Matrix['replicated'];
  readonly carriedOut: ReadonlyMap<string, DueCompensation>;
  readonly outage: OutageWindow | undefined;
  readonly budgetSeconds: number;
  readonly seconds: number;
}

/** Works the verdict out from what clients saw and what lies in the databases. */
export function judge({
  policy,
  client,
  journal,
  observed,
  aws,
  azure,
  replicated,
  carriedOut,
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
  const everything = [...journal, ...observed];
  const lost = findLost(everything, aws.raw, azure.raw).length;
  const streams = Map.groupBy(aws.raw, ({ stream }) => stream);
  const reckonings = new Map([...streams].map(([stream, events]) => [stream, reckon(events)]));
  const appliedTwice = [aws, azure].reduce((sum, cell) => sum + countAppliedTwice(cell, reckonings), 0);
  const converged = sameLogs(aws, azure);
  const answeredAll = acknowledged + refused === lines.size;
  const unbalanced = findUnbalanced({ journal: everything, raw: aws.raw, reckonings, carriedOut });
  const addUp = unbalanced.length === 0;
  const { reads, stale } = findStaleReads(everything);
  const recovery = (kind: ClientKind, window: OutageWindow) =>
    recoveryOf(
      observed.filter((observation) => observation.kind === kind),
      window,
    );
  return {
    policy,
    client,
    requests: lines.size,
    acknowledged,
    lost,
    appliedTwice,
    refused,
    conflicts: [...reckonings.values()].reduce((sum, { conflicts }) => sum + conflicts.length, 0),
    deferred: deferredOf(journal),
    settlements: countRecords(aws.raw, 'settled'),
    compensations: { count: countRecords(aws.raw, 'compensated'), addUp },
    converged,
    reads,
    staleReads: stale,
    recovery: outage ? { dns: recovery('dns', outage), sdk: recovery('sdk', outage) } : null,
    switchOverSeconds: outage && client === 'dns' ? switchOver(journal, outage) : null,
    budgetSeconds,
    lag: {
      awsToAzure: lagOf(replicated.awsToAzure, outage),
      azureToAws: lagOf(replicated.azureToAws, outage),
    },
    requestsPerSecond: Math.round((journal.length / seconds) * 10) / 10,
    verdict:
      lost === 0 && appliedTwice === 0 && stale === 0 && converged && answeredAll && addUp ? 'pass' : 'fail',
  };
}

/** A 202 decides nothing: whatever it was about is not answered yet. */
const isSuccess = (status: number): boolean => status >= 200 && status < 300 && status !== 202;

/** Settlements or compensations, each once although two cells may have recorded it. */
function countRecords(events: readonly RawEvent[], kind: 'settled' | 'compensated'): number {
  const found = events.filter((event) => kindOf(event) === kind);
  return new Set(found.map(({ stream, commandId }) => `${stream} ${commandId}`)).size;
}

const eventKinds: Readonly<Record<string, string>> = {
  capture: 'captured',
  void: 'voided',
  refund: 'refunded',
};

/** The event that an acknowledged request must have left: in which stream, of which kind. Reads leave none. */
export function expectedEvent({
  line,
  path,
  answer,
}: JournalEntry): { stream: string; kind: string } | undefined {
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
  const keys = new Set(journal.map(({ key }) => key));
  const counts = stores.map((events) => {
    const left = new Map<string, number>();
    for (const event of events) {
      const { stream, commandId } = event;
      // An id that no client sent is a cell's own, for a command without a key on its way to the home.
      const place = `${stream} ${kindOf(event)} ${commandId !== undefined && keys.has(commandId) ? commandId : ''}`;
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
export function countAppliedTwice(
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

export function sameLogs(aws: CellLog, azure: CellLog): boolean {
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
function foldText({ state, version, claims, conflicts, requests, pending }: Fold<Transaction>): string {
  return JSON.stringify(
    [
      state,
      formatVersion(version),
      [...claims].map(([id, { event, refused }]) => [id, event.id, refused?.code]).sort(),
      conflicts.map(({ event, code, isSettled, isCompensated }) => [
        event.id,
        code,
        isSettled,
        isCompensated,
      ]),
      [...requests].map(([id, { event }]) => [id, event.id]).sort(),
      pending.map(({ event, reason }) => [event.id, reason]),
    ],
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
}
