import type { Claim, Compensation, Conflict, DomainEvent, EventData, Fold } from '@twinlog/core';

/** A command that waits for its home's decision (R15). */
export interface WaitingRequest {
  readonly command_id: string;
  readonly command: EventData;
  /** RFC 3339, UTC. */
  readonly requested_at: string;
}

/** What became of a command: it took effect, it was refused, or its effect lost a conflict. */
export interface DecidedCommand {
  readonly command_id: string;
  readonly outcome: 'applied' | 'refused' | 'lost';
  /** The rule that a command was refused by, or lost by. */
  readonly code?: string;
  /** R15: decided in the place of this cell, which had been taken over without being drained. */
  readonly contested?: string;
}

/** How far a conflict has got: tentative, settled by the home, and what is due or done about it (R16). */
export interface Settlement {
  readonly settled: boolean;
  readonly compensation?: Compensation;
  readonly compensated: boolean;
}

export interface History {
  /** Requests that wait, in the order they were recorded. */
  readonly requests: readonly WaitingRequest[];
  /** Commands with an id, in the order of their decisions. */
  readonly commands: readonly DecidedCommand[];
}

type Held = { readonly event: DomainEvent };

/** Canonical order: equal logs must give equal bodies, however they came about. */
const canonically = ([, a]: readonly [string, Held], [, b]: readonly [string, Held]) =>
  a.event.id < b.event.id ? -1 : 1;

/** What was asked of a transaction, and what became of it. */
export function viewHistory({ claims, requests }: Fold<object>): History {
  return {
    requests: [...requests]
      .filter(([command_id]) => !claims.has(command_id))
      .sort(canonically)
      .map(([command_id, { event, requested }]) => ({
        command_id,
        command: requested.command,
        requested_at: event.time,
      })),
    commands: [...claims]
      .filter(([, { event }]) => !isAboutConflict(event))
      .sort(canonically)
      .map(([command_id, claim]) => {
        const { contested } = claim.event;
        return { command_id, ...outcomeOf(claim), ...(contested !== undefined && { contested }) };
      }),
  };
}

export function viewSettlement({ isSettled, isCompensated, compensation }: Conflict): Settlement {
  return { settled: isSettled, ...(compensation && { compensation }), compensated: isCompensated };
}

function outcomeOf({ refused, conflict }: Claim): Omit<DecidedCommand, 'command_id'> {
  if (refused) return { outcome: 'refused', code: refused.code };
  if (conflict) return { outcome: 'lost', code: conflict.code };
  return { outcome: 'applied' };
}

/** Settlements and compensations have command ids of their own, so as to be written once; no client sent them. */
function isAboutConflict({ type }: DomainEvent): boolean {
  return /\.conflict\.(settled|compensated)\.v\d+$/.test(type);
}
