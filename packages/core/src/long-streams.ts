import type { Aggregate, AggregateEvent } from './aggregate.ts';
import type { DomainEvent, EventData } from './log/event.ts';
import { extendFold } from './log/fold.ts';
import type { OwnedFold } from './log/folded.ts';
import type { Meaning } from './log/meaning.ts';
import {
  canBeSnapshot,
  extendPartial,
  type PartialFold,
  partialOf,
  type SnapshotCodec,
  snapshotCodec,
} from './log/snapshot.ts';
import { covers, formatVersion } from './log/version-vector.ts';
import { oldestOf } from './oldest.ts';
import type { CommandRequest } from './outcome.ts';
import type { ServiceOptions } from './service-options.ts';
import type { EventStore } from './store/event-store.ts';
import type { SnapshotStore } from './store/snapshots.ts';

/** What a look at a stream shows: a long one from its snapshot on, if that can be used, any other whole. */
export type Look<State> =
  | { readonly partial: PartialFold<State> }
  | { readonly events: readonly DomainEvent[]; readonly partial?: undefined };

export interface LongStreamsOptions<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
> {
  readonly aggregate: Aggregate<State, Command, Event>;
  readonly store: EventStore;
  readonly snapshots: SnapshotStore;
  readonly codec: SnapshotCodec<State>;
  /** A stream of more events than this is long, and its snapshot is taken anew after as many. */
  readonly every: number;
  /** Streams that are kept in memory. */
  readonly capacity: number;
  /** Told where a snapshot could not be kept. Nothing is lost by it but time. */
  readonly onFailed?: (stream: string, error: unknown) => void;
}

/**
 * Long streams as one process knows them: as partial folds, so that a command costs what is new and not what is old,
 * with what other processes have put down as snapshots to begin with.
 */
export class LongStreams<State extends object, Command extends EventData, Event extends AggregateEvent> {
  readonly #options: LongStreamsOptions<State, Command, Event>;
  readonly #partials = new Map<string, PartialFold<State>>();
  readonly #oldest = oldestOf(this.#partials);

  constructor(options: LongStreamsOptions<State, Command, Event>) {
    this.#options = options;
  }

  async look(stream: string): Promise<Look<State>> {
    const { store, snapshots, codec, every } = this.#options;
    const known = this.#partials.get(stream);
    if (known !== undefined) {
      const beyond = await snapshots.readBeyond(stream, known.fold.version);
      // Another request may have got further meanwhile; or one that has read before may have put down what is older, and
      // that lacks what lies between.
      const current = this.#partials.get(stream);
      const isAsNew = current !== undefined && covers(current.fold.version, known.fold.version);
      const partial = this.#extended(stream, isAsNew ? current : undefined, beyond);
      return partial ? { partial } : { events: await store.read(stream) };
    }
    const { snapshot, events } = await snapshots.readRecent(stream, every, codec.versionOf);
    if (snapshot === undefined) return { events };
    const partial = this.#extended(stream, codec.read(snapshot), events);
    return partial ? { partial } : { events: await store.read(stream) };
  }

  /** The stream's newest partial fold in memory. */
  current(stream: string): PartialFold<State> | undefined {
    return this.#partials.get(stream);
  }

  /** @returns the partial fold with the decision that was made on `partial` and is in the store now. */
  appended(
    stream: string,
    partial: PartialFold<State>,
    decision: { readonly event: DomainEvent; readonly meaning: Meaning<Event>; readonly evolved?: State },
  ): PartialFold<State> | undefined {
    const { event, meaning, evolved } = decision;
    const isCurrent = this.#partials.get(stream)?.fold === partial.fold;
    const fold = isCurrent
      ? extendFold(this.#options.aggregate, partial.fold, event, meaning, evolved)
      : undefined;
    if (fold === undefined) {
      this.#partials.delete(stream);
      return undefined;
    }
    const next = { ...partial, fold };
    this.#partials.set(stream, next);
    return next;
  }

  /** Takes note of a stream that was read whole and has been decided on, if it is long. */
  learn(stream: string, fold: OwnedFold<State>): PartialFold<State> | undefined {
    if (fold.held <= this.#options.every) return undefined;
    const partial = partialOf(fold, 0);
    if (!canBeSnapshot(partial)) return undefined;
    this.#keep(stream, partial);
    return partial;
  }

  /** Puts a snapshot down where one is due. It never fails: an answer that waits for it is of a command that is done. */
  async putDown(stream: string, partial: PartialFold<State>): Promise<void> {
    const { snapshots, codec, every, onFailed } = this.#options;
    const { fold, keptAt } = partial;
    // A snapshot of a very long stream is large, for it has every command id: it is taken after a 256th of the events.
    if (fold.held - keptAt < Math.max(every, fold.held >> 8) || !canBeSnapshot(partial)) return;
    const text = codec.write(partial);
    if (this.#partials.get(stream) === partial)
      this.#partials.set(stream, codec.read(text) ?? { ...partial, keptAt: fold.held });
    try {
      await snapshots.keep(stream, text);
    } catch (error) {
      onFailed?.(stream, error);
    }
  }

  #extended(
    stream: string,
    partial: PartialFold<State> | undefined,
    events: readonly DomainEvent[],
  ): PartialFold<State> | undefined {
    const next = partial && extendPartial(this.#options.aggregate, partial, events);
    if (next === undefined) this.#partials.delete(stream);
    else this.#keep(stream, next);
    return next;
  }

  /** Keeps a partial fold, unless there is one by now that has more: what was read earlier may be done later. */
  #keep(stream: string, partial: PartialFold<State>): void {
    const current = this.#partials.get(stream);
    if (current !== undefined && !covers(partial.fold.version, current.fold.version)) return;
    this.#partials.delete(stream);
    this.#partials.set(stream, partial);
    if (this.#partials.size <= this.#options.capacity) return;
    const oldest = this.#oldest();
    if (oldest !== undefined) this.#partials.delete(oldest);
  }
}

/** Whether a stream's partial fold has all that the command asks of it: its id is new, and the client knows no other version. */
export function isEnough<State>(
  { fold, claimed }: PartialFold<State>,
  { commandId, ifMatch, atLeast }: CommandRequest<unknown>,
): boolean {
  if (commandId !== undefined && (fold.claims.has(commandId) || claimed.has(commandId))) return false;
  if (ifMatch !== undefined && ifMatch !== formatVersion(fold.version)) return false;
  return atLeast === undefined || covers(fold.version, atLeast);
}

/** What is kept of long streams, where the store keeps snapshots and the aggregate says how. */
export function longStreamsOf<State extends object, Command extends EventData, Event extends AggregateEvent>(
  { aggregate, store, snapshotEvery: every = 16, onSnapshotFailed }: ServiceOptions<State, Command, Event>,
  capacity: number,
): LongStreams<State, Command, Event> | undefined {
  const codec = snapshotCodec(aggregate);
  const { snapshots } = store;
  if (codec === undefined || snapshots === undefined) return undefined;
  const onFailed = onSnapshotFailed && { onFailed: onSnapshotFailed };
  return new LongStreams({ aggregate, store, snapshots, codec, every, capacity, ...onFailed });
}
