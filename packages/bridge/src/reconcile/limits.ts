/** The most ranges of one request for digests. */
export const maxRanges = 256;

/** The most keys of one request for events. */
export const maxKeyedEvents = 100;

/** The last millisecond that an event id can tell: a ULID has 48 bits for the time. */
export const lastTime: number = 2 ** 48 - 1;
