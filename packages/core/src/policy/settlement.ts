import type { EventData } from '../log/event.ts';
import { eventTime } from '../log/event-id.ts';
import { fingerprintOf } from '../log/fingerprint.ts';
import { type Conflict, commandOf } from '../log/folded.ts';
import type { Compensation } from '../log/meaning.ts';
import type { Decider } from '../outcome.ts';

/** What has to be done in the world because a command that a client was told of lost (R16). */
export interface DueCompensation {
  readonly stream: string;
  /** Derived from the stream and the command, so that whoever carries it out twice does it once. */
  readonly idempotencyKey: string;
  readonly compensation: Compensation;
}

export interface SettlementOptions<State extends object, Command extends EventData> {
  readonly decider: Decider<State, Command>;
  readonly now: () => number;
  /** Carries a compensation out, idempotently by its key; rejects where it could not. */
  readonly compensate: (due: DueCompensation) => Promise<void>;
  /** How old a conflict must be, in ms by its event's time, before it is settled: older events may still arrive. */
  readonly settleAfterMs: number;
}

/** How many conflicts a visit settled, and how many compensations it carried out. */
export interface Settled {
  readonly settled: number;
  readonly compensated: number;
  /** What `compensate` rejected with, where it did: each is due again at the next visit, and none held up another. */
  readonly failed?: readonly unknown[];
}

/**
 * Settles a stream's conflicts, as its home: each loses for good by an event of the home's own, and then its
 * compensation is carried out and recorded. What was interrupted between the two goes on at the next visit.
 */
export async function settleConflicts<State extends object, Command extends EventData>(
  stream: string,
  { decider, now, compensate, settleAfterMs }: SettlementOptions<State, Command>,
): Promise<Settled> {
  let settled = 0;
  let compensated = 0;
  const first = await decider.read(stream);
  if (first.kind !== 'read') return { settled, compensated };
  const ripe = first.fold.conflicts.filter(
    (conflict) => isOpen(conflict) && now() - eventTime(conflict.event.id) >= settleAfterMs,
  );
  for (const { event } of ripe) {
    const view = await decider.record(stream, ({ fold }) => {
      const conflict = fold.conflicts.find((one) => commandOf(one.event) === commandOf(event));
      if (!conflict || !isOpen(conflict)) return undefined;
      const { code, compensation } = conflict;
      return {
        meaning: { settled: { ...pairOf(conflict), code, ...(compensation && { compensation }) } },
        command: recordId('settle', conflict),
      };
    });
    if (view.kind === 'read') settled += 1;
  }

  const failed: unknown[] = [];
  const after = await decider.read(stream);
  if (after.kind !== 'read') return { settled, compensated };
  for (const conflict of after.fold.conflicts) {
    const { compensation } = conflict;
    if (!conflict.isSettled || conflict.isCompensated || !compensation) continue;
    // A command id is scoped to its stream; whoever carries this out knows no streams, so the key has it too.
    const idempotencyKey = `compensate:${fingerprintOf({ stream, ...pairOf(conflict) })}`;
    try {
      await compensate({ stream, idempotencyKey, compensation });
    } catch (error) {
      failed.push(error);
      continue;
    }
    const view = await decider.record(stream, ({ fold }) => {
      const current = fold.conflicts.find((one) => commandOf(one.event) === commandOf(conflict.event));
      if (!current || current.isCompensated) return undefined;
      return {
        meaning: { compensated: { ...pairOf(conflict), compensation } },
        command: recordId('compensate', conflict),
      };
    });
    if (view.kind === 'read') compensated += 1;
  }
  return { settled, compensated, ...(failed.length > 0 && { failed }) };
}

/** A create is never settled: which one counts, R13 alone decides. */
function isOpen({ isSettled, event }: Conflict): boolean {
  return !isSettled && event.seen !== '';
}

/** What the command is: its id and fingerprint, or the event's own id where it has none. */
function pairOf({ event }: Conflict): { readonly command_id: string; readonly fingerprint: string } {
  return { command_id: event.commandid ?? event.id, fingerprint: event.fingerprint ?? '' };
}

/** The command id of a record about a command, derived from it, so that two homes that write it write one. */
function recordId(
  purpose: 'settle' | 'compensate',
  conflict: Conflict,
): { readonly id: string; readonly fingerprint: string } {
  const fingerprint = fingerprintOf(pairOf(conflict));
  return { id: `${purpose}:${fingerprint}`, fingerprint };
}
