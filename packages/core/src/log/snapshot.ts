import { hash } from 'node:crypto';
import * as z from 'zod';
import type { Aggregate, AggregateEvent } from '../aggregate.ts';
import { parseEvent } from './envelope.ts';
import { canonically, type DomainEvent, type EventData, originOf, sequenceOf } from './event.ts';
import { fingerprintOf } from './fingerprint.ts';
import { extendFold } from './fold.ts';
import { emptyFold, type OwnedFold } from './folded.ts';
import { formatVersion, parseVersion, type VersionVector } from './version-vector.ts';

/**
 * Which command ids a stream has claimed, by a hash of 32 bits each: some four bytes a command, in which an id that is
 * not there is found by mistake once in 400,000 times at 10,000 ids. Whoever finds one looks at the events themselves.
 */
export interface ClaimedIds {
  readonly has: (commandId: string) => boolean;
  readonly hashes: Uint32Array;
}

function hashOf(commandId: string): number {
  return Buffer.from(hash('sha256', commandId, 'binary').slice(0, 4), 'binary').readUInt32LE();
}

function claimedIds(hashes: Uint32Array): ClaimedIds {
  return {
    hashes,
    has: (commandId) => {
      const wanted = hashOf(commandId);
      let [low, high] = [0, hashes.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((hashes[middle] ?? 0) < wanted) low = middle + 1;
        else high = middle;
      }
      return hashes[low] === wanted;
    },
  };
}

const noIds = claimedIds(new Uint32Array());

/**
 * A stream as far as a decision needs it: the fold without the claims, conflicts and requests of what lies before its
 * snapshot. It can decide commands whose id is new; whatever asks for more is answered from all the events.
 */
export interface PartialFold<State> {
  readonly fold: OwnedFold<State>;
  readonly claimed: ClaimedIds;
  /** How many events the snapshot in the store holds, as far as is known. */
  readonly keptAt: number;
}

/** A whole fold cut down to what a snapshot of it holds. */
export function partialOf<State>(fold: OwnedFold<State>, keptAt: number): PartialFold<State> {
  const { claims, conflicts: _, requests: __, settled: ___, compensated: ____, ...rest } = fold;
  const claimed = withIds(noIds, claims.keys());
  return { fold: { ...emptyFold<State>(), ...rest, claims: new Map(), spent: false }, claimed, keptAt };
}

function withIds({ hashes }: ClaimedIds, ids: Iterable<string>): ClaimedIds {
  const more = Uint32Array.from([...hashes, ...[...ids].map(hashOf)]);
  return claimedIds(more.sort());
}

/**
 * Whether events that come after a fold could be added to a snapshot of it: nothing is pending, and it is clear
 * which create counts. Where not, every later event would ask for all the others.
 */
export function canBeSnapshot<State>({ fold }: PartialFold<State>): boolean {
  const { pending, openings, isChosen, state } = fold;
  return state !== undefined && pending.length === 0 && (openings === 1 || isChosen);
}

/**
 * The partial fold with more events of the stream, in any order; or undefined where they may change the meaning of what
 * it holds: one sorts before the snapshot, is pending, carries a command id that was claimed before, and all that
 * `extendFold` gives up on. Events that it holds already are passed over.
 */
export function extendPartial<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  { fold: first, claimed, keptAt }: PartialFold<State>,
  events: readonly DomainEvent[],
): PartialFold<State> | undefined {
  let fold = first;
  const beyond = events.filter((event) => sequenceOf(event) > (first.version.get(originOf(event)) ?? 0));
  for (const event of beyond.sort(canonically)) {
    if (event.commandid !== undefined && claimed.has(event.commandid)) return undefined;
    const next = extendFold(aggregate, fold, event);
    if (next === undefined) return undefined;
    fold = next;
  }
  return { fold, claimed, keptAt };
}

const written = z.object({
  code: z.string(),
  version: z.string(),
  newest: z.string(),
  /** The newest assignment's, and whether it has decided all (R14). */
  stamp: z.string(),
  alone: z.boolean(),
  openings: z.int(),
  chosen: z.boolean(),
  held: z.int(),
  opening: z.unknown(),
  state: z.record(z.string(), z.unknown()),
  claimed: z.string(),
});

/**
 * What wrote a snapshot and may read it: the same reading of the same events. Any other code (one that knows a version
 * more, or one less) takes a snapshot for none.
 */
function codeOf<State extends object, Command extends EventData, Event extends AggregateEvent>({
  events,
  snapshot,
}: Aggregate<State, Command, Event>): string {
  return fingerprintOf([snapshot?.revision ?? null, [...events.schemas.keys()].sort()]);
}

/** A snapshot as text, and the other way round, for one aggregate. */
export interface SnapshotCodec<State> {
  readonly write: (partial: PartialFold<State>) => string;
  /** Undefined for a text that other code has written, or that is none. */
  readonly read: (text: string) => PartialFold<State> | undefined;
  readonly versionOf: (text: string) => VersionVector | undefined;
}

/** Undefined for an aggregate that does not say how its state is written. */
export function snapshotCodec<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
): SnapshotCodec<State> | undefined {
  const { snapshot } = aggregate;
  if (snapshot === undefined) return undefined;
  const code = codeOf(aggregate);

  // A reader asks for the version first and then for all of it: the same text is taken apart once.
  let latest: { readonly text: string; readonly parsed: z.output<typeof written> | undefined } | undefined;

  function parse(text: string): z.output<typeof written> | undefined {
    if (latest?.text === text) return latest.parsed;
    let parsed: z.output<typeof written> | undefined;
    try {
      const { data } = written.safeParse(JSON.parse(text));
      parsed = data?.code === code ? data : undefined;
    } catch {
      parsed = undefined;
    }
    latest = { text, parsed };
    return parsed;
  }

  return {
    write: ({ fold, claimed }) => {
      const { state, version, newest, stamp, newestStamp, openings, isChosen, held, opening, claims } = fold;
      const { hashes } = withIds(claimed, claims.keys());
      const bytes = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength);
      return JSON.stringify({
        code,
        version: formatVersion(version),
        newest,
        stamp: newestStamp,
        alone: stamp !== undefined,
        openings,
        chosen: isChosen,
        held,
        opening,
        state: state && snapshot.write(state),
        claimed: bytes.toString('base64'),
      });
    },

    read: (text) => {
      const parsed = parse(text);
      const state = parsed && snapshot.read(parsed.state);
      if (parsed === undefined || state === undefined) return undefined;
      const { version, newest, stamp, alone, openings, chosen: isChosen, held, opening } = parsed;
      const bytes = Uint8Array.from(Buffer.from(parsed.claimed, 'base64'));
      const opened = eventIn(opening);
      if (opened === undefined) return undefined;
      return {
        fold: {
          ...emptyFold<State>(),
          state,
          opening: opened,
          version: parseVersion(version),
          newest,
          newestStamp: stamp,
          stamp: alone ? stamp : undefined,
          openings,
          isChosen,
          held,
        },
        claimed: claimedIds(new Uint32Array(bytes.buffer)),
        keptAt: held,
      };
    },

    versionOf: (text) => {
      const parsed = parse(text);
      return parsed && parseVersion(parsed.version);
    },
  };
}

/** An event as this code would take it; undefined for one of code that took another: the stream is then read whole. */
function eventIn(value: unknown): DomainEvent | undefined {
  try {
    return parseEvent(value);
  } catch {
    return undefined;
  }
}
