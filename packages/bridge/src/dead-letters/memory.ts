import type { DeadLetter, DeadLetters } from './dead-letter.ts';

/** Dead letters in this process's memory: for tests and for the matrix on one machine. Listed by id. */
export function createMemoryDeadLetters(): DeadLetters & {
  readonly letters: ReadonlyMap<string, DeadLetter>;
} {
  const letters = new Map<string, DeadLetter>();
  return {
    letters,
    put: async (letter) => {
      letters.set(letter.id, letter);
    },
    list: async ({ limit, after = '' }) => {
      const found = [...letters.values()]
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const items = found.slice(0, limit).map(({ content: _, ...summary }) => summary);
      const last = items.at(-1);
      return found.length > limit && last ? { items, next: last.id } : { items };
    },
    get: async (id) => letters.get(id),
    remove: async (id) => {
      letters.delete(id);
    },
  };
}
