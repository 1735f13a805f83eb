/** Crockford's base 32. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Every two characters of it, by the ten bits that they stand for: an id is put together from thirteen such. */
const pairs = Array.from(
  { length: 1_024 },
  (_, bits) => alphabet.charAt(bits >> 5) + alphabet.charAt(bits & 31),
);

/** The last 20 bits of a whole number below 2^31, as four characters. */
function fourCharacters(bits: number): string {
  return `${pairs[(bits >> 10) & 1_023]}${pairs[bits & 1_023]}`;
}

/** The part of an id that is its time: 48 bits. They are cut up first, for bit operators take 32 at most. */
function timePart(time: number): string {
  if (!Number.isInteger(time) || time < 0 || time >= 2 ** 48) {
    throw new RangeError(`${time} is no time of an event id: whole milliseconds since 1970, below 2^48.`);
  }
  const high = Math.floor(time / 2 ** 40);
  const middle = Math.floor(time / 2 ** 20) % 2 ** 20;
  return `${pairs[high]}${fourCharacters(middle)}${fourCharacters(time % 2 ** 20)}`;
}

/** The part of an id that is random: 80 bits, 20 of each draw. */
function randomPart(random: () => number): string {
  const draw = () => fourCharacters(Math.floor(random() * 2 ** 20));
  return draw() + draw() + draw() + draw();
}

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
  return timePart(time) + randomPart(random);
}

/** The time inside an event id, in milliseconds since 1970. */
export function eventTime(id: string): number {
  let time = 0;
  for (let at = 0; at < 10; at++) time = time * 32 + alphabet.indexOf(id.charAt(at));
  return time;
}

/** Crockford's base 32 in upper case, 26 characters, the first at most 7 (48 bits of time, 80 of randomness). */
export const eventIdPattern: RegExp = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The lowest event id of a moment, to bound a scan by time. */
export function firstEventIdAt(time: number): string {
  return timePart(time) + '0'.repeat(16);
}
