import {
  canonically,
  type DomainEvent,
  InvalidEventError,
  originOf,
  parseEvent,
  sameEvent,
  sequenceOf,
} from '@twinlog/core';
import { PeerMisconfiguredError } from '../../reconcile/peer-error.ts';
import type { OperatedCell } from '../matrix.ts';
import { UsageError } from '../usage-error.ts';

/** @throws UsageError for what is too long for the id of a stream. */
export function streamNamed(id: string | undefined): string | undefined {
  if (id === undefined || (id !== '' && id.length <= 128)) return id;
  throw new UsageError(`The id of a stream has 1 to 128 characters, and this has ${id.length}.`);
}

/** One stream as several cells hold it. */
export interface StreamInCells {
  /** Every event that any cell holds, in canonical order. */
  readonly events: readonly DomainEvent[];
  /** By cell: what it holds. */
  readonly held: ReadonlyMap<string, readonly DomainEvent[]>;
  /** By cell: ids of what it lacks. */
  readonly lacking: ReadonlyMap<string, readonly string[]>;
  /** R5: ids of what differs from what another cell holds in its place. No repair can mend that. */
  readonly divergent: ReadonlySet<string>;
}

export async function readStreams(cells: readonly OperatedCell[], stream: string): Promise<StreamInCells> {
  const held = new Map(
    await Promise.all(
      cells.map(async ({ name, log }) => [name, (await log.read(stream)).map(eventFrom(name))] as const),
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
  return { events, held, lacking, divergent: divergentIn([...held.values()].flat()) };
}

function divergentIn(events: readonly DomainEvent[]): ReadonlySet<string> {
  const firstAt = new Map<string, DomainEvent>();
  const divergent = new Set<string>();
  for (const event of events) {
    const place = `${originOf(event)} ${sequenceOf(event)}`;
    const first = firstAt.get(place);
    if (first === undefined) firstAt.set(place, event);
    else if (!sameEvent(first, event)) divergent.add(first.id).add(event.id);
  }
  return divergent;
}

/** @throws PeerMisconfiguredError for what no cell stores, as far as this version knows. */
const eventFrom =
  (cell: string) =>
  (value: unknown): DomainEvent => {
    try {
      return parseEvent(value);
    } catch (error) {
      if (!(error instanceof InvalidEventError)) throw error;
      throw new PeerMisconfiguredError(
        `${cell} holds what cannot be read here: ${error.message} Run the same version of Twinlog here and there.`,
        { cause: error },
      );
    }
  };
