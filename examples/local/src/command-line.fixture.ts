import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@twinlog/bridge/cli';
import type { Matrix } from './matrix.ts';

/** What a command line printed, and ended with. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * `npx twinlog` against the running cells. What is not said in the variables is as in a shell that has the cells and their key.
 * @param wait for the processes of a cell that was drained: where none is amid a decision there is nothing to wait for.
 */
export function operatedBy(
  { aws, azure, operatorKey }: Pick<Matrix, 'aws' | 'azure' | 'operatorKey'>,
  wait: (ms: number) => Promise<void> = (ms) => sleep(ms),
) {
  return async (
    argv: readonly string[],
    variables: Readonly<Record<string, string>> = { TWINLOG_KEY: operatorKey },
  ): Promise<Printed> => {
    const printed = { out: '', err: '' };
    const code = await run(argv, {
      variables: { TWINLOG_CELLS: `${aws.name}=${aws.url},${azure.name}=${azure.url}`, ...variables },
      readFile: () => undefined,
      fetch,
      terminal: {
        write: (text) => {
          printed.out += text;
        },
        writeError: (text) => {
          printed.err += text;
        },
        isWatched: false,
      },
      now: Date.now,
      sleep: wait,
    });
    return { code, ...printed };
  };
}
