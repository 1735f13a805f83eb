import { canonically, type DomainEvent, parseEvent } from '@twinlog/core';
import type { OperatedCell } from '../matrix.ts';

/** One stream as several cells hold it. */
export interface StreamInCells {
  /** Every event that any cell holds, in canonical order. */
  readonly events: readonly DomainEvent[];
  /** By cell: what it holds. */
  readonly held: ReadonlyMap<string, readonly DomainEvent[]>;
  /** By cell: ids of what it lacks. */
  readonly lacking: ReadonlyMap<string, readonly string[]>;
}

export async function readStreams(cells: readonly OperatedCell[], stream: string): Promise<StreamInCells> {
  const held = new Map(
    await Promise.all(
      cells.map(async ({ name, log }) => [name, (await log.read(stream)).map(parseEvent)] as const),
    ),
  );
  const byId = new Map([...held.values()].flat().map((event) => [event.id, event]));
  const events = [...byId.values()].sort(canonically);
  const lacking = new Map(
    [...held].map(([name, own]) => {
      const ids = new Set(own.map(({ id }) => id));
      return [name, events.flatMap(({ id }) => (ids.has(id) ? [] : [id]))] as const;
    }),
  );
  return { events, held, lacking };
}
