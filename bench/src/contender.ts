import type { Script } from './workload.ts';

/** One library with an empty in-memory store, ready to play. */
export interface Contestant {
  /** Plays every script, one command after the other. This is what is timed. */
  readonly play: () => Promise<void>;
  /** What the library's own read says is captured in each transaction, in minor units, in the scripts' order. */
  readonly captured: () => Promise<readonly (bigint | undefined)[]>;
}

export interface Contender {
  readonly name: string;
  readonly version: string;
  /** Does ahead of time whatever the library need not do while it handles a command. */
  readonly prepare: (scripts: readonly Script[]) => Contestant;
}

/** A library that did not do what it was asked to. Its speed means nothing. */
export class WrongEndStateError extends Error {
  override name = 'WrongEndStateError';
}

/**
 * Compares what was captured with what the scripts say.
 * @throws WrongEndStateError for the first transaction that differs.
 */
export async function checkEndState(
  name: string,
  contestant: Contestant,
  scripts: readonly Script[],
): Promise<void> {
  const captured = await contestant.captured();
  scripts.forEach((script, index) => {
    const actual = captured[index];
    if (actual === script.captured) return;
    throw new WrongEndStateError(
      `${name} ended transaction ${index} with ${actual ?? 'nothing'} captured instead of ${script.captured} minor units.`,
    );
  });
}
