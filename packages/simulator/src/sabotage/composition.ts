/**
 * Deliberate faults of the composition, to show that the invariants have teeth: the production code is as it is,
 * and what stands around it breaks one rule. Each must be caught within 1,000 seeds.
 */
export const sabotages = [
  /** R17: the relay sends on what other cells decided. */
  'relay without the origin filter',
  /** R4: events are folded in the order in which they arrived. */
  'order by arrival',
  /** R1: a restored cell goes on with its old incarnation. */
  'keep the incarnation after a restore',
  /** R1: a restored cell decides before it has reconciled. */
  'decide before reconciling after a restore',
  /** R5: the receiver acknowledges before it stores. */
  'acknowledge before storing',
  /** R8: events lose their command ids on the way to other cells. */
  'forget command ids on the way',
  /** R5: a store overwrites what stands at a place of the log. */
  'overwrite instead of insert if absent',
  /** R9: refusals are answered and not kept. */
  'forget to record refusals',
  /** R19: a store reads from a replica that lags behind. */
  'read from a lagging replica',
  /** R4: the fold of a cell applies an effect twice. */
  'apply effects twice',
  /** R18: consistency tokens are not looked at. */
  'ignore consistency tokens',
  /** Nobody compares cells. */
  'never reconcile',
] as const;

export type Sabotage = (typeof sabotages)[number];

/** A message's value as "forget command ids on the way" leaves it. */
export function withoutCommandId(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { commandid: _, fingerprint: __, ...rest } = { commandid: '', fingerprint: '', ...value };
  return rest;
}
