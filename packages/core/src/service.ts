import { type AggregateEvent, isRefusal } from './aggregate.ts';
import { createCatchUp } from './catch-up.ts';
import { createEventMaker, type InForce } from './event-maker.ts';
import { firstAnswer } from './first-answer.ts';
import { FoldCache } from './fold-cache.ts';
import type { PendingEvent } from './log/counted.ts';
import { type DomainEvent, type EventData, originOf, sequenceOf, subjectOf } from './log/event.ts';
import { eventTime, lastEventTime } from './log/event-id.ts';
import { fingerprintOfCommand } from './log/fingerprint.ts';
import { foldEvents } from './log/fold.ts';
import type { Fold, OwnedFold } from './log/folded.ts';
import { type Meaning, meaningOf, type RefusedData, recordOf } from './log/meaning.ts';
import type { PartialFold } from './log/snapshot.ts';
import { compareStamps } from './log/superseded.ts';
import { covers, emptyVersion } from './log/version-vector.ts';
import { isEnough, type Look, longStreamsOf } from './long-streams.ts';
import type { Capped, CommandRequest, Decider, Outcome, StreamView, Unready } from './outcome.ts';
import { checkIds, isForeign, matchesVersion } from './precondition.ts';
import type { ServiceOptions } from './service-options.ts';
import type { Insertion } from './store/event-store.ts';

type Judgement<State, Event> =
  | { readonly effect: Event; readonly state: State }
  | { readonly refused: { readonly code: string; readonly detail: string } };

/** A stream as one read of the store shows it. */
interface View<State> extends Capped {
  readonly kind: 'read';
  readonly events: readonly DomainEvent[];
  readonly fold: OwnedFold<State>;
  /** There where the stream is seen from a snapshot on; `events` are then of no use. */
  readonly partial?: PartialFold<State>;
}

/** A decision on its way into the store. */
interface Draft<State, Event> {
  readonly kind: 'draft';
  /** What it was decided on. */
  readonly view: View<State>;
  readonly fold: OwnedFold<State>;
  readonly event: DomainEvent;
  readonly meaning: Meaning<Event>;
  readonly judged: Judgement<State, Event>;
}

const stale = {
  code: 'precondition_failed',
  detail: 'The transaction has changed since the version in If-Match.',
};

function always<Value>(value: Value): () => Value {
  return () => value;
}

function isNewer(stamp: string, known: string): boolean {
  return stamp !== known && compareStamps(stamp, known) > 0;
}

/** How often a command is decided, again and again where another writer took its place in the stream. */
const maxAttempts = 10;

/** The longest that it waits in between, in ms: some 2 s in all, so that 50 writers of one stream get out of each other's way. */
const maxPauseMs = 400;

export function createService<State extends object, Command extends EventData, Event extends AggregateEvent>(
  options: ServiceOptions<State, Command, Event>,
): Decider<State, Command> {
  const { aggregate, store, origin, assignment, runtime, onPending, onOutdated, recoverStream } = options;
  const { cachedStreams = 10_000, waitForTokenMs = 2_000, maxClockSkewMs = 10_000 } = options;
  const inForce: () => InForce =
    typeof assignment === 'string' ? always({ stamp: assignment, ended: new Set() }) : assignment;
  const cache = new FoldCache(aggregate, cachedStreams);
  const long = longStreamsOf(options, cachedStreams);
  /** Waits a random time, of up to twice as long each time ("Exponential Backoff And Jitter", Brooker 2015: full jitter). */
  const pause = (tries: number) => runtime.sleep(runtime.random() * Math.min(maxPauseMs, 2 ** (tries + 2)));
  const readWhole = async (stream: string) => ({ events: await store.read(stream) });
  const eventFor = createEventMaker({ typePrefix: aggregate.typePrefix, origin, inForce, runtime });

  function viewOf(stream: string, events: readonly DomainEvent[]): View<State> {
    const fold = cache.fold(stream, events);
    if (fold.pending.length > 0) {
      const alive = fold.pending.filter(({ event }) => !inForce().ended.has(originOf(event)));
      if (alive.length > 0) onPending?.(stream, alive);
    }
    return { kind: 'read', events, fold };
  }

  const catchUp = createCatchUp({
    look: async (stream) => viewOf(stream, await store.read(stream)),
    ended: () => inForce().ended,
    waitMs: waitForTokenMs,
    sleep: runtime.sleep,
    recoverStream,
  });

  /** The stream as a look at it shows it, or undefined where the command asks for more: then it takes all the events. */
  function viewOfLook(request: CommandRequest<Command>, found: Look<State>): View<State> | undefined {
    if (found.partial === undefined) return viewOf(request.stream, found.events);
    // Another request may have extended it since: the newest that is in memory holds all that the look has shown.
    const partial = found.partial.fold.spent ? long?.current(request.stream) : found.partial;
    if (partial === undefined || !isEnough(partial, request)) return undefined;
    return { kind: 'read', events: [], fold: partial.fold, partial };
  }

  /** What stands in the way of deciding on what is held, if anything does. */
  function obstacle(fold: Fold<State>, commandId: string | undefined): Unready | undefined {
    const blocks = ({ event }: PendingEvent) =>
      meaningOf(aggregate, event) === undefined ||
      originOf(event) === origin ||
      (commandId !== undefined && event.commandid === commandId && !inForce().ended.has(originOf(event)));
    const blocking = fold.pending.length > 0 ? fold.pending.filter(blocks) : [];
    if (blocking.length > 0) return { kind: 'pending', pending: blocking, version: fold.version };
    // R14: whoever decides on what a newer assignment has decided would decide under the old one.
    const { newestStamp } = fold;
    if (newestStamp !== undefined && isNewer(newestStamp, inForce().stamp)) {
      onOutdated?.(newestStamp);
      return { kind: 'outdated', assignment: newestStamp, version: fold.version };
    }
    // R2: what is decided comes after all that it saw, and after the last time of all there is none to write.
    const newestTime = fold.newest === undefined ? 0 : eventTime(fold.newest);
    if (newestTime >= lastEventTime) return { kind: 'clockSkew', skewMs: runtime.now() - newestTime };
    const skewMs = store.clockSkew?.() ?? 0;
    return Math.abs(skewMs) > maxClockSkewMs ? { kind: 'clockSkew', skewMs } : undefined;
  }

  /** What the command comes to on this state: an effect and the state after it, or why not. */
  function judge(command: Command, state: State | undefined): Judgement<State, Event> {
    const effect = aggregate.decide(command, state);
    if (isRefusal(effect)) return { refused: { code: effect.refusal, detail: effect.detail } };
    const next = aggregate.evolve(state, effect);
    if (isRefusal(next)) return { refused: { code: next.refusal, detail: next.detail } };
    return { effect, state: next };
  }

  /** The fold of the events read, made anew where another request has extended the kept one since. */
  function unspent({ fold, events }: View<State>): OwnedFold<State> {
    return fold.spent ? foldEvents(aggregate, events) : fold;
  }

  /** A view that stays as it is: what the cache keeps of it is extended in place. */
  function shown({ events, capped }: View<State>, fold: OwnedFold<State>): StreamView<State> {
    return {
      kind: 'read',
      events,
      ...(capped && { capped }),
      fold: { ...fold, claims: new Map(fold.claims) },
    };
  }

  /** Decides on one view of the stream: the event to write, or the outcome where there is none. */
  function decide(
    request: CommandRequest<Command>,
    fingerprint: string | undefined,
    view: View<State>,
  ): Draft<State, Event> | Outcome<State> {
    const { stream, command, commandId, account, ifMatch } = request;
    const { events } = view;
    const fold = unspent(view);
    const { version } = fold;
    if (isForeign(fold, request.accounts)) return { kind: 'notFound' };
    const claim = commandId === undefined ? undefined : fold.claims.get(commandId);
    if (claim) return firstAnswer(aggregate, { claim, fingerprint }, { fold, events });
    const unready = obstacle(fold, commandId);
    if (unready) return unready;
    if (fold.opening === undefined && fold.held > 0)
      return { kind: 'pending', pending: fold.pending, version };
    const subject =
      fold.opening?.subject ??
      (account === undefined ? undefined : subjectOf(account, aggregate.name, stream));
    if (subject === undefined) return { kind: 'notFound' };
    const isStale = ifMatch !== undefined && !matchesVersion(ifMatch, fold, events);
    if (isStale && !request.isRequested) return { kind: 'preconditionFailed', version };

    const judged = isStale ? { refused: stale } : judge(command, fold.state);
    // Without an id nobody can ask again; and a cell that knows nothing of a stream stores nothing (R9, R15).
    if ('refused' in judged && (commandId === undefined || fold.opening === undefined))
      return { kind: 'refused', ...judged.refused, version };
    const meaning: { readonly refused: RefusedData } | { readonly effect: Event } =
      'refused' in judged ? { refused: { ...judged.refused, command } } : { effect: judged.effect };
    const { type, data } = 'refused' in meaning ? recordOf(meaning) : meaning.effect;
    const { traceparent } = request;
    const contested = fold.opening && inForce().contested?.(stream);
    const claiming =
      commandId === undefined || fingerprint === undefined ? {} : { commandid: commandId, fingerprint };
    const event = eventFor(fold, {
      stream,
      subject,
      type,
      data,
      extensions: {
        ...claiming,
        ...(contested !== undefined && { contested }),
        ...(traceparent !== undefined && { traceparent }),
      },
    });
    return { kind: 'draft', view, fold, event, meaning, judged };
  }

  /**
   * Keeps in memory what is in the store now.
   * @returns where a snapshot is due, the end of putting it down.
   */
  function remember({ view, fold, event, meaning, judged }: Draft<State, Event>): Promise<void> | undefined {
    const { partitionkey: stream } = event;
    const evolved = 'refused' in judged ? undefined : judged.state;
    if (view.partial !== undefined) {
      const partial = long?.appended(stream, view.partial, { event, meaning, ...(evolved && { evolved }) });
      return partial && long?.putDown(stream, partial);
    }
    const next = cache.appended(stream, fold, event, meaning, evolved);
    const partial = next && long?.learn(stream, next);
    return partial && long?.putDown(stream, partial);
  }

  /** What a draft comes to once the store has answered: the outcome, or undefined where its place was taken. */
  function settle(
    { fold, event, judged }: Draft<State, Event>,
    insertion: Insertion,
  ): Outcome<State> | undefined {
    // Our own event in the way of itself: the database had written it and its answer was lost.
    if (!insertion.inserted && insertion.existing.id !== event.id) return undefined;
    const version = new Map(fold.version).set(origin, sequenceOf(event));
    if ('refused' in judged) return { kind: 'refused', ...judged.refused, version };
    return { kind: insertion.inserted ? 'appended' : 'alreadyAppended', event, state: judged.state, version };
  }

  return {
    read: async (stream, atLeast = emptyVersion) => {
      let view: View<State> | Unready = viewOf(stream, await store.read(stream));
      if (!covers(view.fold.version, atLeast)) view = await catchUp(stream, view, atLeast);
      if (view.kind !== 'read') return view;
      return shown(view, unspent(view));
    },

    record: async (stream, draft) => {
      let version = emptyVersion;
      for (let tries = 0; tries < maxAttempts; tries++) {
        if (tries > 0) await pause(tries);
        const view = viewOf(stream, await store.read(stream));
        const fold = unspent(view);
        const unready = obstacle(fold, undefined);
        if (unready) return unready;
        const wanted = fold.opening && draft(shown(view, fold));
        if (!wanted || !fold.opening) return shown(view, fold);
        const { command, requestOf } = wanted;
        const event = eventFor(fold, {
          stream,
          subject: fold.opening.subject,
          ...recordOf(wanted.meaning),
          extensions: {
            ...(command && { commandid: command.id, fingerprint: command.fingerprint }),
            ...(requestOf && { requestof: requestOf.id, fingerprint: requestOf.fingerprint }),
          },
        });
        const insertion = await store.insert(event);
        if (insertion.inserted || insertion.existing.id === event.id) {
          const events = [...view.events, event];
          return shown({ ...view, events }, cache.fold(stream, events));
        }
        version = fold.version;
      }
      return { kind: 'busy', version };
    },

    execute: async (request) => {
      checkIds(request);
      const fingerprint =
        request.commandId === undefined ? undefined : fingerprintOfCommand(aggregate, request.command);
      // A stream named at random holds nothing: a create without an idempotency key needs no read.
      const isNew = request.account !== undefined && request.commandId === undefined;
      const { stream, atLeast = emptyVersion } = request;
      let version = emptyVersion;
      for (let tries = 0; tries < maxAttempts; tries++) {
        if (tries > 0) await pause(tries);
        // But what the database's clock is, only an answer of it tells (R6).
        const isBlind = isNew && tries === 0 && (!store.clockSkew || store.clockSkew() !== undefined);
        const found = isBlind ? { events: [] } : long ? await long.look(stream) : await readWhole(stream);
        let view: View<State> | Unready =
          viewOfLook(request, found) ?? viewOf(stream, await store.read(stream));
        if (!isBlind && !covers(view.fold.version, atLeast)) view = await catchUp(stream, view, atLeast);
        if (view.kind !== 'read') return view;
        const decided = decide(request, fingerprint, view);
        let outcome: Outcome<State> | undefined;
        if (decided.kind === 'draft') {
          const insertion = await store.insert(decided.event);
          const remembered = insertion.inserted ? remember(decided) : undefined;
          if (remembered) await remembered;
          outcome = settle(decided, insertion);
        } else outcome = decided;
        if (outcome) return view.capped ? { ...outcome, capped: view.capped } : outcome;
        version = view.fold.version;
      }
      return { kind: 'busy', version };
    },
  };
}
