import { hash } from 'node:crypto';
import { type DomainEvent, originOf, sequenceOf } from '@twinlog/core';

/** What cells have acknowledged of one origin: how many events, and the sum of their keys' hashes. */
export interface Acknowledged {
  readonly count: number;
  /** 32 hexadecimal digits, comparable to a `Digest`. */
  readonly hash: string;
}

const modulus = 1n << 128n;

/**
 * Keeps book of every event that a client was told of, apart from the logs and in no memory to speak of: the sum,
 * modulo 2^128, of the first 128 bits of SHA-256 of each key. Two logs may be equal and both lack an event; they cannot
 * both lack one of these.
 */
export function createBook(): {
  readonly note: (event: DomainEvent) => void;
  readonly of: (origin: string) => Acknowledged;
} {
  const entries = new Map<string, { count: number; sum: bigint }>();
  return {
    note: (event) => {
      const origin = originOf(event);
      const entry = entries.get(origin) ?? { count: 0, sum: 0n };
      const key = JSON.stringify([event.partitionkey, origin, sequenceOf(event), event.id]);
      entry.count += 1;
      entry.sum = (entry.sum + BigInt(`0x${hash('sha256', key, 'hex').slice(0, 32)}`)) % modulus;
      entries.set(origin, entry);
    },
    of: (origin) => {
      const { count, sum } = entries.get(origin) ?? { count: 0, sum: 0n };
      return { count, hash: sum.toString(16).padStart(32, '0') };
    },
  };
}
