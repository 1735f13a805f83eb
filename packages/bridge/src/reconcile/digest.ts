import { hash } from 'node:crypto';
import type { EventKey, EventStore } from '@twinlog/core';

/** From `from` up to but without `to`, both in milliseconds since 1970: the time inside event ids (R2). */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What stands for one origin's events of a time range: equal in two cells where both hold the same keys. */
export interface Digest {
  readonly count: number;
  /** 32 hexadecimal digits. */
  readonly hash: string;
}

/** The most keys that a store's `scan` hands over at a time. */
export const maxPage = 1_000;

const modulus = 1n << 128n;

/** A key as text that no other key has. */
export function keyText({ stream, origin, sequence, id }: EventKey): string {
  return JSON.stringify([stream, origin, sequence, id]);
}

/**
 * Adds keys up, in whatever order they come: the sum modulo 2^128 of the first 128 bits of SHA-256 of each key
 * (AdHash; Bellare and Micciancio, 1997).
 *
 * A sum and not an exclusive or: with that a key met twice would cancel itself out, and what is left would be
 * the digest of a log without it. Here it counts twice, in the sum as in the count. For two different sets to
 * have the same sum by accident has a chance of 2^-128, as every term is as good as random: ids hold 80 random
 * bits. Whoever could search for such sets would have to write events in a cell's name.
 */
function createDigest() {
  let count = 0;
  let sum = 0n;
  return {
    add: (key: EventKey): void => {
      count += 1;
      sum = (sum + BigInt(`0x${hash('sha256', keyText(key), 'hex').slice(0, 32)}`)) % modulus;
    },
    count: (): number => count,
    hash: (): string => sum.toString(16).padStart(32, '0'),
  };
}

/** One origin's keys in a time range, page by page, by id. */
export async function* scanPages(
  store: EventStore,
  origin: string,
  { from, to }: TimeRange,
): AsyncGenerator<readonly EventKey[], void, undefined> {
  let after: string | undefined;
  do {
    const page = await store.scan({
      origin,
      from,
      to,
      limit: maxPage,
      ...(after !== undefined && { after }),
    });
    yield page.items;
    after = page.next;
  } while (after !== undefined);
}

/** Digests what a store holds, a page of it in memory at a time; `null` once it turns out to be above `maxKeys`. */
export async function digestOf(
  store: EventStore,
  origin: string,
  range: TimeRange,
  maxKeys: number = Number.POSITIVE_INFINITY,
): Promise<Digest | null> {
  const digest = createDigest();
  for await (const keys of scanPages(store, origin, range)) {
    for (const key of keys) digest.add(key);
    if (digest.count() > maxKeys) return null;
  }
  return { count: digest.count(), hash: digest.hash() };
}

/** Cuts a range into so many parts of like width, fewer where they would be below a millisecond. */
export function splitRange({ from, to }: TimeRange, parts: number): readonly TimeRange[] {
  const count = Math.min(parts, to - from);
  const edge = (part: number) => from + Math.floor(((to - from) / count) * part);
  return Array.from({ length: count }, (_, part) => ({
    from: edge(part),
    to: part === count - 1 ? to : edge(part + 1),
  }));
}
