import { type DomainEvent, type Fold, originOf, type Transaction } from '@twinlog/core';
import type { Bank } from './bank.ts';
import { unitsOf } from './invariants.ts';
import type { Cell } from './matrix.ts';
import type { Outcomes } from './outcomes.ts';
import type { Stage } from './stage.ts';

/** What a command is, whichever cells decided it: its id and what it says, or one event alone. */
function commandText({ id, commandid, fingerprint }: DomainEvent): string {
  return commandid === undefined ? id : `${commandid} ${fingerprint}`;
}

/** The units captured and refunded by all that was accepted anywhere, whatever became of it, each command once. */
export function acceptedIn(
  events: readonly DomainEvent[],
  { version }: Fold<Transaction>,
): { readonly captured: number; readonly refunded: number } {
  const sums = { captured: 0, refunded: 0 };
  const known = new Set<string>();
  for (const event of events) {
    const kind = event.type.endsWith('.captured.v1')
      ? 'captured'
      : event.type.endsWith('.refunded.v1')
        ? 'refunded'
        : undefined;
    const isCounted = Number(event.sequence) <= (version.get(originOf(event)) ?? 0);
    const command = commandText(event);
    if (kind === undefined || !isCounted || known.has(command)) continue;
    known.add(command);
    sums[kind] += unitsOf(event);
  }
  return sums;
}

/**
 * R16, by plain arithmetic: all captures that were accepted anywhere, each command once, less the captures that stand,
 * is what was refunded for conflicts; and likewise refunds and what was collected.
 */
export function checkCompensations(
  stage: Stage,
  folds: ReadonlyMap<string, Fold<Transaction>>,
  cells: readonly Cell[],
  bank: Bank,
  lostStreams: ReadonlySet<string>,
  outcomes: Outcomes,
): void {
  const [cell] = cells;
  for (const [stream, fold] of folds) {
    const { state } = fold;
    const paid = { refund: 0, collect: 0 };
    for (const due of bank.carriedOut.values()) {
      if (due.stream !== stream) continue;
      outcomes.compensations += 1;
      paid[due.compensation.kind] += Number(due.compensation.amount);
    }
    // What a restore lost may have been compensated before: it is part of the exposure.
    if (state === undefined || lostStreams.has(stream)) continue;
    const accepted = acceptedIn(cell?.database().streams.get(stream) ?? [], fold);
    const scale = state.currency === 'JPY' ? 1 : 100;
    const due = {
      refund: accepted.captured - Number(state.captured) / scale,
      collect: accepted.refunded - Number(state.refunded) / scale,
    };
    if (due.refund !== paid.refund || due.collect !== paid.collect) {
      const detail = `due ${JSON.stringify(due)}, carried out ${JSON.stringify(paid)}`;
      stage.fail('compensations add up to what was told and does not stand', detail, stream);
    }
  }
}
