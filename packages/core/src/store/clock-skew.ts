/** Compares this process's clock with the `Date` headers of a database's answers (R6). */
export interface ClockSkew {
  /** Takes note of an answer's `Date`; anything that is no date is passed over. */
  readonly note: (date: unknown) => void;
  /** Milliseconds by which this clock was ahead at the last answer; `undefined` before there was one. */
  readonly current: () => number | undefined;
}

/** @param now milliseconds since 1970. */
export function createClockSkew(now: () => number): ClockSkew {
  let skew: number | undefined;
  return {
    note: (date) => {
      const told = typeof date === 'string' ? Date.parse(date) : Number.NaN;
      if (!Number.isNaN(told)) skew = leastSkew(now() - told);
    },
    current: () => skew,
  };
}

/** An HTTP date has whole seconds, so the moment it tells of lasts from 0 to 999 ms: the least skew of these. */
function leastSkew(ahead: number): number {
  if (ahead < 0) return ahead;
  return Math.max(0, ahead - 999);
}
