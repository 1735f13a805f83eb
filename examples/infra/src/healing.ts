import {
  dueRanges,
  type IntakeListener,
  inTurn,
  type Peer,
  reconcile,
  repairStream,
  type TimeRange,
} from '@twinlog/bridge';
import { type EventStore, eventTime, type Runtime } from '@twinlog/core';
import { type Gate, isAway } from './gate.ts';

/** What a scheduled run came to. */
export interface Healed {
  /** Events stored that this cell did not hold. */
  readonly pulled: number;
  /** Places at which two cells hold different events (R5), and events that could not be taken: alarms for people. */
  readonly divergences: number;
  readonly rejected: number;
  /** Streams to whose writes this cell's store gave no answer: the next run takes what it left of them. */
  readonly left: number;
  /** Peers that did not answer, or not as a cell does, and why. The next run asks them again. */
  readonly failed: ReadonlyMap<string, string>;
  /** R1: whether the cell holds by now what it lost when it was restored. */
  readonly hasRecovered: boolean;
}

/** How long a run may take, in ms: the Functions host ends a timer's function after five minutes. */
const runMs = 240_000;

/** How long a stream is left alone after it was repaired, in ms. Most gaps close by themselves, and some by nothing. */
const repairPauseMs = 1_000;

/** Streams of which it is remembered when they were repaired. */
const maxRemembered = 10_000;

/** A range to be compared with a peer. */
interface Due extends TimeRange {
  readonly name: string;
  readonly peer: Peer;
  readonly origin: string;
}

/** What makes this cell's log whole: on a schedule from what peers hold, and at once where a gap shows. */
export interface Healing {
  /** Compares what is due with every peer (`dueRanges`), `inTurn`, and first of all recovers a restored cell (R1). */
  readonly reconcile: () => Promise<Healed>;
  /** R3: asks every peer for what a stream lacks, unless that was just done. Never rejects. */
  readonly repair: (stream: string) => Promise<void>;
  /** R18: takes in all that peers hold of a stream. Resolves to whether every one of them answered. */
  readonly recoverStream: (stream: string) => Promise<boolean>;
}

export function createHealing({
  store,
  peers,
  gate,
  runtime,
  listener,
}: {
  readonly store: EventStore;
  readonly peers: ReadonlyMap<string, Peer>;
  readonly gate: Gate;
  readonly runtime: Runtime;
  readonly listener: IntakeListener;
}): Healing {
  const repairedAt = new Map<string, number>();

  /** Whether the peer was there to do it; why not is kept in `failed`. */
  async function unlessAway(failed: Map<string, string>, peer: string, act: () => Promise<void>) {
    try {
      await act();
    } catch (error) {
      if (!isAway(error)) throw error;
      failed.set(peer, error.message);
    }
  }

  async function recoverStream(stream: string): Promise<boolean> {
    const asked = [...peers.values()].map((peer) => repairStream({ store, peer, stream, ...listener }));
    const answers = await Promise.allSettled(asked);
    return answers.every(({ status }) => status === 'fulfilled');
  }

  return {
    recoverStream,

    reconcile: async () => {
      const endsAt = runtime.now() + runMs;
      const isTimeUp = () => runtime.now() >= endsAt;
      const failed = new Map<string, string>();
      let [pulled, divergences, rejected, left] = [0, 0, 0, 0];
      await unlessAway(failed, 'recovery', async () => {
        pulled += (await gate.recover({ isTimeUp, ...listener })).pulled;
      });
      const due: { readonly recent: Due[]; readonly older: Due[] } = { recent: [], older: [] };
      for (const [name, peer] of peers) {
        await unlessAway(failed, name, async () => {
          for (const origin of gate.origins()) {
            const { items } = await peer.keys({ origin, from: 0, to: runtime.now() + runMs, limit: 1 });
            const [first] = items;
            if (first === undefined) continue;
            const { recent, older } = dueRanges(eventTime(first.id), runtime.now());
            due.recent.push(...recent.map((range) => ({ name, peer, origin, ...range })));
            due.older.push(...older.map((range) => ({ name, peer, origin, ...range })));
          }
        });
      }
      async function compare(ranges: readonly Due[], until: number): Promise<void> {
        const isTimeUp = () => runtime.now() >= until;
        for (const { name, peer, origin, from, to } of inTurn(ranges, runtime.now())) {
          if (isTimeUp()) break;
          if (failed.has(name)) continue;
          await unlessAway(failed, name, async () => {
            const done = await reconcile({ store, peer, origins: [origin], from, to, isTimeUp, ...listener });
            pulled += done.pulled;
            divergences += done.divergences.length;
            const leftHere = done.rejected.filter(({ code }) => code === 'unavailable').length;
            left += leftHere;
            rejected += done.rejected.length - leftHere;
          });
        }
      }
      // A share of what is older is due in this run or not for a week: the newest hours leave half of the time for it.
      await compare(due.recent, (runtime.now() + endsAt) / 2);
      await compare(due.older, endsAt);
      return { pulled, divergences, rejected, left, failed, hasRecovered: await gate.hasRecovered() };
    },

    repair: async (stream) => {
      const last = repairedAt.get(stream) ?? Number.NEGATIVE_INFINITY;
      if (runtime.now() - last < repairPauseMs) return;
      repairedAt.delete(stream);
      repairedAt.set(stream, runtime.now());
      const [oldest] = repairedAt.size > maxRemembered ? repairedAt.keys() : [];
      if (oldest !== undefined) repairedAt.delete(oldest);
      await recoverStream(stream);
    },
  };
}
