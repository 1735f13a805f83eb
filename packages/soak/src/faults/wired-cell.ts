import type { Peer, Redriver } from '@twinlog/bridge';
import type { EventStore, Service, Transaction, TransactionCommand } from '@twinlog/core';
import type { Clock, EventGrid } from '@twinlog/emulators';

/** One request that the cell's front door took, and what may be done to it. */
export type FrontFault =
  /** This answer, without the cell having seen the request. */
  | { readonly kind: 'answer'; readonly status: number }
  /** The cell sees it only after so long; in ms. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The cell has done its work, and the connection breaks. */
  | { readonly kind: 'resetAfter' };

/** How often a fault has struck since it was set. */
export type Struck = () => number;

/** A cell on the stand-ins of its cloud: database, trigger, front door, with the bridge's real shells around them. */
export interface WiredCell {
  readonly name: string;
  readonly origin: string;
  readonly url: string;
  readonly store: EventStore;
  readonly service: Service<Transaction, TransactionCommand>;
  /** How the other cell is asked about its log, over its front door. */
  readonly asPeer: Peer;
  readonly redriver: Redriver;
  /** The codes of the dead letters, by id. */
  readonly deadLetters: () => Promise<ReadonlyMap<string, string>>;
  readonly onFront: (fault: (() => FrontFault | undefined) | undefined) => void;
  /** The database refuses every so manieth write of an event that comes in or is decided. */
  readonly throttleWrites: (every: number | undefined) => Struck;
  readonly loseDeadLetters: (isDown: boolean) => Struck;
  /** Puts something into the log's database that should be an event and is none. */
  readonly poison: (name: string) => Promise<void>;
  /** The relay throws so often, once it has done the first half of its page. */
  readonly throwMidBatch: (times: number) => Struck;
  readonly trigger: {
    /** Hard: what is under way ends unheard. */
    readonly crash: () => Promise<void>;
    readonly start: () => Promise<void>;
    /** A second worker on the same leases; undefined where the cloud has none. */
    readonly startRival?: () => Promise<() => Promise<void>>;
    /** How many batches a worker had relayed when the lease was another's by then. */
    readonly lostLeases?: Struck;
    /** Splits what the trigger reads; undefined where the stand-in cannot. @returns how many shards more there are. */
    readonly split?: () => Promise<number>;
  };
  readonly stop: () => Promise<void>;
}

export interface WiredCellOptions {
  readonly name: string;
  readonly peers: readonly string[];
  readonly topic: EventGrid;
  readonly clock: Clock;
}

export const key = 'a-key-for-these-tests-alone';

/** Makes a relay throw, when told to, after the first half of a page. */
export function throwing<Part, Context, Result>(
  relay: (page: readonly Part[], context: Context) => Promise<Result>,
): {
  readonly relay: (page: readonly Part[], context: Context) => Promise<Result>;
  readonly arm: (times: number) => Struck;
} {
  let left = 0;
  return {
    arm: (times) => {
      left = times;
      return () => times - left;
    },
    relay: async (page, context) => {
      if (left === 0 || page.length < 2) return relay(page, context);
      left -= 1;
      await relay(page.slice(0, Math.ceil(page.length / 2)), context);
      throw new Error('thrown in the middle of a page');
    },
  };
}
