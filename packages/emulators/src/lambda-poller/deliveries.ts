import type { DynamoDBRecord } from 'aws-lambda';

/** Collects things as they happen, and lets a test await the moment when enough has happened. */
export interface Collected<T> {
  readonly all: readonly T[];
  add(item: T): void;
  until(reached: (all: readonly T[]) => boolean): Promise<readonly T[]>;
}

export function collect<T>(): Collected<T> {
  const all: T[] = [];
  const waiting = new Set<() => void>();
  return {
    all,
    add(item) {
      all.push(item);
      for (const check of [...waiting]) check();
    },
    until(reached) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!reached(all)) return;
          waiting.delete(check);
          resolve(all);
        };
        waiting.add(check);
        check();
      });
    },
  };
}

/** The sort keys of records, which tests use to tell them apart. */
export function sortKeys(records: readonly DynamoDBRecord[]): readonly string[] {
  return records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S ?? '');
}
