import type { Clock } from '../clock/index.ts';

/** Work that waits for its time, and can be let go sooner or dropped. */
export interface WaitingRoom {
  /** Runs `then` after `ms`, or when the returned function is called, whichever is first; never twice. */
  readonly hold: (events: number, ms: number, then: () => void) => () => void;
  readonly releaseAll: () => void;
  /** Forgets everybody. */
  readonly clear: () => void;
  /** How many events wait. */
  readonly events: () => number;
}

export function waitingRoom(clock: Clock): WaitingRoom {
  const guests = new Map<() => void, { readonly events: number; readonly cancel: () => void }>();
  return {
    hold: (events, ms, then) => {
      const release = (): void => {
        const guest = guests.get(release);
        if (guest === undefined) return;
        guests.delete(release);
        guest.cancel();
        then();
      };
      guests.set(release, { events, cancel: clock.after(ms, release) });
      return release;
    },
    releaseAll: () => {
      for (const release of [...guests.keys()]) release();
    },
    clear: () => {
      for (const guest of guests.values()) guest.cancel();
      guests.clear();
    },
    events: () => [...guests.values()].reduce((sum, guest) => sum + guest.events, 0),
  };
}
