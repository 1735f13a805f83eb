import type { ShapeResult } from './commands.ts';
import { type HttpReport, httpText } from './http/report.ts';
import type { LagResult } from './lag.ts';
import type { LongStreamResult } from './long-streams.ts';
import type { Machine } from './machine.ts';
import type { ReconcileResult } from './reconciling.ts';
import type { ReplicationResult } from './replication.ts';
import type { Spread } from './rounds.ts';
import { type CommandCost, costedCommands, type StoreCost } from './store-cost/store-cost.ts';
import { perSecond, ratio, table, verdict, whole } from './text.ts';

export interface Report {
  readonly machine: Machine;
  readonly commands: readonly ShapeResult[];
  readonly replication: ReplicationResult;
  readonly lag: LagResult;
  readonly reconciled: ReconcileResult;
  readonly storeCosts: readonly StoreCost[];
  readonly http: HttpReport;
  readonly longStreams: readonly LongStreamResult[];
}

function shapeText({ shape, rounds, fastestPeer, results, goalMet }: ShapeResult): string[] {
  const rows = results.map(({ name, version, ratio: against, rate }) => {
    return [`${name} ${version}`, ratio(against), perSecond(rate)];
  });
  return [
    `Commands: ${whole.format(shape.streams)} streams of ${shape.commandsPerStream}, median of ${rounds} rounds (lowest–highest)`,
    ...table([['', `against ${fastestPeer}`, 'commands'], ...rows]),
    verdict(`at least 1.00× the fastest peer, ${fastestPeer}`, goalMet),
    '',
  ];
}

function replicationText(result: ReplicationResult): string[] {
  const { events, eventBytes, rounds, eventsPerDelivery, rate, straight, goal, goalMet } = result;
  return [
    `Replication: ${whole.format(events)} events of ${eventBytes} bytes, ${eventsPerDelivery} a delivery, median of ${rounds} rounds (lowest–highest)`,
    ...table([
      ['', 'against straight', 'events'],
      ['relay → Event Grid → receive → store', ratio(result.ratio), perSecond(rate)],
      ['straight to receive → store', '1.00×', perSecond(straight)],
    ]),
    verdict(`at least ${whole.format(goal)} events/s`, goalMet),
    `  ${whole.format(result.requests)} publish requests, ${(result.fullness * 100).toFixed(1)}% full on average`,
    verdict(`at least ${result.fullnessGoal * 100}% full`, result.fullnessGoalMet),
    '',
  ];
}

function lagText({ perSecond: rate, seconds, pollMs, p50, p99, goal, goalMet }: LagResult): string[] {
  return [
    `Lag: ${rate} events/s for ${seconds} s, both ways, changes looked for every ${pollMs} ms`,
    `  p50 ${p50} ms   p99 ${p99} ms`,
    verdict(`p50 at most ${goal.p50} ms, p99 at most ${goal.p99} ms`, goalMet),
    '',
  ];
}

function reconcileText(result: ReconcileResult): string[] {
  const { events, missing, pulled, logBytes, movedBytes, requests, seconds, goalShare, goalMet } = result;
  const share = ((movedBytes / logBytes) * 100).toFixed(3);
  return [
    `Reconcile: ${whole.format(missing)} of ${whole.format(events)} events missing`,
    `  ${pulled} found and pulled in ${seconds.toFixed(1)} s, ${requests} requests, ${whole.format(movedBytes)} bytes: ${share}% of the log`,
    verdict(`at most ${goalShare * 100}% of the bytes, and just those`, goalMet && pulled === missing),
    '',
  ];
}

function costCell({ reads, writes, readUnits, writeUnits, added }: CommandCost, command: string): string {
  const again = command.endsWith('sent again') && added > 0 ? ', done again' : '';
  return `${reads} + ${writes}, ${readUnits} + ${writeUnits}${again}`;
}

function storeCostText(costs: readonly StoreCost[]): string[] {
  const rows = costedCommands.map((command) => [
    command,
    ...costs.map(({ commands }) => costCell(commands[command], command)),
  ]);
  const means = costs.map(({ mean }) => `${mean.readUnits.toFixed(1)} + ${mean.writeUnits.toFixed(1)} units`);
  return [
    'What a command costs on DynamoDB: requests that read + that write, units read + written',
    ...table([
      ['', ...costs.map(({ name, version }) => `${name} ${version}`)],
      ...rows,
      ['mean on 101 to 200 events', ...means],
    ]),
    '',
  ];
}

const milliseconds = ({ median, min, max }: Spread): string =>
  `${median.toFixed(1)} ms  (${min.toFixed(1)}–${max.toFixed(1)})`;

function longStreamsText(results: readonly LongStreamResult[]): string[] {
  const longest = results.at(-1);
  const [shortest] = results;
  if (longest === undefined || shortest === undefined) return [];
  const rows = results.map(({ events, ratio: against, ms, reads, writes, wholeMs }) => [
    whole.format(events),
    `${against.toFixed(2)}×`,
    milliseconds(ms),
    `${reads} / ${writes.median}`,
    milliseconds(wholeMs),
  ]);
  const isMet = longest.ratio <= 2 && longest.reads - shortest.reads <= 1;
  return [
    'Long streams: one command of a process that has just started, on DynamoDB (stand-in), one origin (lowest–highest)',
    ...table([
      ['events', 'against the shortest', 'a command', 'reads / writes', 'without snapshots'],
      ...rows,
    ]),
    verdict('10,000 events within 2× of 10 and one read more for each origin', isMet),
    '',
  ];
}

/** The report for people: ratios first, for they hold on other machines too. */
export function reportText(report: Report): string {
  const { machine, commands, replication, lag, reconciled, storeCosts, http, longStreams } = report;
  const { cpu, cores, node, date } = machine;
  return [
    '',
    ...commands.flatMap(shapeText),
    ...replicationText(replication),
    ...lagText(lag),
    ...reconcileText(reconciled),
    ...storeCostText(storeCosts),
    ...httpText(http),
    ...longStreamsText(longStreams),
    `${cpu}, ${cores} cores, Node ${node}, ${date}`,
    '',
  ].join('\n');
}
