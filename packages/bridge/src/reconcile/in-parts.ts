import { PeerMisconfiguredError } from './peer-error.ts';

/** Asks until every item is answered, where each answer is a prefix of what was asked; hands on part by part. */
export async function* inParts<Item, Answer>(
  items: readonly Item[],
  ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
): AsyncGenerator<readonly (readonly [Item, Answer])[], void, undefined> {
  for (let rest = items; rest.length > 0; ) {
    const asked = rest;
    const answers = await ask(asked);
    if (answers.length === 0 || answers.length > asked.length) {
      throw new PeerMisconfiguredError(
        `The other cell gave ${answers.length} answers to ${asked.length} questions. Run the same version of Twinlog in both cells.`,
      );
    }
    yield answers.flatMap((answer, index) => {
      const item = asked[index];
      return item === undefined ? [] : [[item, answer] as const];
    });
    rest = asked.slice(answers.length);
  }
}
