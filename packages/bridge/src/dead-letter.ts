import { createHash } from 'node:crypto';

/** What could not be delivered or stored, kept whole with the reason until somebody drives it again. */
export interface DeadLetter {
  /** A hash of the content: the same thing arriving again is the same dead letter. */
  readonly id: string;
  /** `out`: a change record that the relay could not publish; `in`: something received that could not be stored. */
  readonly direction: 'in' | 'out';
  readonly code: 'malformed' | 'invalid_event' | 'unknown_origin' | 'own_origin' | 'divergence' | 'too_large';
  readonly detail: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The thing itself: JSON text, or the bytes in base 64 where they were no JSON. */
  readonly content: { readonly json: string } | { readonly base64: string };
}

/** Where dead letters are kept. `put` is idempotent by id, and has kept the letter once it resolves. */
export interface DeadLetters {
  readonly put: (letter: DeadLetter) => Promise<void>;
}

export function deadLetter(
  letter: Omit<DeadLetter, 'id' | 'at' | 'content'>,
  content: DeadLetter['content'],
  now: number,
): DeadLetter {
  const id = createHash('sha256')
    .update('json' in content ? content.json : content.base64)
    .digest('base64url')
    .slice(0, 32);
  return { id, ...letter, at: new Date(now).toISOString(), content };
}

/** Dead letters in this process's memory: for tests and for the matrix on one machine. */
export function createMemoryDeadLetters(): DeadLetters & {
  readonly letters: ReadonlyMap<string, DeadLetter>;
} {
  const letters = new Map<string, DeadLetter>();
  return {
    letters,
    put: async (letter) => {
      letters.set(letter.id, letter);
    },
  };
}
