import type { Aggregate, AggregateEvent } from './aggregate.ts';
import type { Meaning } from './log/counted.ts';
import { type DomainEvent, type EventData, originOf, sequenceOf } from './log/event.ts';
import { extendFold, foldEvents, type OwnedFold } from './log/fold.ts';

/**
 * Folds kept per stream, the least recently used dropped first, so that a command on a long stream costs what
 * is new and not what is old. A store only ever gains events, so as many as were folded are the same ones.
 */
export class FoldCache<State extends object, Command extends EventData, Event extends AggregateEvent> {
  readonly #aggregate: Aggregate<State, Command, Event>;
  readonly #capacity: number;
  readonly #folds = new Map<string, OwnedFold<State>>();

  constructor(aggregate: Aggregate<State, Command, Event>, capacity: number) {
    this.#aggregate = aggregate;
    this.#capacity = capacity;
  }

  /** The fold of all the events held of a stream. */
  fold(stream: string, events: readonly DomainEvent[]): OwnedFold<State> {
    const kept = this.#folds.get(stream);
    const fold = (kept && this.#catchUp(kept, events)) ?? foldEvents(this.#aggregate, events);
    if (events.length > 0) this.#keep(stream, fold);
    return fold;
  }

  /** An own decision made on `fold` is in the store now. */
  appended(stream: string, fold: OwnedFold<State>, event: DomainEvent, meaning: Meaning<Event>): void {
    const isCurrent = (this.#folds.get(stream) ?? fold) === fold;
    const next = isCurrent ? extendFold(this.#aggregate, fold, event, meaning) : undefined;
    if (next) this.#keep(stream, next);
    else this.#folds.delete(stream);
  }

  #catchUp(kept: OwnedFold<State>, events: readonly DomainEvent[]): OwnedFold<State> | undefined {
    if (events.length === kept.held) return kept;
    if (kept.pending.length > 0) return undefined;
    let fold: OwnedFold<State> | undefined = kept;
    for (const event of events) {
      if (sequenceOf(event) <= (fold.version.get(originOf(event)) ?? 0)) continue;
      fold = extendFold(this.#aggregate, fold, event);
      if (fold === undefined) return undefined;
    }
    return fold;
  }

  #keep(stream: string, fold: OwnedFold<State>): void {
    this.#folds.delete(stream);
    this.#folds.set(stream, fold);
    if (this.#folds.size <= this.#capacity) return;
    const [oldest] = this.#folds.keys();
    if (oldest !== undefined) this.#folds.delete(oldest);
  }
}
