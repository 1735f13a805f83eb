import type { ShapeResult } from './commands.ts';
import type { Machine } from './machine.ts';
import type { ReplicationResult } from './replication.ts';
import type { Spread } from './rounds.ts';

export interface Report {
  readonly machine: Machine;
  readonly commands: readonly ShapeResult[];
  readonly replication: ReplicationResult;
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const ratio = ({ median, min, max }: Spread): string =>
  `${median.toFixed(2)}×  (${min.toFixed(2)}–${max.toFixed(2)})`;

const perSecond = ({ median, min, max }: Spread): string =>
  `${whole.format(median)}/s  (${whole.format(min)}–${whole.format(max)})`;

const verdict = (goal: string, met: boolean): string => `  ${met ? 'goal met' : 'goal missed'}: ${goal}`;

/** Columns side by side, as wide as they must be. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd(),
  );
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
    '',
  ];
}

/** The report for people: ratios first, for they hold on other machines too. */
export function reportText({ machine, commands, replication }: Report): string {
  const { cpu, cores, node, date } = machine;
  return [
    '',
    ...commands.flatMap(shapeText),
    ...replicationText(replication),
    `${cpu}, ${cores} cores, Node ${node}, ${date}`,
    '',
  ].join('\n');
}
