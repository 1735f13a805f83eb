import type { ShapeResult } from '../commands.ts';
import type { Machine } from '../machine.ts';
import type { Spread } from '../rounds.ts';
import { type CommandCost, costedCommands, type StoreCost } from '../store-cost/store-cost.ts';
import type { Footprint } from './footprint.ts';
import type { LongStreamResult } from './long-stream.ts';
import type { PromiseCost } from './promises.ts';
import type { RaceResult } from './races.ts';

export interface Comparison {
  readonly machine: Machine;
  readonly commands: readonly ShapeResult[];
  /** Of the first shape. */
  readonly promises: readonly PromiseCost[];
  readonly longStream: LongStreamResult;
  readonly storeCosts: readonly StoreCost[];
  readonly races: readonly RaceResult[];
  readonly footprints: readonly Footprint[];
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const ratio = ({ median, min, max }: Spread) => `${median.toFixed(2)}× (${min.toFixed(2)}–${max.toFixed(2)})`;
const rate = ({ median, min, max }: Spread) =>
  `${whole.format(median)} (${whole.format(min)}–${whole.format(max)})`;

/** A table in Markdown, which a terminal shows well enough. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const goal = (holds: boolean, words: string) => `${holds ? 'Goal met' : 'Goal missed'}: ${words}.`;

function shapeText({ shape, fastestPeer, results }: ShapeResult): string {
  const own = results[0]?.ratio.median ?? 0;
  return [
    `### ${whole.format(shape.streams)} streams of ${whole.format(shape.commandsPerStream)} commands`,
    table([
      ['', `against ${fastestPeer}`, 'commands per CPU second'],
      ...results.map((each) => [`${each.name} ${each.version}`, ratio(each.ratio), rate(each.rate)]),
    ]),
    goal(own >= 2, `at least 2.00× the fastest peer, here ${own.toFixed(2)}×`),
  ].join('\n\n');
}

function promiseText(promises: readonly PromiseCost[], [shape]: readonly ShapeResult[]): string {
  const micros = (perSecond = Number.NaN) => (1_000_000 / perSecond).toFixed(1);
  const [own, peer] = shape?.results ?? [];
  const sum = promises.reduce((total, { micros: { median } }) => total + median, 0);
  return [
    '### What promises cost',
    `Of the ${micros(own?.rate.median)} µs of processor time that a command takes on ${whole.format(shape?.shape.streams ?? 0)} short streams, ${sum.toFixed(1)} µs go to what no peer does, or has done for it ahead of time. ${peer?.name}'s whole command takes ${micros(peer?.rate.median)} µs.`,
    table([
      ['promise', 'µs a command'],
      ...promises.map(({ promise, micros: { median, min, max } }) => [
        promise,
        `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`,
      ]),
    ]),
  ].join('\n\n');
}

function longText({ held, fastestPeer, results }: LongStreamResult): string {
  const own = results[0]?.ratio.median ?? 0;
  return [
    `### A stream of ${whole.format(held)} events`,
    table([
      ['', `against ${fastestPeer}`, 'commands per CPU second'],
      ...results.map((each) => [each.name, ratio(each.ratio), rate(each.rate)]),
    ]),
    goal(own >= 2, `at least 2.00× the fastest peer, here ${own.toFixed(2)}×`),
  ].join('\n\n');
}

const costOf = ({ reads, writes, readUnits, writeUnits }: CommandCost) =>
  `${reads + writes}: ${reads} + ${writes}; ${readUnits} RCU, ${writeUnits} WCU`;

function costText(costs: readonly StoreCost[]): string {
  const [own, ...peers] = costs;
  const isLeast = (of: (cost: StoreCost) => number) =>
    own !== undefined && peers.every((peer) => of(own) <= of(peer));
  const mean = isLeast((cost) => cost.mean.readUnits + cost.mean.writeUnits);
  const requests = costedCommands.filter(
    (command) => !isLeast(({ commands }) => commands[command].reads + commands[command].writes),
  );
  const units = costedCommands.filter(
    (command) => !isLeast(({ commands }) => commands[command].readUnits + commands[command].writeUnits),
  );
  const except = (missed: readonly string[]) =>
    missed.length === 0 ? '' : `, but for: ${missed.join('; ')}`;
  return [
    '## What a command costs on DynamoDB',
    'Requests: that read + that write; capacity units. By what the stand-in says that they consumed.',
    table([
      ['', ...costs.map(({ name, version }) => `${name} ${version}`)],
      ...costedCommands.map((command) => [
        command,
        ...costs.map(({ commands }) => costOf(commands[command])),
      ]),
      [
        'mean on 101 to 200 events',
        ...costs.map(({ mean }) => `${mean.readUnits.toFixed(1)} RCU, ${mean.writeUnits.toFixed(1)} WCU`),
      ],
      ['bytes in the table, an event', ...costs.map(({ bytesPerEvent }) => whole.format(bytesPerEvent))],
    ]),
    goal(mean, 'the fewest units of all, by the mean'),
    goal(requests.length === 0, `the fewest requests of all, command by command${except(requests)}`),
    goal(units.length === 0, `the fewest units of all, command by command${except(units)}`),
  ].join('\n\n');
}

function raceText(races: readonly RaceResult[]): string {
  const isOnce = ({ afterLostAnswer, ofTenWriters }: RaceResult) =>
    afterLostAnswer === 1 && ofTenWriters === 1;
  const [own, ...peers] = races;
  const isOnly = own !== undefined && isOnce(own) && !peers.some(isOnce);
  return [
    '## What was asked for once, and took effect how often',
    table([
      ['', 'answer lost, sent again', 'ten callers at once'],
      ...races.map(({ name, afterLostAnswer, ofTenWriters }) => [
        name,
        `${afterLostAnswer}`,
        `${ofTenWriters}`,
      ]),
    ]),
    goal(isOnly, 'the only one with no repeated effect'),
  ].join('\n\n');
}

function footprintText(footprints: readonly Footprint[]): string {
  return [
    '## Import and install',
    table([
      ['', 'import, ms of CPU', 'packages', 'installed, MB'],
      ...footprints.map(({ name, version, importMs, packages, bytes }) => [
        `${name} ${version}`,
        importMs.toFixed(0),
        String(packages),
        (bytes / 1_000_000).toFixed(1),
      ]),
    ]),
  ].join('\n\n');
}

/** The comparison for people, as the results page has it: ratios first, for they hold on other machines too. */
export function comparisonText(comparison: Comparison): string {
  const { machine, commands, promises, longStream, storeCosts, races, footprints } = comparison;
  const { cpu, cores, node, date } = machine;
  return `${[
    '## Commands in memory',
    ...commands.map(shapeText),
    longText(longStream),
    promiseText(promises, commands),
    costText(storeCosts),
    raceText(races),
    footprintText(footprints),
    `${cpu}, ${cores} cores, Node ${node}, ${date}.`,
  ].join('\n\n')}\n`;
}
