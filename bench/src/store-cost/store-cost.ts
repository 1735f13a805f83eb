import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { type Item, itemSize, startDynamoDb } from '@twinlog/emulators';
import { WrongEndStateError } from '../contender.ts';
import { type ClientRequest, scriptsOf } from '../workload.ts';
import { castore } from './castore.ts';
import { equinox } from './equinox.ts';
import { type CostContender, type CostSubject, connectionTo } from './subject.ts';
import { twinlog } from './twinlog.ts';

/** What one command asked of DynamoDB. */
export interface CommandCost {
  readonly reads: number;
  readonly writes: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** How many events it added. */
  readonly added: number;
}

export interface StoreCost {
  readonly name: string;
  readonly version: string;
  readonly commands: Readonly<Record<CostedCommand, CommandCost>>;
  /** Units of a command on a stream of 101 to 200 events, the mean of those 100 commands. */
  readonly mean: { readonly readUnits: number; readonly writeUnits: number };
  /** What the table holds for each of the stream's 201 events, everything beside them included, without indexes. */
  readonly bytesPerEvent: number;
}

export const costedCommands = [
  'create',
  'create, sent again',
  'command',
  'command, sent again',
  'command on 10 events',
  'command on 100 events',
] as const;
export type CostedCommand = (typeof costedCommands)[number];

/** Requests and capacity units of each library on DynamoDB, by what the stand-in says that they consumed. */
export async function measureStoreCosts(progress: (message: string) => void): Promise<readonly StoreCost[]> {
  const costs: StoreCost[] = [];
  for (const contender of [twinlog, castore, equinox]) {
    progress(`store costs: ${contender.name}`);
    costs.push(await costOf(contender));
  }
  return costs;
}

async function costOf(contender: CostContender): Promise<StoreCost> {
  const emulator = await startDynamoDb();
  const subject = await contender.start(emulator.url);
  try {
    const [script] = scriptsOf({ streams: 1, commandsPerStream: 202 });
    if (script === undefined) throw new Error('A shape of one stream has one script.');
    const cost = await play(contender, subject, script.requests);
    const bytes = await bytesIn(emulator.url, contender.name);
    return { ...cost, bytesPerEvent: bytes / (await subject.events()) };
  } finally {
    subject.stop();
    await emulator.stop();
  }
}

async function play(
  { name, version }: CostContender,
  subject: CostSubject,
  [create, first, ...captures]: readonly ClientRequest[],
): Promise<Omit<StoreCost, 'bytesPerEvent'>> {
  if (create === undefined || first === undefined) throw new Error('A script has a create and a capture.');
  let next = 0;
  const handleNext = async (): Promise<void> => {
    const request = captures[next++];
    if (request === undefined) throw new Error('The script is too short.');
    await subject.handle(request);
  };
  const fillTo = async (events: number): Promise<void> => {
    while ((await subject.events()) < events) await handleNext();
  };
  const cost = (act: () => Promise<void>) => measured(subject, act);

  const commands = {
    create: await cost(() => subject.handle(create)),
    'create, sent again': await cost(() => subject.handle(create)),
    command: await cost(() => subject.handle(first)),
    'command, sent again': await cost(() => subject.handle(first)),
    'command on 10 events': await fillTo(10).then(() => cost(handleNext)),
    'command on 100 events': await fillTo(100).then(() => cost(handleNext)),
  };
  const before = await subject.events();
  if (before !== 101) throw new WrongEndStateError(`${name} holds ${before} events instead of 101.`);
  const mean = await meanOf(subject, handleNext);
  return { name, version, commands, mean };
}

/** The next 100 commands, on what is then a stream of 101 to 200 events. */
async function meanOf(subject: CostSubject, handleNext: () => Promise<void>): Promise<StoreCost['mean']> {
  const count = 100;
  const { readUnits, writeUnits } = await measured(subject, async () => {
    for (let done = 0; done < count; done++) await handleNext();
  });
  return { readUnits: readUnits / count, writeUnits: writeUnits / count };
}

/** Every contender names its table after itself. */
async function bytesIn(url: string, table: string): Promise<number> {
  const client = new DynamoDBClient(connectionTo(url));
  let bytes = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    for (const item of Items) bytes += itemSize(onTheWire(item));
  client.destroy();
  return bytes;
}

/** An item as it came over the wire, where bytes are text in base 64. */
function onTheWire(item: Readonly<Record<string, AttributeValue>>): Item {
  return JSON.parse(
    JSON.stringify(item, function (this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
      const own = this[name];
      return own instanceof Uint8Array ? Buffer.from(own).toString('base64') : value;
    }),
  );
}

async function measured(subject: CostSubject, act: () => Promise<void>): Promise<CommandCost> {
  const before = await subject.events();
  subject.taken();
  await act();
  const requests = subject.taken();
  const after = await subject.events();
  const of = (kind: 'read' | 'write') => requests.filter((request) => request.kind === kind);
  const units = (kind: 'read' | 'write') => of(kind).reduce((sum, request) => sum + request.units, 0);
  return {
    reads: of('read').length,
    writes: of('write').length,
    readUnits: units('read'),
    writeUnits: units('write'),
    added: after - before,
  };
}
