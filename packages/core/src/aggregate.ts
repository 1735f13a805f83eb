import type { EventData } from './log/event.ts';
import type { EventTypes } from './log/event-types.ts';
import type { Compensation } from './log/meaning.ts';

/** An event as an aggregate sees it: the last parts of its type, such as `captured.v1`, and its data. */
export interface AggregateEvent {
  readonly type: string;
  readonly data: EventData;
}

/** Why a rule forbids something. `code` is stable and for programs, `detail` is for people. */
export interface Refusal {
  readonly refusal: string;
  readonly detail: string;
}

export function refuse(code: string, detail: string): Refusal {
  return { refusal: code, detail };
}

export function isRefusal(value: object): value is Refusal {
  return 'refusal' in value;
}

/** How a state is written as JSON and read again. */
export interface StateCodec<State extends object> {
  /** To be raised whenever `evolve` comes to another state, or the same state is written otherwise, than before. */
  readonly revision: number;
  readonly write: (state: State) => EventData;
  /** Undefined for what is no state. */
  readonly read: (written: EventData) => State | undefined;
}

/**
 * What an aggregate is: which events it has, how a command becomes an event, and what an event does to the
 * state, or which rule it breaks. All of it is pure.
 *
 * A rule is written once, in `evolve`. What `evolve` refuses when a command is decided is refused to the
 * client; what it refuses when two cells' events are folded together is a conflict. So no rule can hold in
 * one place and not in the other.
 */
export interface Aggregate<State extends object, Command extends EventData, Event extends AggregateEvent> {
  /** One lower-case word: `transaction`. It stands in subjects. */
  readonly name: string;
  /** What every event type of it starts with: `io.twinlog.transaction`. */
  readonly typePrefix: string;
  /** The type of the events that open a stream: `created.v1`. */
  readonly opening: Event['type'];
  /** Every version of its events that was ever published, and how this code reads each (`eventTypes`). */
  readonly events: EventTypes<Event>;
  /** The one event that the command asks for. Whether it may happen is for `evolve` to say. */
  readonly decide: (command: Command, state: State | undefined) => Event | Refusal;
  /** The state after the event, or the rule that the event breaks. `undefined` is a stream not yet opened. */
  readonly evolve: (state: State | undefined, event: Event) => State | Refusal;
  /** What of a command its fingerprint is made of (R7), where that is not all of it: what a repetition repeats. */
  readonly identity?: (command: Command) => EventData;
  /** A command as it was recorded (R9, R15), if this code understands it: the inverse of writing it as JSON. */
  readonly readCommand?: (recorded: EventData) => Command | undefined;
  /** How its state is written in snapshots of long streams; without it there are none. */
  readonly snapshot?: StateCodec<State>;
  /** What of a stream's id its home is told from (R12): what streams have in common that must share a home. */
  readonly homeKey?: (stream: string) => string;
  /** What an effect that a client was told of calls for where it turns out not to stand (R16); undefined for nothing. */
  readonly compensation?: (event: Event) => Compensation | undefined;
}
