import {
  type EventKey,
  type EventStore,
  eventTime,
  StoreUnavailableError,
  TwinlogError,
} from '@twinlog/core';
import { type Digest, digestOf, keyText, maxPage, scanPages, splitRange, type TimeRange } from './digest.ts';
import { inParallel, tryInParallel } from './in-parallel.ts';
import { inParts } from './in-parts.ts';
import { createIntake, type IntakeListener, type Pulled } from './intake.ts';
import { lastTime, maxKeyedEvents } from './limits.ts';
import type { Peer } from './peer.ts';

export interface ReconcileOptions extends IntakeListener {
  readonly store: EventStore;
  readonly peer: Peer;
  /**
   * The origins to compare: of every cell of the assignment, this one included (a cell restored from a backup
   * gets its own events back, R1), each incarnation, those that ended included.
   */
  readonly origins: readonly string[];
  /** Milliseconds since 1970, whole. A run over parts of the time does the same as one over all of it. */
  readonly from: number;
  /** Not included. */
  readonly to: number;
  /** A range that differs is cut further until the peer holds so few keys there: 50 unless told. */
  readonly leafKeys?: number;
  /** Told in order of time within each origin, as the ranges are done. */
  readonly onProgress?: (progress: ReconcileProgress) => void;
  /** Asked whenever a range is done: where it says yes, the run ends there, `unfinished`. */
  readonly isTimeUp?: () => boolean;
}

export interface ReconcileProgress {
  readonly origin: string;
  /** This origin is done up to here, without this millisecond: where a run that was cut off goes on from. */
  readonly upTo: number;
  readonly pulled: number;
  readonly comparedRanges: number;
}

export interface Reconciled extends Pulled {
  /** How many ranges had their digests compared. */
  readonly comparedRanges: number;
  /** There if the time was up: this origin is done up to `from`, those before it are done, those behind it are not. */
  readonly unfinished?: { readonly origin: string; readonly from: number };
}

/** Ends a run from within, with what has been done of it. */
class TimeUp extends Error {}

/** Into how many parts a range that differs is cut. */
const fanOut = 16;

/** How many requests for events are under way, and how many events of each are written at a time. */
const parallelRequests = 4;
const parallelWrites = 8;

/**
 * How many streams the store may give no answer to, with nothing taken in between, before it is taken to be away: a log may
 * lack nothing but what is throttled.
 */
const leftToDoubt = 64;

/**
 * Compares this cell's log with a peer's and stores what this one lacks (anti-entropy; the narrowing is that of
 * Merkle trees over time, as in Dynamo, 2007). It pulls only: the peer runs it too. Afterwards this cell holds
 * every event of `origins` that the peer held in `[from, to)` when it was called, but for what `divergences` and
 * `rejected` name. Traffic may go on: what arrives meanwhile is taken or left for the next run. Nothing is ever
 * overwritten, a second run changes nothing, and memory does not grow with the log. A stream whose writes the store gives no
 * answer to holds up no other, and is among the `rejected`.
 *
 * Keys are compared, not contents: the same id with other content is found by `repairStream`, which compares
 * contents, and not by this.
 *
 * @throws PeerUnavailableError, PeerMisconfiguredError, StoreUnavailableError where that is so of one stream after
 * the other; what was stored stays, and the
 * same call finishes the work. TwinlogError `invalid_option` for times that cannot be compared.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const { store, peer, origins, from, to, leafKeys = 50, onProgress, isTimeUp } = options;
  if (![from, to].every((time) => Number.isInteger(time) && time >= 0 && time <= lastTime)) {
    throw new TwinlogError(
      'invalid_option',
      `Cannot compare from ${from} to ${to}: both are whole milliseconds since 1970, up to ${lastTime}.`,
    );
  }
  const intake = createIntake(store, options);
  /** Streams of which some is left to the next run, and how many of them one after the other. */
  const left = new Set<string>();
  const told = new Set<string>();
  let leftSinceTaken = 0;
  let comparedRanges = 0;
  let reached = { origin: origins[0] ?? '', from };
  const tell = (origin: string, upTo: number) => {
    reached = { origin, from: upTo };
    onProgress?.({ origin, upTo, pulled: intake.result().pulled, comparedRanges });
    if (isTimeUp?.()) throw new TimeUp();
  };

  /** Goes through ranges in order of time, cuts those that differ into smaller ones, and fills these. */
  async function compare(origin: string, ranges: readonly TimeRange[]): Promise<void> {
    for await (const part of inParts(ranges, (rest) => peer.digests({ origin, ranges: rest }))) {
      for (const [range, theirs] of part) {
        comparedRanges += 1;
        const step = await nextStep(origin, range, theirs);
        if (step === 'cut') await compare(origin, splitRange(range, fanOut));
        else {
          if (step === 'fill') await fill(origin, range);
          tell(origin, range.to);
        }
      }
    }
  }

  async function nextStep(
    origin: string,
    range: TimeRange,
    theirs: Digest | null,
  ): Promise<'done' | 'fill' | 'cut'> {
    if (theirs === null) {
      if ((await store.scan({ origin, ...range, limit: 1 })).items.length === 0) return 'fill';
    } else {
      if (theirs.count === 0) return 'done';
      // With more keys than theirs it differs from theirs, whatever they are.
      const ours = await digestOf(store, origin, range, theirs.count);
      if (ours?.hash === theirs.hash && ours.count === theirs.count) return 'done';
      if (ours?.count === 0 || theirs.count <= leafKeys) return 'fill';
    }
    return range.to - range.from > 1 ? 'cut' : 'fill';
  }

  /** Takes whatever the peer holds in a range and this cell does not, a page of keys at a time. */
  async function fill(origin: string, range: TimeRange): Promise<void> {
    let after: string | undefined;
    do {
      const page = await peer.keys({
        origin,
        ...range,
        limit: maxPage,
        ...(after !== undefined && { after }),
      });
      const missing = await lacking(origin, page.items);
      await inParallel(inChunks(missing, maxKeyedEvents), parallelRequests, pull);
      after = page.next;
      const last = page.items.at(-1);
      if (after !== undefined && last !== undefined) tell(origin, eventTime(last.id));
    } while (after !== undefined);
  }

  /** Those of one page of the peer's keys, in order of time, that this cell does not hold. */
  async function lacking(origin: string, keys: readonly EventKey[]): Promise<readonly EventKey[]> {
    const [first, last] = [keys[0], keys.at(-1)];
    if (first === undefined || last === undefined) return [];
    const missing = new Map(keys.map((key) => [keyText(key), key]));
    const span = { from: eventTime(first.id), to: eventTime(last.id) + 1 };
    for await (const held of scanPages(store, origin, span)) {
      for (const key of held) missing.delete(keyText(key));
    }
    return [...missing.values()];
  }

  async function pull(keys: readonly EventKey[]): Promise<void> {
    for await (const all of inParts(keys, peer.events)) {
      const part = all.filter(([key]) => !left.has(key.stream));
      const { faults, gaveUp } = await tryInParallel(
        part,
        parallelWrites,
        async ([key, event]) => {
          try {
            await intake.take(key.stream, event, key);
            leftSinceTaken = 0;
          } catch (fault) {
            if (!left.has(key.stream)) leftSinceTaken += 1;
            left.add(key.stream);
            throw fault;
          }
        },
        ([key]) => key.stream,
      );
      for (const { group, fault } of faults) {
        // A partition of the store may be throttled by itself, and be so for long.
        if (gaveUp || leftSinceTaken >= leftToDoubt || !(fault instanceof StoreUnavailableError)) throw fault;
        const stream = String(group);
        if (!told.has(stream)) intake.leave(stream, fault);
        told.add(stream);
      }
    }
  }

  try {
    for (const origin of origins) {
      // Where the peer's first event is, so that a range "from the beginning" costs nothing for the years before it.
      const { items, next } = await peer.keys({ origin, from, to, limit: 1 });
      const [first] = items;
      if (first === undefined && next === undefined) tell(origin, to);
      else await compare(origin, [{ from: first === undefined ? from : eventTime(first.id), to }]);
    }
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error;
    const isDone = reached.from === to && reached.origin === origins.at(-1);
    return { ...intake.result(), comparedRanges, ...(!isDone && { unfinished: reached }) };
  }
  return { ...intake.result(), comparedRanges };
}

function* inChunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[], void, undefined> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
