import {
  assignmentAggregate,
  type DomainEvent,
  type Fold,
  foldEvents,
  formatVersion,
  originOf,
  sequenceOf,
  transaction,
} from '@twinlog/core';
import type { Command } from '../command.ts';
import { identified } from '../matrix.ts';
import { print, table } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { readStreams, streamNamed } from './streams.ts';

/** One stream in all cells side by side: canonical order, who holds what, conflicts, and what does not count yet. */
export const show: Command = async ({ cells, args, terminal }) => {
  const stream = streamNamed(args[0]);
  if (stream === undefined) throw new UsageError('show takes the id of a stream: show txn_…');
  await identified(cells);
  const { events, held, lacking, divergent } = await readStreams(cells, stream);
  if (events.length === 0) {
    print(terminal, { stream, events: [], divergent: [], lacking: {}, versions: {} }, [
      `No cell holds anything of ${stream}.`,
    ]);
    return 1;
  }
  const folds = new Map([...held].map(([name, own]) => [name, foldOf(own)]));
  const mark = (name: string, event: DomainEvent): string => {
    if (divergent.has(event.id))
      return lacking.get(name)?.includes(event.id) ? 'holds another' : 'DIVERGENCE';
    if (lacking.get(name)?.includes(event.id)) return 'missing';
    const fold = folds.get(name);
    const pending = fold?.pending.find((one) => one.event.id === event.id);
    if (pending) return `pending: ${pending.reason}`;
    const conflict = fold?.conflicts.find((one) => one.event.id === event.id);
    if (!conflict) return 'counts';
    const settled = conflict.isSettled ? 'settled' : 'tentative';
    return `conflict: ${conflict.code}, ${settled}`;
  };
  const rows = events.map((event) => [
    event.time,
    event.type.split('.').slice(-2).join('.'),
    `${originOf(event)} ${sequenceOf(event)}`,
    ...cells.map(({ name }) => mark(name, event)),
    event.id,
  ]);
  const versions = [...folds].map(([name, { version }]) => `${name} has counted ${formatVersion(version)}`);
  const isRepairable = [...lacking.values()].some((ids) => ids.some((id) => !divergent.has(id)));
  print(
    terminal,
    {
      stream,
      events: events.map((event) => ({
        id: event.id,
        type: event.type,
        origin: originOf(event),
        sequence: sequenceOf(event),
        in: Object.fromEntries(cells.map(({ name }) => [name, mark(name, event)])),
        data: event.data,
      })),
      divergent: [...divergent],
      lacking: Object.fromEntries(lacking),
      versions: Object.fromEntries([...folds].map(([name, { version }]) => [name, formatVersion(version)])),
    },
    [
      ...table([['time', 'event', 'origin', ...cells.map(({ name }) => name), 'id'], ...rows]),
      '',
      ...versions,
      ...(isRepairable ? [`The cells do not hold the same. Mend it with: repair ${stream}`] : []),
      ...(divergent.size > 0
        ? ['DIVERGENCE: cells hold different events at one place. Tell the developers.']
        : []),
    ],
  );
  return isRepairable || divergent.size > 0 ? 1 : 0;
};

/** By the aggregate that the stream's events are of. */
function foldOf(events: readonly DomainEvent[]): Fold<object> {
  const isAssignment = events[0]?.type.startsWith(`${assignmentAggregate.typePrefix}.`);
  return isAssignment ? foldEvents(assignmentAggregate, events) : foldEvents(transaction, events);
}
