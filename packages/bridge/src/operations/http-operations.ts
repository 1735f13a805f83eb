import type * as z from 'zod';
import { askCell, type CellAddress } from '../ask-cell.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from '../reconcile/peer-error.ts';
import type { CellOperations } from './cell-operations.ts';
import { OperationRefusedError } from './operation-error.ts';
import {
  discardedAnswer,
  letterAnswer,
  lettersAnswer,
  pullAnswer,
  recoveryAnswer,
  redrivenAnswer,
  refusal,
  statusAnswer,
} from './wire.ts';

/** Operates a cell over its own ingress: the client of `operationsEndpoint`. Nothing is tried again in here. */
export function httpOperations(cell: CellAddress): CellOperations {
  const ask = <Answer>(path: string, body: object, format: z.ZodType<Answer>): Promise<Answer> =>
    askCell(cell, `replication/operations/${path}`, body, format, (status, answered) => {
      const refused = refusal.safeParse(answered).data;
      if (refused === undefined) return;
      if (status === 409) throw new OperationRefusedError(refused.code, refused.error);
      if (status === 502)
        throw refused.code === 'peer_misconfigured'
          ? new PeerMisconfiguredError(refused.error)
          : new PeerUnavailableError(refused.error);
    });

  return {
    status: () => ask('status', {}, statusAnswer),
    assign: (change, expected) =>
      ask('assign', { change, ...(expected !== undefined && { expected }) }, statusAnswer),
    reconcile: (range) => ask('reconcile', range, pullAnswer),
    repair: (target) => ask('repair', target, pullAnswer),
    recover: () => ask('recover', {}, recoveryAnswer),
    deadLetters: {
      list: (query) => ask('dead-letters/list', query, lettersAnswer),
      get: async (id) => (await ask('dead-letters/show', { id }, letterAnswer)).letter ?? undefined,
      redrive: (id, { dryRun = false } = {}) => ask('dead-letters/redrive', { id, dryRun }, redrivenAnswer),
      discard: (id, { dryRun = false } = {}) => ask('dead-letters/discard', { id, dryRun }, discardedAnswer),
    },
  };
}
