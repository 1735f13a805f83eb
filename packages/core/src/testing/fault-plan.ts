import type { FaultName } from './store-under-test.ts';

/** Which requests are to meet a fault. */
export interface Affected {
  readonly on: 'read' | 'write';
  /** What the text of a request has to hold: the name of a stream, of an account or of an origin. */
  readonly touching: string;
  /** How many of the next such requests; all of them until the fault is ended unless given. */
  readonly count?: number;
}

/** Faults in waiting, for an injector that sees every request. */
export interface FaultPlan {
  /** @returns ends the fault. */
  readonly inject: (fault: FaultName, affected: Affected) => () => void;
  /** The fault that a request is to meet, if any; `text` is its path, headers and body, as far as they hold names. */
  readonly next: (kind: 'read' | 'write', text: string) => FaultName | undefined;
}

export function createFaultPlan(): FaultPlan {
  const waiting = new Set<{ readonly fault: FaultName; readonly affected: Affected; left: number }>();
  return {
    inject: (fault, affected) => {
      const entry = { fault, affected, left: affected.count ?? Number.POSITIVE_INFINITY };
      waiting.add(entry);
      return () => {
        waiting.delete(entry);
      };
    },
    next: (kind, text) => {
      for (const entry of waiting) {
        const { on, touching } = entry.affected;
        if (entry.left === 0 || on !== kind || !text.includes(touching)) continue;
        entry.left -= 1;
        return entry.fault;
      }
      return undefined;
    },
  };
}
