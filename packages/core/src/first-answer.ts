import type { Aggregate, AggregateEvent } from './aggregate.ts';
import type { DomainEvent, EventData } from './log/event.ts';
import { foldAsDecided } from './log/fold.ts';
import type { Claim, Fold } from './log/folded.ts';
import type { Outcome } from './outcome.ts';

/** R8, R10: the answer to a command whose id is claimed: its first one, or a refusal to another command of that id. */
export function firstAnswer<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  { claim, fingerprint }: { readonly claim: Claim; readonly fingerprint: string | undefined },
  { fold, events }: { readonly fold: Fold<State>; readonly events: readonly DomainEvent[] },
): Outcome<State> {
  const { version } = fold;
  if (claim.event.fingerprint !== fingerprint) {
    const detail =
      'This idempotency key was used before, with another command. Take a new key for a new command.';
    return { kind: 'refused', code: 'idempotency_key_reused', detail, version };
  }
  if (claim.refused)
    return { kind: 'refused', code: claim.refused.code, detail: claim.refused.detail, version };
  const { state } = foldAsDecided(aggregate, events, claim.event);
  if (state === undefined) return { kind: 'pending', pending: fold.pending, version };
  const { event, conflict } = claim;
  return { kind: 'alreadyAppended', event, state, version, ...(conflict && { conflict }) };
}
