import { startDynamoDb } from '@twinlog/emulators';
import { castore } from '../store-cost/castore.ts';
import { equinox } from '../store-cost/equinox.ts';
import type { CostContender } from '../store-cost/subject.ts';
import { twinlog } from '../store-cost/twinlog.ts';
import { scriptsOf } from '../workload.ts';

/** How often what was asked for once took effect. */
export interface RaceResult {
  readonly name: string;
  /** The capture is written, its answer is lost, and the client sends the very same request again. */
  readonly afterLostAnswer: number;
  /** The very same request comes from ten callers at the same moment. */
  readonly ofTenWriters: number;
}

/** Each library on DynamoDB's stand-in, as its documentation shows it: the commands of the cost comparison. */
export async function compareRaces(progress: (message: string) => void): Promise<readonly RaceResult[]> {
  const results: RaceResult[] = [];
  for (const contender of [twinlog, castore, equinox]) {
    progress(`races: ${contender.name}`);
    results.push({
      name: contender.name,
      afterLostAnswer: await effects(contender, 'lost answer'),
      ofTenWriters: await effects(contender, 'ten writers'),
    });
  }
  return results;
}

/** The capture's events, after everybody who waits for an answer has had one or given up. */
async function effects(contender: CostContender, race: 'lost answer' | 'ten writers'): Promise<number> {
  const emulator = await startDynamoDb();
  const subject = await contender.start(emulator.url);
  try {
    const [script] = scriptsOf({ streams: 1, commandsPerStream: 40 });
    const [create, capture] = script?.requests ?? [];
    if (create === undefined || capture === undefined)
      throw new Error('A script has a create and a capture.');
    await subject.handle(create);
    const before = await subject.events();
    // What a caller makes of an error is to send the same request again; here nobody may decide for it that it is done.
    const send = () => subject.handle(capture).catch(() => undefined);
    if (race === 'ten writers') await Promise.all(Array.from({ length: 10 }, send));
    else {
      let lost = 0;
      emulator.fault = ({ name }) => (writes.has(name) && lost++ === 0 ? { kind: 'resetAfter' } : undefined);
      await send();
      await send();
      if (lost === 0) throw new Error(`${contender.name} wrote nothing whose answer could be lost.`);
    }
    return (await subject.events()) - before;
  } finally {
    subject.stop();
    await emulator.stop();
  }
}

const writes: ReadonlySet<string> = new Set([
  'PutItem',
  'UpdateItem',
  'TransactWriteItems',
  'BatchWriteItem',
]);
