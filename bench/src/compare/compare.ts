/**
 * `npm run compare`: the same work on Twinlog and on its peers. With `-- --json` the result is one JSON object, with
 * `-- --write` it becomes the results of docs/comparison.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compareCommands, type ShapeResult } from '../commands.ts';
import { WrongEndStateError } from '../contender.ts';
import { thisMachine } from '../machine.ts';
import { ratePerCpuSecond } from '../rounds.ts';
import { measureStoreCosts } from '../store-cost/store-cost.ts';
import { shapes } from '../workload.ts';
import { measureFootprints } from './footprint.ts';
import { compareLongStreams } from './long-stream.ts';
import { measurePromises } from './promises.ts';
import { compareRaces } from './races.ts';
import { type Comparison, comparisonText } from './text.ts';

const commandRounds = 5;

function progress(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${message}`);
  else process.stderr.write(`${message}\n`);
}

async function compare(): Promise<Comparison> {
  const commands: ShapeResult[] = [];
  for (const shape of shapes)
    commands.push(await compareCommands(shape, commandRounds, progress, ratePerCpuSecond));
  const [short] = shapes;
  const promises = short ? await measurePromises(short, progress) : [];
  const longStream = await compareLongStreams(progress);
  const storeCosts = await measureStoreCosts(progress);
  const races = await compareRaces(progress);
  const footprints = await measureFootprints(root, progress);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return { machine: thisMachine(), commands, promises, longStream, storeCosts, races, footprints };
}

/** Puts the results into their page, in place of those of an earlier run. */
function writeResults(text: string): void {
  const page = path.join(root, 'docs/comparison.md');
  const parts = readFileSync(page, 'utf8').split(/^<!-- results.*-->\n/m);
  if (parts.length !== 3) throw new Error(`${page} has lost its two lines <!-- results -->.`);
  const [before, , after] = parts;
  writeFileSync(
    page,
    `${before}<!-- results: npm run compare -- --write -->\n\n${text}\n<!-- results end -->\n${after}`,
  );
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const root = path.resolve(import.meta.dirname, '../../..');
try {
  const comparison = await compare();
  if (values.write) writeResults(comparisonText(comparison));
  process.stdout.write(values.json ? `${JSON.stringify(comparison)}\n` : comparisonText(comparison));
} catch (error) {
  if (!(error instanceof WrongEndStateError)) throw error;
  process.stderr.write(`\n${error.message}\nThe run is void.\n`);
  process.exitCode = 1;
}
