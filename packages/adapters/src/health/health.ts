import type { EventStore } from '@twinlog/core';

/** Whether a cell can take a write now, and why not. */
export interface Judgement {
  readonly ok: boolean;
  /** Codes for people who operate the cell: `store_unavailable`, `clock_skew`, `writes_failing`, `draining`. */
  readonly reasons: readonly string[];
}

export interface Health {
  /** What a probe is answered: from memory where that is fresh enough, else looked up. Never rejects. */
  readonly judge: () => Promise<Judgement>;
  /** To be told what became of commands, so that while there is traffic a probe costs nothing. */
  readonly noteWrite: (reached: boolean) => void;
}

export interface HealthOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects, or names reasons, where the cell can take no write. `storeCheck` is the usual one. */
  readonly check: () => Promise<readonly string[]>;
  /** How long a judgement holds, in ms; 1,000 unless told: shorter than a probe's interval, longer than a burst of probes. */
  readonly memoryMs?: number;
  /** How long one try may take, in ms; 1,500 unless told. There are two: the longest answer takes both. */
  readonly tryMs?: number;
}

/** How many writes in a row must fail before a store that answers reads is no longer taken for well. */
const failuresInARow = 3;

/** How long failed writes count against the cell, in ms: once it gets no more traffic, only a new write can tell. */
const failuresHoldMs = 10_000;

/**
 * The health of a cell, with a short memory. A check that fails or is slow is tried a second time at once, and only
 * two such in a row make the cell unavailable: one slow call is no outage. Probes that come together share a check.
 */
export function createHealth({ now, check, memoryMs = 1_000, tryMs = 1_500 }: HealthOptions): Health {
  let judgement: Judgement = { ok: true, reasons: [] };
  let judgedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<Judgement> | undefined;
  let failedWrites = 0;
  let failedAt = Number.NEGATIVE_INFINITY;

  async function tried(): Promise<readonly string[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(() => resolve(['store_slow']), tryMs);
    });
    try {
      return await Promise.race([check(), late]);
    } catch {
      return ['store_unavailable'];
    } finally {
      clearTimeout(timer);
    }
  }

  async function judgeAnew(): Promise<Judgement> {
    let reasons = await tried();
    if (reasons.length > 0) reasons = await tried();
    judgement = { ok: reasons.length === 0, reasons };
    judgedAt = now();
    underWay = undefined;
    return judgement;
  }

  return {
    judge: async () => {
      if (failedWrites >= failuresInARow && now() - failedAt < failuresHoldMs)
        return { ok: false, reasons: ['writes_failing'] };
      if (now() - judgedAt < memoryMs) return judgement;
      underWay ??= judgeAnew();
      return underWay;
    },
    noteWrite: (reached) => {
      if (reached) {
        failedWrites = 0;
        judgement = { ok: true, reasons: [] };
        judgedAt = now();
      } else {
        failedWrites += 1;
        failedAt = now();
      }
    },
  };
}

/** Whether the store answers a read, and this cell's clock is near enough to its database's (R6), within 10 s unless told. */
export function storeCheck(store: EventStore, maxClockSkewMs = 10_000): () => Promise<readonly string[]> {
  return async () => {
    await store.read('health');
    return Math.abs(store.clockSkew?.() ?? 0) > maxClockSkewMs ? ['clock_skew'] : [];
  };
}
