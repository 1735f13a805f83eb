import { cellOf, type DomainEvent, originOf } from '@twinlog/core';
import type { Stage } from './stage.ts';

/** The simulator's own record of every event that ever entered a database, whatever became of it there. */
export interface Chronicle {
  /** By event id. */
  readonly events: ReadonlyMap<string, Chronicled>;
  /** The events that carry a command id, refusals included, in the order they were decided. */
  readonly decisionsOf: (stream: string, commandId: string) => readonly DomainEvent[];
  /** An event has entered the database of a cell, which holds the events of these ids. */
  readonly enter: (cell: string, event: DomainEvent, held: ReadonlyMap<string, DomainEvent>) => void;
  /** Whether this copy of an event has the content that the event had when it was first written. */
  readonly isTrueCopy: (copy: DomainEvent) => boolean;
}

export interface Chronicled {
  readonly event: DomainEvent;
  readonly at: number;
}

/** Where an event stands in the log, as text. */
export function placeOf({
  partitionkey,
  source,
  sequence,
}: Pick<DomainEvent, 'partitionkey' | 'source' | 'sequence'>): string {
  return `${partitionkey} ${source} ${sequence}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether two JSON values are the same, whatever order their members have. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(a[key], b[key]));
}

/** Whether an event settles a conflict, or tells that it is compensated (R16): a decision, and of no client's command. */
function isRecordOfConflict({ type }: DomainEvent): boolean {
  return type.includes('.conflict.');
}

export function createChronicle(stage: Stage): Chronicle {
  const events = new Map<string, Chronicled>();
  /** By stream and source, ids by sequence. */
  const idsOf = new Map<string, string[]>();
  const decisions = new Map<string, DomainEvent[]>();
  const trueCopies = new Set<DomainEvent>();

  function checkPlace(cell: string, event: DomainEvent, held: ReadonlyMap<string, DomainEvent>): void {
    const { partitionkey, source } = event;
    const fail = (invariant: string, detail: string) =>
      stage.fail(invariant, `${placeOf(event)} ${detail}`, partitionkey);
    const timeline = `${partitionkey} ${source}`;
    const ids = idsOf.get(timeline) ?? [];
    idsOf.set(timeline, ids);
    const sequence = Number(event.sequence);
    const inItsPlace = ids[sequence];
    if (inItsPlace !== undefined) fail('no two contents at one place', `has ${inItsPlace} and ${event.id}`);
    ids[sequence] = event.id;
    if (cellOf(originOf(event)) !== cell)
      fail('only its origin writes an event first', `appeared in ${cell}`);
    if (sequence > 1 && !held.has(ids[sequence - 1] ?? ''))
      fail('sequences have no gaps', 'was decided without its predecessor');
  }

  function noteDecision(event: DomainEvent, commandId: string): void {
    if (isRecordOfConflict(event)) return;
    const isRefusal = event.type.endsWith('.refused.v1');
    if (isRefusal) stage.hit('R9 refusal recorded');
    const key = `${event.partitionkey} ${commandId}`;
    const earlier = decisions.get(key);
    if (earlier === undefined) {
      decisions.set(key, [event]);
      return;
    }
    const isAgain = earlier.some(({ type }) => type.endsWith('.refused.v1') === isRefusal);
    if (isAgain) stage.hit(isRefusal ? 'R9 refusal recorded twice' : 'R8 twins of one command');
    earlier.push(event);
    if (stage.hasOneDecider && !event.type.endsWith('.created.v1')) {
      stage.fail(
        'a command ends in one decision',
        `${commandId} was decided twice by its home`,
        event.partitionkey,
      );
    }
  }

  return {
    events,
    decisionsOf: (stream, commandId) => decisions.get(`${stream} ${commandId}`) ?? [],
    isTrueCopy: (copy) => trueCopies.has(copy),
    enter: (cell, event, held) => {
      const known = events.get(event.id);
      if (known !== undefined) {
        if (sameValue(known.event, event)) trueCopies.add(event);
        else stage.fail('no two contents at one place', `${event.id} changed on its way`, event.partitionkey);
        return;
      }
      checkPlace(cell, event, held);
      events.set(event.id, { event, at: stage.scheduler.now() });
      trueCopies.add(event);
      if (event.contested !== undefined) stage.hit('R15 decided while contested');
      if (event.commandid !== undefined) noteDecision(event, event.commandid);
    },
  };
}
