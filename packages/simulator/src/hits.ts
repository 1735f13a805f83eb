import type { Policy } from '@twinlog/core';

/** What a run must have met at least once, or it proves nothing of it: faults that struck, and rules that took hold. */
export const faultHits = [
  'message lost',
  'message duplicated',
  'message overtaken',
  'message delayed over an hour',
  'message held up by a partition',
  'message given up by the transport',
  'publish refused',
  'publish acknowledgement lost',
  'relay checkpoints and dies',
  'relay dies before its checkpoint',
  'receiver loses its answer',
  'store throttles',
  'store loses an acknowledgement',
  'store client repeats a write',
  'crash before a write',
  'crash after a write',
  'crash between awaits',
  'clock jumps',
  'stream retention runs out',
  'poison record',
  'poison message',
  'older code meets a newer event',
  'older code lacks a command',
  'restore from a backup',
  'restore loses events',
  'peer cannot be reached',
  'request lost',
  'answer lost',
  'retry on the same cell',
  'retry on another cell',
  'retry at once',
  'retry hours later',
  'snapshot put down',
  'snapshot begins a fold',
  'snapshot in memory is extended',
] as const;

export const ruleHits = [
  'R3 pending: gap',
  'R3 pending: unseen',
  'R3 pending: not_understood',
  'R3 repair brings events',
  'R3 reconcile brings events',
  'R3 not decided on what is pending',
  'R5 duplicate of an event',
  'R6 clock refused',
  'R7 key reused in one cell',
  'R8 twins of one command',
  'R8 own write found by its writer',
  'R9 refusal recorded',
  'R9 refusal recorded twice',
  'R10 first answer from the claim',
  'R10 first refusal from the claim',
  'R10 answer tells of a lost conflict',
  'R13 other than the first create',
  'R14 newer assignment met',
  'R16 conflict: capture_exceeds_amount',
  'R16 conflict: refund_exceeds_captured',
  'R16 conflict: transaction_voided',
  'R16 conflict: transaction_captured',
  'R16 conflict: transaction_refunded',
  'R16 conflict: transaction_declined',
  'R16 conflict: transaction_expired',
  'R16 conflict: currency_mismatch',
  'R16 conflict: idempotency_key_reused',
  'R16 conflict: refused_elsewhere',
  'R16 conflict that comes to stand',
  'R16 conflict settled',
  'R16 compensation carried out',
  'R16 compensation driven again',
  'R18 waited for a token',
  'R18 behind a token',
  'R18 token capped',
  'stream not known',
  'precondition failed',
] as const;

/** What only cells that forward to a home can meet. */
export const homeCellHits = [
  'takeover by an operator',
  'R14 conflict: superseded',
  'R15 forwarded',
  'R15 forward unanswered',
  'R15 requested',
  'R15 request decided',
  'R15 home cannot be reached',
  'R15 decided while contested',
] as const;

/** Conflicts of later commands: under a home these take a takeover or a restore, and some are too rare to be asked for. */
const anyCellHits: readonly Hit[] = ruleHits.filter(
  (hit) =>
    hit.startsWith('R16 conflict') ||
    hit.startsWith('R16 compensation') ||
    hit.startsWith('R9 refusal recorded t'),
);

export type Hit = (typeof faultHits)[number] | (typeof ruleHits)[number] | (typeof homeCellHits)[number];

/** How often each was met. */
export type Hits = Map<Hit, number>;

export function countHit(hits: Hits, hit: Hit): void {
  hits.set(hit, (hits.get(hit) ?? 0) + 1);
}

/** What a policy's runs can meet. */
export function hitsOf(policy: Policy): readonly Hit[] {
  const all = [...faultHits, ...ruleHits];
  return policy === 'any-cell' ? all : [...all.filter((hit) => !anyCellHits.includes(hit)), ...homeCellHits];
}

export function neverHit(hits: Hits, policy: Policy): readonly Hit[] {
  return hitsOf(policy).filter((hit) => !hits.has(hit));
}
