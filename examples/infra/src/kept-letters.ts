import {
  type DeadLetterCode,
  type DeadLetters,
  deadLetter,
  type IntakeListener,
  type Rejection,
} from '@twinlog/bridge';

/** Where the peer handed over something that can be kept. What it did not hold, or was not asked for, it still has. */
const codes: Readonly<Partial<Record<Rejection['code'], DeadLetterCode>>> = {
  invalid_event: 'invalid_event',
  event_too_large: 'too_large',
  unstorable: 'unstorable',
};

/**
 * R5: keeps what a peer holds and this cell does not take as dead letters, as the receiver does. Letters are told of as
 * they are put; where one cannot be, `say` is told, and the next run comes upon it again.
 */
export function keptLetters({
  deadLetters,
  now,
  say,
}: {
  readonly deadLetters: Pick<DeadLetters, 'put'>;
  readonly now: () => number;
  readonly say: (line: string) => void;
}): Required<Pick<IntakeListener, 'onDivergence' | 'onRejected'>> {
  async function keep(stream: string, code: DeadLetterCode, detail: string, value: unknown): Promise<void> {
    const content = { json: JSON.stringify(value) ?? 'null' };
    try {
      await deadLetters.put(deadLetter({ direction: 'in', code, detail }, content, now()));
    } catch (error) {
      // Not the message: what an SDK says of itself may name a credential.
      const fault = error instanceof Error ? error.name : typeof error;
      say(`${code} in ${stream}: ${detail} It could not be kept as a dead letter: ${fault}.`);
    }
  }
  return {
    onDivergence: ({ ours, theirs }) =>
      keep(ours.partitionkey, 'divergence', `Its place is taken by the event ${ours.id}.`, theirs),
    onRejected: async ({ stream, code, detail }, value) => {
      const kept = codes[code];
      if (kept) await keep(stream, kept, detail, value);
    },
  };
}
