import { untilAborted } from './until-aborted.ts';

/** A pause that a poke ends early. A poke that comes before the pause, but after `seen` was taken, is not lost. */
export class WakeUp {
  #pokes = 0;
  readonly #pausing = new Set<AbortController>();
  readonly #wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;

  constructor(wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>) {
    this.#wait = wait;
  }

  /** To be taken before looking for work, and handed to the pause after none was found. */
  get seen(): number {
    return this.#pokes;
  }

  poke(): void {
    this.#pokes += 1;
    for (const pause of this.#pausing) pause.abort();
  }

  /** @throws the signal's reason when it aborts. */
  async pause(milliseconds: number, seen: number, signal: AbortSignal): Promise<void> {
    if (seen !== this.#pokes) return;
    const poked = new AbortController();
    const ended = AbortSignal.any([signal, poked.signal]);
    this.#pausing.add(poked);
    try {
      await untilAborted(this.#wait(milliseconds, ended), ended);
    } catch (error) {
      signal.throwIfAborted();
      if (!poked.signal.aborted) throw error;
    } finally {
      this.#pausing.delete(poked);
    }
  }
}
