import type { IntakeOptions } from '@twinlog/bridge';
import { cellOf, eventTime, originOf } from '@twinlog/core';

/** One line of JSON for the log, by itself: what alarms of both clouds read a figure from. */
export type WriteLine = (line: string) => void;

/** How often a figure is written for one sender, in ms: its highest since the last time. */
const pauseMs = 1_000;

const line = (metric: string, value: number, from: string): string =>
  JSON.stringify({ metric, value: Math.max(0, value), from });

/**
 * For `onReceived` of a cell: writes how long events were on their way, in ms, from the decision in the other cell until
 * they are stored in this one. The first at once; then, a second apart, the highest in between.
 */
export function replicationLagLines(
  now: () => number,
  write: WriteLine,
): NonNullable<IntakeOptions['onReceived']> {
  const told = new Map<string, { readonly at: number; readonly highest: number }>();
  return (event, receipt) => {
    if (receipt !== 'stored') return;
    const from = cellOf(originOf(event));
    const lag = now() - eventTime(event.id);
    const before = told.get(from);
    const highest = Math.max(lag, before?.highest ?? 0);
    if (before !== undefined && now() - before.at < pauseMs) {
      told.set(from, { at: before.at, highest });
      return;
    }
    write(line('twinlog.replication.lag', highest, from));
    told.set(from, { at: now(), highest: 0 });
  };
}

/**
 * Writes how far a page of the change feed is behind, in ms: the age of its oldest document, by Cosmos DB's own
 * `_ts`, which counts seconds.
 */
export function feedLagLine(
  documents: readonly unknown[],
  cell: string,
  now: number,
  write: WriteLine,
): void {
  const times = documents.flatMap((document) =>
    typeof document === 'object' && document !== null && '_ts' in document && typeof document._ts === 'number'
      ? [document._ts * 1_000]
      : [],
  );
  if (times.length > 0) write(line('twinlog.relay.lag', now - Math.min(...times), cell));
}
