import { fingerprintOf, nextEventId, systemRuntime, timeOf, transactionId } from '@twinlog/core';
import { interleave, ratePerCpuSecond, type Spread, spreadOf } from '../rounds.ts';
import { commandOf, commandsOf, type Shape, scriptsOf } from '../workload.ts';

/** What Twinlog does for a command that no peer in the comparison does, or has done for it ahead of time. */
export interface PromiseCost {
  readonly promise: string;
  /** Microseconds of processor time, a command, over a whole shape. */
  readonly micros: Spread;
}

const rounds = 9;

/** Does each of these things alone for every command of a shape. What an envelope takes as memory is in none of them. */
export async function measurePromises(
  shape: Shape,
  progress: (message: string) => void,
): Promise<readonly PromiseCost[]> {
  const scripts = scriptsOf(shape);
  const requests = scripts.flatMap((script) => script.requests);
  const commands = requests.map(commandOf);
  const { now, random } = systemRuntime;
  let newest: string | undefined;
  const promises: Readonly<Record<string, () => void>> = {
    'the body is checked by its schema': () => requests.forEach(commandOf),
    'an idempotency key is good for one command: its fingerprint': () => commands.forEach(fingerprintOf),
    'one order in both clouds: an id that carries the time, and the time as text': () => {
      for (const _ of requests) {
        newest = nextEventId(now(), newest, random);
        timeOf(newest);
      }
    },
    'a create sent to either cloud makes one transaction: its id, of account and key': () => {
      for (const {
        account,
        requests: [create],
      } of scripts)
        transactionId(account, create?.key, random);
    },
  };
  const measured = await interleave(Object.entries(promises), rounds, async ([promise, keep], round) => {
    progress(`what promises cost: ${promise}, ${round}`);
    return 1_000_000 / (await ratePerCpuSecond(commandsOf(shape), async () => keep()));
  });
  return [...measured].map(([[promise], micros]) => ({ promise, micros: spreadOf(micros) }));
}
