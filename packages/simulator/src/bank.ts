import type { DueCompensation } from '@twinlog/core';
import type { Stage } from './stage.ts';

/** Where compensations are carried out: outside of the matrix, idempotent by key, and not always to be reached. */
export interface Bank {
  readonly compensate: (due: DueCompensation) => Promise<void>;
  /** What was carried out, by idempotency key. */
  readonly carriedOut: ReadonlyMap<string, DueCompensation>;
}

export function createBank(stage: Stage): Bank {
  const { rates } = stage.plan;
  const carriedOut = new Map<string, DueCompensation>();
  return {
    carriedOut,
    compensate: async (due) => {
      if (stage.strikes(rates.requestLost)) throw new BankUnavailableError();
      const key = due.idempotencyKey;
      const before = carriedOut.get(key);
      if (before === undefined) {
        carriedOut.set(key, due);
        stage.hit('R16 compensation carried out');
        const { kind, amount, currency } = due.compensation;
        stage.note('bank', `compensates: ${kind} ${amount} ${currency}`, due.idempotencyKey, due.stream);
      } else {
        stage.hit('R16 compensation driven again');
        const isSame = JSON.stringify(before.compensation) === JSON.stringify(due.compensation);
        if (!isSame)
          stage.fail('a conflict has one compensation', `${due.idempotencyKey} changed`, due.stream);
      }
      if (stage.strikes(rates.bankUnanswered)) throw new BankUnavailableError();
    },
  };
}

export class BankUnavailableError extends Error {}
