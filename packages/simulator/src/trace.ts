/** What happened in one run, as a hash that any difference changes, and as lines where somebody will read them. */
export interface Trace {
  /** `who` did `what`, to or with `detail`. Cheap: nothing is formatted unless lines are kept. */
  readonly note: (at: number, who: string, what: string, detail: string, stream?: string) => void;
  readonly hash: () => string;
  readonly lines: () => readonly TraceLine[];
}

export interface TraceLine {
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly detail: string;
  /** The stream that it was about, where it was about one. */
  readonly stream: string | undefined;
}

/** Two runs of FNV-1a with different primes, 64 bits together. */
export function createTrace(keepLines: boolean): Trace {
  let high = 0x811c9dc5;
  let low = 0xcbf29ce4;
  const lines: TraceLine[] = [];

  const mix = (text: string): void => {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x85ebca6b);
    }
    low ^= high >>> 15;
  };

  return {
    note: (at, who, what, detail, stream) => {
      const time = Math.round(at * 1_000);
      high = Math.imul(high ^ (time | 0), 0x01000193);
      low = Math.imul(low ^ Math.floor(time / 2 ** 32), 0x85ebca6b);
      mix(who);
      mix(what);
      mix(detail);
      if (keepLines) lines.push({ at, who, what, detail, stream });
    },
    hash: () => [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''),
    lines: () => lines,
  };
}
