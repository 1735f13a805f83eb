import { encodeTime } from 'ulid';

/** Crockford's base 32. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * R2, the ULID is the clock: the id of a new event carries `max(now, time of the newest event counted in the
 * stream + 1 ms)` and fresh randomness. It so sorts after everything that its decision saw, and concurrent
 * events sort alike everywhere: a hybrid logical clock inside the id (Kulkarni et al., 2014).
 *
 * @param now milliseconds since 1970.
 * @param newest the id of the newest event counted in the stream, if there is one.
 * @param random uniform in [0, 1).
 */
export function nextEventId(now: number, newest: string | undefined, random: () => number): string {
  const time = newest === undefined ? now : Math.max(now, eventTime(newest) + 1);
  return encodeTime(time) + randomPart(random);
}

/** 80 random bits as text, 20 from each draw: what a generator gives has 32 at least. `ulid` would draw 16 times. */
function randomPart(random: () => number): string {
  let text = '';
  for (let draws = 0; draws < 4; draws++) {
    const bits = Math.floor(random() * 2 ** 20);
    for (let shift = 15; shift >= 0; shift -= 5) text += alphabet.charAt((bits >> shift) & 31);
  }
  return text;
}

/** What each character of the alphabet stands for, by its code. */
const values = new Uint8Array(128);
for (const [value, character] of [...alphabet].entries()) values[character.charCodeAt(0)] = value;

/** The time inside an event id, in milliseconds since 1970. */
export function eventTime(id: string): number {
  // Asked of every event, twice; `decodeTime` of `ulid` makes three arrays of the text for it.
  let time = 0;
  for (let at = 0; at < 10; at++) time = time * 32 + (values[id.charCodeAt(at)] ?? 0);
  return time;
}

/** The last time that an event may have, in ms since 1970: RFC 3339 ends with the year 9999. */
export const lastEventTime: number = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Crockford's base 32 in upper case, 26 characters, the first at most 7 (48 bits of time, 80 of randomness). */
export const eventIdPattern: RegExp = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The lowest event id of a moment, to bound a scan by time. */
export function firstEventIdAt(time: number): string {
  return encodeTime(time) + '0'.repeat(16);
}
