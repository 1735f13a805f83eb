import type { Attempt } from './client.ts';
import type { OutageWindow } from './failover.ts';
import type { Replicated } from './local-cell.ts';
import type { JournalEntry } from './player.ts';

/** Milliseconds from an event's decision in one cell to its being stored in the other. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
  /** The same of the events decided while both cells were up and had caught up with each other. */
  readonly healthy: { readonly p50: number; readonly p99: number } | null;
}

/** Requests that were answered 202 first; how long it then took until the decision was known, in milliseconds. */
export interface Deferred {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export function deferredOf(journal: readonly JournalEntry[]): Deferred {
  const times = journal.flatMap(({ deferredMs }) => deferredMs ?? []);
  const { p50, p99 } = percentiles(times) ?? { p50: null, p99: null };
  return { count: times.length, p50, p99, max: times.length === 0 ? null : Math.max(...times) };
}

/** From the outage to the last request that was still led to the dead cell, in seconds. */
export function switchOver(
  journal: readonly JournalEntry[],
  outage: { target: string; from: number; to: number },
): number {
  const led = journal
    .flatMap(({ attempts }) => attempts)
    .filter(({ target, sentAt }) => target === outage.target && sentAt >= outage.from && sentAt < outage.to)
    .map(({ sentAt }) => sentAt);
  return Math.round(Math.max(0, ...led.map((at) => at - outage.from)) / 100) / 10;
}

/** How clients came through the outage: from the first try that it broke until the answer, one sample a client. */
export interface Recovery {
  readonly clients: number;
  readonly medianSeconds: number;
  readonly maxSeconds: number;
}

/** Null where the outage broke nobody's request. */
export function recoveryOf(journal: readonly JournalEntry[], outage: OutageWindow): Recovery | null {
  const isBroken = ({ target, sentAt, endedAt, result }: Attempt) =>
    target === outage.target && endedAt >= outage.from && sentAt < outage.to && typeof result === 'string';
  const first = new Map<string, number>();
  for (const { client, attempts, answer, answeredAt } of journal) {
    const broken = attempts.find(isBroken);
    if (broken && answer && !first.has(client)) first.set(client, answeredAt - broken.sentAt);
  }
  const times = [...first.values()].sort((a, b) => a - b);
  const seconds = (ms = 0) => Math.round(ms / 10) / 100;
  return times.length === 0
    ? null
    : {
        clients: times.length,
        medianSeconds: seconds(times[Math.floor(times.length / 2)]),
        maxSeconds: seconds(times.at(-1)),
      };
}

/** Events that an outage can have held up: those decided from shortly before it until shortly after it. */
const aroundOutageMs = 2_000;

export function lagOf(events: readonly Replicated[], outage: OutageWindow | undefined): Lag | null {
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
