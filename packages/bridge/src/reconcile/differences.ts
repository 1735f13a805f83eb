import { type EventKey, eventTime } from '@twinlog/core';
import { type Digest, keyText, maxPage, splitRange, type TimeRange } from './digest.ts';
import { inParts } from './in-parts.ts';
import type { Peer } from './peer.ts';

/** An event that one of two cells holds and the other does not. */
export interface Difference {
  readonly key: EventKey;
  readonly missingIn: 'first' | 'second';
}

export interface DifferencesOptions {
  readonly first: Peer;
  readonly second: Peer;
  readonly origins: readonly string[];
  /** Milliseconds since 1970, whole; `to` not included. */
  readonly from: number;
  readonly to: number;
  /** Told in order of time within each origin. */
  readonly onProgress?: (progress: { readonly origin: string; readonly upTo: number }) => void;
}

/** Into how many parts a range that differs is cut, and how many keys are few enough to be fetched. */
const fanOut = 16;
const leafKeys = 200;

/**
 * What two cells do not both hold, found from outside of either: by digests, narrowed to what differs, as `reconcile`
 * does it from within. Reads only. Events that arrive meanwhile may be told of.
 * @throws PeerUnavailableError, PeerMisconfiguredError
 */
export async function* differences({
  first,
  second,
  origins,
  from,
  to,
  onProgress,
}: DifferencesOptions): AsyncGenerator<Difference, void, undefined> {
  async function* compare(
    origin: string,
    ranges: readonly TimeRange[],
  ): AsyncGenerator<Difference, void, undefined> {
    const [ours, theirs] = await Promise.all([
      digestsOf(first, origin, ranges),
      digestsOf(second, origin, ranges),
    ]);
    for (const range of ranges) {
      const [here = null, there = null] = [ours.get(range), theirs.get(range)];
      if (isEqual(here, there)) onProgress?.({ origin, upTo: range.to });
      else if ((isFew(here) && isFew(there)) || range.to - range.from === 1) yield* missing(origin, range);
      else yield* compare(origin, splitRange(range, fanOut));
    }
  }

  /** Holds the keys of both against each other. */
  async function* missing(origin: string, range: TimeRange): AsyncGenerator<Difference, void, undefined> {
    const [ours, theirs] = await Promise.all([keysOf(first, origin, range), keysOf(second, origin, range)]);
    for (const [text, key] of ours) if (!theirs.has(text)) yield { key, missingIn: 'second' };
    for (const [text, key] of theirs) if (!ours.has(text)) yield { key, missingIn: 'first' };
    onProgress?.({ origin, upTo: range.to });
  }

  for (const origin of origins) {
    const beginnings = await Promise.all(
      [first, second].map(async (peer) => (await peer.keys({ origin, from, to, limit: 1 })).items[0]),
    );
    const times = beginnings.flatMap((key) => (key ? [eventTime(key.id)] : []));
    if (times.length > 0) yield* compare(origin, [{ from: Math.min(...times), to }]);
  }
}

async function digestsOf(
  peer: Peer,
  origin: string,
  ranges: readonly TimeRange[],
): Promise<ReadonlyMap<TimeRange, Digest | null>> {
  const digests = new Map<TimeRange, Digest | null>();
  for await (const part of inParts(ranges, (rest) => peer.digests({ origin, ranges: rest }))) {
    for (const [range, digest] of part) digests.set(range, digest);
  }
  return digests;
}

function isEqual(a: Digest | null, b: Digest | null): boolean {
  return a !== null && b !== null && a.count === b.count && a.hash === b.hash;
}

function isFew(digest: Digest | null): boolean {
  return digest !== null && digest.count <= leafKeys;
}

async function keysOf(peer: Peer, origin: string, range: TimeRange): Promise<ReadonlyMap<string, EventKey>> {
  const keys = new Map<string, EventKey>();
  let after: string | undefined;
  do {
    const query = { origin, ...range, limit: maxPage };
    const page = await peer.keys({ ...query, ...(after !== undefined && { after }) });
    for (const key of page.items) keys.set(keyText(key), key);
    after = page.next;
  } while (after !== undefined);
  return keys;
}
