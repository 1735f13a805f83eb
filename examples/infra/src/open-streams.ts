import {
  type DomainEvent,
  type DueCompensation,
  type EventData,
  type Fold,
  type HomeCellService,
  opensStream,
  settleConflicts,
} from '@twinlog/core';

/** What a sweep came to. */
export interface Swept {
  /** Requests decided, conflicts settled, compensations carried out. */
  readonly decided: number;
  readonly settled: number;
  readonly compensated: number;
  /** Streams that are still to be looked at: too new, or not done with. */
  readonly open: number;
}

export interface OpenStreamsOptions<State extends object, Command extends EventData> {
  readonly service: HomeCellService<State, Command>;
  readonly settling: Omit<Parameters<typeof settleConflicts<State, Command>>[1], 'compensate'>;
  readonly compensate: (due: DueCompensation) => Promise<void>;
  /** Whether this cell is a stream's home: only the home settles (R16) and decides requests (R15). */
  readonly isHome: (stream: string) => boolean;
  /** Told of each stream that could not be finished now; it is looked at again. */
  readonly onError?: (error: unknown, stream: string) => void;
}

/** What a home has to see to: requests to be decided, conflicts to be settled and compensated. */
export interface OpenStreams {
  /** To be told of every event that comes from another cell. */
  readonly note: (event: DomainEvent) => void;
  /** Decides the requests of streams that an event has just come to. To be called once it is stored. */
  readonly resolveRequests: () => Promise<number>;
  /**
   * Decides requests, and settles and compensates the conflicts that are old enough. To be called now and then.
   * @param streams to be looked at too, without waiting: those of the whole log, where somebody has it at hand.
   */
  readonly sweep: (streams?: Iterable<string>) => Promise<Swept>;
  /** What waits for a sweep, as far as this process was told. */
  readonly waiting: () => { readonly streams: number; readonly requests: number };
}

/** How many streams are seen to at a time. */
const parallelStreams = 32;

/** Streams kept in mind at most; beyond it the one noted longest ago is forgotten. */
const maxStreams = 10_000;

/**
 * Keeps in mind which streams may need their home, from the events that came to this process: a conflict or a
 * request can only come about by one. What another process was told of, or this one before it was restarted, it does
 * not know; finding that is for reconcile, which looks at the whole log.
 */
export function createOpenStreams<State extends object, Command extends EventData>({
  service,
  settling,
  compensate,
  isHome,
  onError,
}: OpenStreamsOptions<State, Command>): OpenStreams {
  const { now, settleAfterMs } = settling;
  /** When the last event came, by stream. */
  const noted = new Map<string, number>();
  /** Streams with requests not decided yet, and those of them that an event came to since they were looked at. */
  const requested = new Set<string>();
  const stirred = new Set<string>();

  async function foldOf(stream: string): Promise<Fold<State> | undefined> {
    const view = await service.read(stream);
    return view.kind === 'read' ? view.fold : undefined;
  }

  async function resolve(streams: readonly string[]): Promise<number> {
    let decided = 0;
    await someAtATime(streams, async (stream) => {
      stirred.delete(stream);
      try {
        const done = await service.resolveRequests(stream);
        decided += done;
        const fold = await foldOf(stream);
        if (fold && !isWaiting(fold)) requested.delete(stream);
      } catch (error) {
        onError?.(error, stream);
      }
    });
    return decided;
  }

  return {
    note: (event) => {
      const stream = event.partitionkey;
      if (!isHome(stream)) return;
      if (event.requestof !== undefined) requested.add(stream);
      if (requested.has(stream)) stirred.add(stream);
      // A create is never settled: R13 alone decides which one counts.
      if (opensStream(event)) return;
      noted.delete(stream);
      noted.set(stream, now());
      for (const streams of [noted, requested, stirred]) {
        const [oldest] = streams.size > maxStreams ? streams.keys() : [];
        if (oldest !== undefined) streams.delete(oldest);
      }
    },

    resolveRequests: () => resolve([...stirred]),

    waiting: () => ({ streams: noted.size, requests: requested.size }),

    sweep: async (streams = []) => {
      for (const stream of streams) if (isHome(stream)) noted.set(stream, now() - settleAfterMs);
      let decided = await resolve([...requested]);
      let settled = 0;
      let compensated = 0;
      await someAtATime([...noted], async ([stream, notedAt]) => {
        // Not before a decision that was under way here when the event came is written, too.
        if (now() - notedAt < settleAfterMs) return;
        try {
          const fold = await foldOf(stream);
          if (fold && !isOpen(fold)) {
            if (noted.get(stream) === notedAt) noted.delete(stream);
            return;
          }
          const resolved = await service.resolveRequests(stream);
          decided += resolved;
          const done = await settleConflicts(stream, { ...settling, compensate });
          settled += done.settled;
          compensated += done.compensated;
          for (const error of done.failed ?? []) onError?.(error, stream);
        } catch (error) {
          onError?.(error, stream);
        }
      });
      return { decided, settled, compensated, open: new Set([...noted.keys(), ...requested]).size };
    },
  };
}

/** After a takeover all streams of a day may have to be looked at, within the time that a function has. */
async function someAtATime<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += parallelStreams)
    await Promise.all(items.slice(at, at + parallelStreams).map(act));
}

function isWaiting({ requests, claims, pending }: Fold<unknown>): boolean {
  return pending.length > 0 || [...requests.keys()].some((id) => !claims.has(id));
}

function isOpen(fold: Fold<unknown>): boolean {
  return (
    isWaiting(fold) ||
    fold.conflicts.some(
      ({ event, isSettled, isCompensated, compensation }) =>
        !opensStream(event) && !(isSettled && (isCompensated || !compensation)),
    )
  );
}
