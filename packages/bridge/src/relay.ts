import { cellOf, type DomainEvent, originOf } from '@twinlog/core';
import { type BatchLimits, cutBatches, eventGridLimits } from './batch.ts';
import { type DeadLetters, deadLetter } from './dead-letter.ts';

/** One record of a database's change stream, decoded by the store that wrote it. */
export interface ChangeRecord {
  /** What names the record to its stream: a sequence number, a document's position. */
  readonly position: string;
  readonly change:
    | { readonly kind: 'event'; readonly event: DomainEvent }
    /** Something that is no event, such as a deletion by an operator. */
    | { readonly kind: 'ignored' }
    /** Something that should be an event and is not. */
    | { readonly kind: 'malformed'; readonly reason: string };
  /** The record as it came: what a dead letter keeps of it. */
  readonly record: unknown;
}

export interface RelayOptions {
  /** This cell's name. Only events that it decided are sent (R17): that is the loop guard. */
  readonly cell: string;
  /** Sends one batch to the other cells, all or none. */
  readonly publish: (events: readonly DomainEvent[]) => Promise<void>;
  readonly deadLetters: DeadLetters;
  readonly now: () => number;
  readonly limits?: BatchLimits;
}

export interface RelayResult {
  /** Events handed over to the transport. */
  readonly published: number;
  /** Positions of what was not published and not parked, in the order they came: to be tried again. */
  readonly failed: readonly string[];
  /** Why, for the first that failed. */
  readonly error?: unknown;
}

/** What one event takes in a publish request, in bytes. */
export function wireSize(event: DomainEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}

/**
 * Sends a page of change records on to the other cells. What can never be sent is parked as a dead letter and
 * does not hold up its neighbours; what could not be sent now is named in `failed`. Never throws.
 */
export async function relay(records: readonly ChangeRecord[], options: RelayOptions): Promise<RelayResult> {
  const { cell, publish, deadLetters, now, limits = eventGridLimits } = options;
  const failed = new Set<string>();
  let error: unknown;
  const attempt = async (positions: readonly string[], action: () => Promise<void>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (fault) {
      error ??= fault;
      for (const position of positions) failed.add(position);
      return false;
    }
  };
  const park = (position: string, code: 'malformed' | 'too_large', detail: string, json: string) =>
    attempt([position], () =>
      deadLetters.put(deadLetter({ direction: 'out', code, detail }, { json }, now())),
    );

  const outgoing: { readonly position: string; readonly event: DomainEvent; readonly bytes: number }[] = [];
  for (const { position, change, record } of records) {
    if (change.kind === 'malformed') {
      await park(position, 'malformed', change.reason, JSON.stringify(record));
    } else if (change.kind === 'event' && cellOf(originOf(change.event)) === cell) {
      const { event } = change;
      const bytes = wireSize(event);
      if (bytes + 2 <= limits.maxBytes) outgoing.push({ position, event, bytes });
      else {
        const detail = `The event takes ${bytes} bytes and a publish request ${limits.maxBytes} at most.`;
        await park(position, 'too_large', detail, JSON.stringify(event));
      }
    }
  }

  let published = 0;
  for (const batch of cutBatches(outgoing, limits)) {
    const positions = batch.map(({ position }) => position);
    if (await attempt(positions, () => publish(batch.map(({ event }) => event)))) published += batch.length;
  }
  return {
    published,
    failed: records.map(({ position }) => position).filter((position) => failed.has(position)),
    ...(error !== undefined && { error }),
  };
}
