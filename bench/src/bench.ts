/** `npm run bench`, with `-- --json` for one JSON object: what is measured and how is in README.md. */
import { parseArgs } from 'node:util';
import { compareCommands, type ShapeResult } from './commands.ts';
import { WrongEndStateError } from './contender.ts';
import { measureColdStart } from './http/cold-start.ts';
import { measureLatency } from './http/latency.ts';
import { measureLoad } from './http/load.ts';
import { measureLag } from './lag.ts';
import { measureLongStreams } from './long-streams.ts';
import { thisMachine } from './machine.ts';
import { measureReconcile } from './reconciling.ts';
import { measureReplication } from './replication.ts';
import { type Report, reportText } from './report.ts';
import { measureStoreCosts } from './store-cost/store-cost.ts';
import { shapes } from './workload.ts';

const commandRounds = 7;
const replicationRounds = 5;
const replicatedEvents = 20_000;
const lagSeconds = 15;
const reconciledEvents = 1_000_000;
const httpRounds = 7;
const httpRequests = 10_000;
const loadRequests = 20_000;
const longStreamRounds = 48;

function progress(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${message}`);
  else process.stderr.write(`${message}\n`);
}

async function measure(): Promise<Report> {
  const storeCosts = await measureStoreCosts(progress);
  const commands: ShapeResult[] = [];
  for (const shape of shapes) commands.push(await compareCommands(shape, commandRounds, progress));
  const replication = await measureReplication(replicatedEvents, replicationRounds, progress);
  const lag = await measureLag(lagSeconds, progress);
  const reconciled = await measureReconcile(reconciledEvents, progress);
  const http = {
    latency: await measureLatency(httpRequests, httpRounds, progress),
    coldStart: await measureColdStart(httpRounds, progress),
    load: await measureLoad(loadRequests, progress),
  };
  const longStreams = await measureLongStreams(longStreamRounds, progress);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return { machine: thisMachine(), commands, replication, lag, reconciled, storeCosts, http, longStreams };
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
try {
  const report = await measure();
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
} catch (error) {
  if (!(error instanceof WrongEndStateError)) throw error;
  process.stderr.write(`\n${error.message}\nThe run is void.\n`);
  process.exitCode = 1;
}
