import type { Aggregate, AggregateEvent } from './aggregate.ts';

import { type DomainEvent, type EventData, formatSequence, originOf } from './log/event.ts';
import { extendFold, foldEvents } from './log/fold.ts';
import type { OwnedFold } from './log/folded.ts';
import type { Meaning } from './log/meaning.ts';
import { oldestOf } from './oldest.ts';

/**
 * Folds kept per stream, the least recently used dropped first, so that a command on a long stream costs what
 * is new and not what is old.
 */
export class FoldCache<State extends object, Command extends EventData, Event extends AggregateEvent> {
  readonly #aggregate: Aggregate<State, Command, Event>;
  readonly #capacity: number;
  readonly #folds = new Map<string, OwnedFold<State>>();
  readonly #oldest = oldestOf(this.#folds);

  constructor(aggregate: Aggregate<State, Command, Event>, capacity: number) {
    this.#aggregate = aggregate;
    this.#capacity = capacity;
  }

  /** The fold of all the events held of a stream. */
  fold(stream: string, events: readonly DomainEvent[]): OwnedFold<State> {
    const kept = this.#folds.get(stream);
    if (kept === undefined || kept.pending.length > 0) return this.#foldAll(stream, events);
    const fresh = eventsBeyond(kept, events);
    // A read that was overtaken by a newer one lacks what is folded already: it is folded as it is, and forgotten.
    if (kept.held + fresh.length > events.length) return foldEvents(this.#aggregate, events);
    let fold: OwnedFold<State> | undefined = kept;
    for (const event of fresh) {
      fold = extendFold(this.#aggregate, fold, event);
      if (fold === undefined) return this.#foldAll(stream, events);
    }
    this.#keep(stream, fold);
    return fold;
  }

  /**
   * An own decision made on `fold` is in the store now.
   *
   * @param evolved the state after it, if it was no refusal.
   * @returns the fold with it, or undefined where another has come between.
   */
  appended(
    stream: string,
    fold: OwnedFold<State>,
    event: DomainEvent,
    meaning: Meaning<Event>,
    evolved?: State,
  ): OwnedFold<State> | undefined {
    const kept = this.#folds.get(stream);
    const isCurrent = (kept ?? fold) === fold;
    const next = isCurrent ? extendFold(this.#aggregate, fold, event, meaning, evolved) : undefined;
    if (next === undefined) this.#folds.delete(stream);
    else if (kept === undefined) this.#keep(stream, next);
    else this.#folds.set(stream, next);
    return next;
  }

  #foldAll(stream: string, events: readonly DomainEvent[]): OwnedFold<State> {
    const fold = foldEvents(this.#aggregate, events);
    if (events.length > 0) this.#keep(stream, fold);
    return fold;
  }

  #keep(stream: string, fold: OwnedFold<State>): void {
    // Moving an entry to the end costs more than most commands; who is the oldest matters once there is a crowd.
    if (this.#folds.size * 2 > this.#capacity) this.#folds.delete(stream);
    this.#folds.set(stream, fold);
    if (this.#folds.size <= this.#capacity) return;
    const oldest = this.#oldest();
    if (oldest !== undefined) this.#folds.delete(oldest);
  }
}

/** The events that a fold with nothing pending does not hold. Looked at on every command, so it makes no text twice. */
function eventsBeyond<State>(fold: OwnedFold<State>, events: readonly DomainEvent[]): readonly DomainEvent[] {
  let source: string | undefined;
  let last = '';
  const fresh: DomainEvent[] = [];
  for (const event of events) {
    if (event.source !== source) {
      source = event.source;
      last = formatSequence(fold.version.get(originOf(event)) ?? 0);
    }
    if (event.sequence > last) fresh.push(event);
  }
  return fresh;
}
