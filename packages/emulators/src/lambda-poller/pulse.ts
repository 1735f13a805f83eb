/** Waiting that can be cut short, for all who wait, by a poke. */
export interface Pulse {
  poke(): void;
  /** Resolves after the time, at the next poke, or when the signal aborts, whichever is first. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createPulse(): Pulse {
  const waiting = new Set<() => void>();
  return {
    poke() {
      for (const wake of [...waiting]) wake();
    },
    wait(ms, signal) {
      if (signal.aborted || ms <= 0) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
  };
}
