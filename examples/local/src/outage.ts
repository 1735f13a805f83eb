import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '@twinlog/core';
import type { LocalCell, Outage } from './local-cell.ts';

/**
 * In a cell's last moments its functions still write, and their answers no longer reach anyone: the case that
 * every retry has to survive. In ms.
 */
const lastMomentsMs = 150;

/** How long a silent cell holds a request, in ms: longer than anybody waits. */
const heldMs = 3_600_000;

/** What a front door does to each request, by how its answers are spoiled. */
export const spoiling = {
  lost: () => ({ kind: 'resetAfter' }) as const,
  held: () => ({ kind: 'delay', ms: heldMs }) as const,
};

/** The parts of a cell that an outage takes away. */
export interface Breakable {
  readonly front: { readonly cut: () => Promise<void>; readonly restore: () => Promise<void> };
  /** Has the front door break every connection once its request has been handled, or hold every request, or neither. */
  readonly spoilAnswers: (how: 'lost' | 'held' | undefined) => void;
  readonly database: { readonly cut: () => Promise<void>; readonly restore: () => Promise<void> };
  readonly stopBridge: () => Promise<void>;
  /** New instances of the functions, and the bridge with them. */
  readonly startAgain: () => Promise<void>;
}

/** How a cell goes down and comes back, whatever its cloud. */
export function breakable({ front, spoilAnswers, database, stopBridge, startAgain }: Breakable): Pick<
  LocalCell,
  'cut' | 'restore'
> & {
  /** Runs what a schedule calls: not while the cell is down, and whatever it was at then has failed. */
  readonly whileUp: <Result>(run: () => Promise<Result>) => Promise<Result | undefined>;
} {
  let down: Outage | undefined;
  const isDown = () => down === 'cell';
  return {
    cut: async (outage) => {
      down = outage;
      spoilAnswers(outage === 'silent' ? 'held' : 'lost');
      if (outage === 'silent') return;
      await sleep(lastMomentsMs);
      await front.cut();
      spoilAnswers(undefined);
      if (outage === 'cell') await Promise.all([stopBridge(), database.cut()]);
    },
    restore: async () => {
      if (down === 'cell') {
        await database.restore();
        await startAgain();
      }
      if (down === 'silent') {
        spoilAnswers(undefined);
        await front.cut();
      }
      down = undefined;
      await front.restore();
    },
    whileUp: async (run) => {
      if (isDown()) return undefined;
      try {
        return await run();
      } catch (error) {
        if (isDown() && error instanceof StoreUnavailableError) return undefined;
        throw error;
      }
    },
  };
}
