import type { Aggregate, AggregateEvent } from '../aggregate.ts';
import { StoreUnavailableError } from '../errors.ts';
import { firstAnswer } from '../first-answer.ts';
import { type DomainEvent, type EventData, sameEvent } from '../log/event.ts';
import { fingerprintOfCommand } from '../log/fingerprint.ts';
import { covers, emptyVersion } from '../log/version-vector.ts';
import type { CommandRequest, Decider, Outcome, Service, StreamView } from '../outcome.ts';
import { checkIds, isForeign } from '../precondition.ts';
import type { Runtime } from '../runtime.ts';
import { type EventStore, ingest } from '../store/event-store.ts';
import { randomBase32 } from '../transaction/base32.ts';
import { type Assignment, homeOf } from './assignment.ts';

/** A command on its way to its home, with all that the sending cell holds of the stream. */
export interface Forwarded<Command> {
  readonly request: CommandRequest<Command> & { readonly commandId: string };
  readonly events: readonly DomainEvent[];
}

/** What the home says: its decision lies in the events it sends back, or why it decided nothing. */
export interface ForwardAnswer {
  readonly kind: 'decided' | 'notFound' | 'preconditionFailed' | 'unready' | 'notHome';
  /** What the home holds of the stream beyond what came along with the command. */
  readonly events: readonly DomainEvent[];
}

/** The other cells, as far as deciding needs them. Both reject where the cell cannot be reached. */
export interface Peers<Command> {
  readonly forward: (cell: string, forwarded: Forwarded<Command>) => Promise<ForwardAnswer>;
  /** Whether the cell holds any event of a stream. */
  readonly holds: (cell: string, stream: string) => Promise<boolean>;
}

export interface HomeCellOptions<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
> {
  readonly aggregate: Aggregate<State, Command, Event>;
  /** This cell's own decisions, on the same store and assignment. */
  readonly decider: Decider<State, Command>;
  readonly store: EventStore;
  readonly cell: string;
  readonly assignment: () => Assignment;
  readonly peers: Peers<Command>;
  readonly runtime: Runtime;
  /** R5: told where a command or its answer brought an event whose place another one takes; waited for. */
  readonly onDivergence?: (divergence: {
    readonly ours: DomainEvent;
    readonly theirs: DomainEvent;
  }) => Promise<void>;
}

/** A service by the policy of its assignment, and what the cell does for the others under `home-cell`. */
export interface HomeCellService<State extends object, Command extends EventData>
  extends Service<State, Command> {
  /** Decides, as the home, what another cell forwarded. */
  readonly decideForwarded: (forwarded: Forwarded<Command>) => Promise<ForwardAnswer>;
  /** Decides, as the home, what waits as requested in a stream. @returns how many were decided. */
  readonly resolveRequests: (stream: string) => Promise<number>;
}

/**
 * R15: after create only the home decides. Elsewhere a command is forwarded to it together with all that is held of
 * the stream; where it cannot be reached, a command on a known stream is recorded as requested. Under `any-cell` every
 * command is decided at once (R16).
 */
export function createHomeCellService<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
>(options: HomeCellOptions<State, Command, Event>): HomeCellService<State, Command> {
  const { aggregate, decider, store, cell, assignment, peers, runtime, onDivergence } = options;

  const homeOfStream = (stream: string) => homeOf(assignment(), aggregate.homeKey?.(stream) ?? stream);
  const decidesHere = (stream: string) => assignment().policy === 'any-cell' || homeOfStream(stream) === cell;

  /** Stores what came along with a command or its answer. */
  async function takeIn(events: readonly DomainEvent[]): Promise<void> {
    for (const theirs of events) {
      const ingested = await ingest(store, theirs);
      if (ingested.kind === 'divergence') await onDivergence?.({ ours: ingested.existing, theirs });
    }
  }

  /** @param view what is held of the stream. */
  async function forward(
    request: Forwarded<Command>['request'],
    view: StreamView<State>,
  ): Promise<Outcome<State>> {
    const { stream, atLeast = emptyVersion } = request;
    const home = homeOfStream(stream);
    const held = view.events;
    let answer: ForwardAnswer;
    try {
      answer = await peers.forward(home, { request, events: held });
    } catch {
      return held.length > 0 ? recordRequest(request, view) : { kind: 'unreachable', cell: home };
    }
    await takeIn(beyond(answer.events, held)).catch((cause: unknown) => {
      // Whatever stands in the way here, the home may have decided: that must not be told as if nothing were written.
      throw new StoreUnavailableError(
        `What the home "${home}" answered could not be kept here (${cause instanceof Error ? cause.message : cause}). Send the same request again, to another cell if that goes on.`,
        { cause },
      );
    });
    switch (answer.kind) {
      case 'decided':
        return answerClaimed(request);
      case 'preconditionFailed': {
        const view = await decider.read(stream, atLeast);
        if (view.kind !== 'read') return view;
        const { capped } = view;
        return { kind: 'preconditionFailed', version: view.fold.version, ...(capped && { capped }) };
      }
      case 'notFound':
        return unlessHeldElsewhere(request, home);
      default:
        return { kind: 'unreachable', cell: home };
    }
  }

  /** The answer to a command that the home has decided. Its decision is held here now; nothing is decided again. */
  async function answerClaimed(request: Forwarded<Command>['request']): Promise<Outcome<State>> {
    const { stream, command, commandId, accounts, atLeast = emptyVersion } = request;
    const view = await decider.read(stream, atLeast);
    if (view.kind !== 'read') return view;
    const { fold, events, capped } = view;
    if (isForeign(fold, accounts)) return { kind: 'notFound' };
    const claim = fold.claims.get(commandId);
    if (claim === undefined) return { kind: 'pending', pending: fold.pending, version: fold.version };
    const fingerprint = fingerprintOfCommand(aggregate, command);
    const outcome = firstAnswer(aggregate, { claim, fingerprint }, { fold, events });
    return capped ? { ...outcome, capped } : outcome;
  }

  /**
   * R15: not found only if every cell could be asked and knows nothing. The home has said so; this cell looks again,
   * for an event may have come in while it asked.
   */
  async function unlessHeldElsewhere(
    { stream, accounts, atLeast = emptyVersion }: CommandRequest<Command>,
    home: string,
  ): Promise<Outcome<State>> {
    // R18: no answer may be behind the client's token, and one that had to cap it says so.
    const own = await decider.read(stream, atLeast);
    if (own.kind !== 'read') return own;
    if (isForeign(own.fold, accounts)) return { kind: 'notFound' };
    const { capped } = own;
    const others = [...assignment().cells.keys()].filter((name) => name !== home && name !== cell);
    try {
      const held = await Promise.all(others.map((other) => peers.holds(other, stream)));
      const isHeld = held.includes(true) || (await store.read(stream)).length > 0;
      return isHeld ? { kind: 'unreachable', cell: home } : { kind: 'notFound', ...(capped && { capped }) };
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      return { kind: 'unreachable', cell: home };
    }
  }

  /** @param seen what was held of the stream before the home was asked. */
  async function recordRequest(
    request: Forwarded<Command>['request'],
    seen: StreamView<State>,
  ): Promise<Outcome<State>> {
    const { stream, command, commandId, ifMatch, atLeast = emptyVersion } = request;
    // R18: a 202 tells of the stream too, and no answer may be behind the client's token.
    const caughtUp = covers(seen.fold.version, atLeast) ? seen : await decider.read(stream, atLeast);
    if (caughtUp.kind !== 'read') return caughtUp;
    if (isForeign(caughtUp.fold, request.accounts)) return { kind: 'notFound' };
    const requestOf = { id: commandId, fingerprint: fingerprintOfCommand(aggregate, command) };
    const view = await decider.record(stream, ({ fold }) => {
      if (fold.claims.has(commandId) || fold.requests.has(commandId)) return undefined;
      return {
        meaning: { requested: { command, ...(ifMatch !== undefined && { if_match: ifMatch }) } },
        requestOf,
      };
    });
    if (view.kind !== 'read') return view;
    if (view.fold.claims.has(commandId)) return answerClaimed(request);
    if (!view.fold.requests.has(commandId)) return { kind: 'unreachable', cell: homeOfStream(stream) };
    const { capped } = caughtUp;
    return { kind: 'requested', commandId, version: view.fold.version, ...(capped && { capped }) };
  }

  return {
    read: decider.read,

    execute: async (request) => {
      const { stream } = request;
      if (request.account !== undefined || assignment().policy === 'any-cell')
        return decider.execute(request);
      if (homeOfStream(stream) === cell) {
        const outcome = await decider.execute(request);
        return outcome.kind === 'notFound' ? unlessHeldElsewhere(request, cell) : outcome;
      }
      checkIds(request);
      // A command that its home is to decide needs an id: it is how its decision is found again.
      const commandId = request.commandId ?? randomBase32(26, runtime.random);
      const identified = { ...request, commandId };
      const view = await decider.read(stream);
      if (view.kind !== 'read') return view;
      const { fold } = view;
      if (isForeign(fold, request.accounts)) return { kind: 'notFound' };
      return fold.claims.has(commandId) ? answerClaimed(identified) : forward(identified, view);
    },

    decideForwarded: async ({ request, events }) => {
      const { stream } = request;
      // Told apart by reading: taking in what is held already would cost a write for each event.
      const held = events.length === 0 ? [] : await store.read(stream);
      await takeIn(beyond(events, held));
      if (!decidesHere(stream)) return { kind: 'notHome', events: [] };
      const outcome = await decider.execute(request);
      const kind = answerKinds[outcome.kind] ?? 'unready';
      return { kind, events: beyond(await store.read(stream), events) };
    },

    resolveRequests: async (stream) => {
      if (!decidesHere(stream)) return 0;
      const view = await decider.read(stream);
      if (view.kind !== 'read') return 0;
      const { requests, claims } = view.fold;
      const waiting = [...requests].filter(([commandId]) => !claims.has(commandId));
      let decided = 0;
      for (const [commandId, { event, requested }] of waiting.sort(([, a], [, b]) =>
        a.event.id < b.event.id ? -1 : 1,
      )) {
        const command = aggregate.readCommand?.(requested.command);
        if (command === undefined) continue;
        const { traceparent } = event;
        const outcome = await decider.execute({
          stream,
          command,
          commandId,
          isRequested: true,
          ...(requested.if_match !== undefined && { ifMatch: requested.if_match }),
          ...(traceparent !== undefined && { traceparent }),
        });
        if (answerKinds[outcome.kind] === 'decided') decided += 1;
      }
      return decided;
    },
  };
}

/** The events of which no equal one is known. */
function beyond(events: readonly DomainEvent[], known: readonly DomainEvent[]): readonly DomainEvent[] {
  const byId = new Map(known.map((event) => [event.id, event]));
  return events.filter((event) => {
    const same = byId.get(event.id);
    return same === undefined || !sameEvent(same, event);
  });
}

const answerKinds: Readonly<Partial<Record<Outcome<object>['kind'], ForwardAnswer['kind']>>> = {
  appended: 'decided',
  alreadyAppended: 'decided',
  refused: 'decided',
  notFound: 'notFound',
  preconditionFailed: 'preconditionFailed',
};
