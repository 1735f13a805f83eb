import {
  type DomainEvent,
  dataschemaOf,
  type EventData,
  formatSequence,
  sourceOf,
  subjectOf,
  timeOf,
} from '../log/event.ts';
import { nextEventId } from '../log/event-id.ts';
import { systemRuntime } from '../runtime.ts';

export interface EventDetails {
  readonly stream: string;
  readonly origin?: string;
  readonly sequence?: number;
  readonly account?: string;
  /** Milliseconds since 1970, or the id itself. */
  readonly at?: number | string;
  readonly seen?: string;
  readonly data?: EventData;
}

/** What an event's attributes are derived from, where they are as usual. */
interface Place {
  readonly id: string;
  readonly origin: string;
  /** With its version, as on the wire. */
  readonly type: string;
  readonly account: string;
  readonly stream: string;
  readonly sequence: number;
}

type Derived = Omit<DomainEvent, 'seen' | 'assignment' | 'data'>;

/** The attributes of a well-formed event that tell where it belongs. */
export function attributesAt({ id, origin, type, account, stream, sequence }: Place): Derived {
  return {
    specversion: '1.0',
    id,
    source: sourceOf(origin),
    type,
    subject: subjectOf(account, 'transaction', stream),
    time: timeOf(id),
    datacontenttype: 'application/json',
    dataschema: dataschemaOf(type),
    partitionkey: stream,
    sequence: formatSequence(sequence),
  };
}

/** A well-formed event of a stream; it opens the stream unless `seen` says otherwise. */
export function sampleEvent(details: EventDetails): DomainEvent {
  const { stream, origin = 'aws-us-east-1.1', sequence = 1, account = 'acc_1', at, seen = '' } = details;
  const id = typeof at === 'string' ? at : newId(at);
  const type = 'io.twinlog.transaction.created.v1';
  return {
    ...attributesAt({ id, origin, type, account, stream, sequence }),
    seen,
    assignment: '1.aws-us-east-1',
    data: details.data ?? { account_id: account, amount: '12.34', currency: 'USD' },
  };
}

/** A name that no test and no run before had, in lower-case letters and digits: a store may outlive a run. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${newId().toLowerCase()}`;
}

function newId(at: number = systemRuntime.now()): string {
  return nextEventId(at, undefined, systemRuntime.random);
}
