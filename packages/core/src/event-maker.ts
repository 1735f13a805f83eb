import {
  type DomainEvent,
  dataschemaOf,
  type EventData,
  formatSequence,
  sourceOf,
  timeOf,
} from './log/event.ts';
import { nextEventId } from './log/event-id.ts';
import type { Fold } from './log/folded.ts';
import { formatVersion } from './log/version-vector.ts';
import type { Runtime } from './runtime.ts';

/** What of the assignment (R14) a decision has to know. */
export interface InForce {
  readonly stamp: string;
  /** Origins that ended: what of theirs is pending claims nothing and asks for no repair (R1). */
  readonly ended: ReadonlySet<string>;
  /** R15: the cell that was taken over from without being drained, where it is a stream's own home. */
  readonly contested?: (stream: string) => string | undefined;
}

/** What tells an event from the others of its stream. */
export interface EventDetails {
  readonly stream: string;
  readonly subject: string;
  /** The last parts of the type: `captured.v1`. */
  readonly type: string;
  readonly data: EventData;
  readonly extensions: Pick<
    DomainEvent,
    'commandid' | 'fingerprint' | 'requestof' | 'traceparent' | 'contested'
  >;
}

/** Makes the events that one origin decides: the next in its sequence (R1), after all that was seen (R2). */
export function createEventMaker(options: {
  readonly typePrefix: string;
  readonly origin: string;
  readonly inForce: () => InForce;
  readonly runtime: Pick<Runtime, 'now' | 'random'>;
}): (fold: Pick<Fold<unknown>, 'version' | 'newest'>, details: EventDetails) => DomainEvent {
  const { typePrefix, origin, inForce, runtime } = options;
  // One text for all events that share it: it is kept once, and compares as fast as a reference.
  const source = sourceOf(origin);
  const names = new Map<string, Pick<DomainEvent, 'type' | 'dataschema'>>();

  function namesOf(shortType: string): Pick<DomainEvent, 'type' | 'dataschema'> {
    let known = names.get(shortType);
    if (known === undefined) {
      const type = `${typePrefix}.${shortType}`;
      known = { type, dataschema: dataschemaOf(type) };
      names.set(shortType, known);
    }
    return known;
  }

  return (fold, details) => {
    const { type, dataschema } = namesOf(details.type);
    const id = nextEventId(runtime.now(), fold.newest, runtime.random);
    return {
      specversion: '1.0',
      id,
      source,
      type,
      subject: details.subject,
      time: timeOf(id),
      datacontenttype: 'application/json',
      dataschema,
      partitionkey: details.stream,
      sequence: formatSequence((fold.version.get(origin) ?? 0) + 1),
      seen: formatVersion(fold.version),
      assignment: inForce().stamp,
      ...details.extensions,
      data: details.data,
    };
  };
}
