import { defaultSizing, type Limit, type Load, limits, type Sizing, sizeFor } from './capacity.ts';
import { type CostLine, monthlyCost } from './cost.ts';

const number = (value: number): string =>
  value >= 10 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toFixed(2)));

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const limitRow = ({ name, cloud, asked, there, unit, headroom, movedBy }: Limit): string =>
  row([
    headroom < 1 ? `**${name}**` : name,
    cloud,
    `${number(asked)} ${unit}`,
    number(there),
    headroom < 1 ? `**${number(headroom)}×**` : `${number(headroom)}×`,
    movedBy,
  ]);

/** One table for a load, the limit that is met first in front; in bold what is exceeded. */
export function limitTable(load: Load, sizing?: Sizing): string {
  const head = [
    row(['limit', 'cloud', 'asked', 'there', 'headroom', 'moved by']),
    '| --- | --- | --- | --- | --- | --- |',
  ];
  return [...head, ...limits(load, sizing).map(limitRow)].join('\n');
}

/** The variables of a sizing that differ from the defaults, as terraform.tfvars has them. */
export function sizingText(sizing: Sizing): string {
  const { topicsPerCell, relayParallelization, cosmosMaxThroughput } = sizing;
  const lines = [
    ...(topicsPerCell === defaultSizing.topicsPerCell ? [] : [`topics_per_cell       = ${topicsPerCell}`]),
    ...(relayParallelization === defaultSizing.relayParallelization
      ? []
      : [`relay_parallelization = ${relayParallelization}`]),
    ...(cosmosMaxThroughput === undefined
      ? []
      : [`cosmos                = { capacity = "autoscale", max_throughput = ${cosmosMaxThroughput} }`]),
  ];
  return lines.length === 0 ? '# the defaults' : lines.join('\n');
}

export function capacityReport(load: Load): string {
  const sizing = sizeFor(load);
  return [
    `### ${load.requests.toLocaleString('en-US')} requests a second`,
    '',
    'With the defaults:',
    '',
    limitTable(load),
    '',
    'With these variables:',
    '',
    '```hcl',
    sizingText(sizing),
    '```',
    '',
    limitTable(load, sizing),
  ].join('\n');
}

/** The month by line, idle and under load. */
export function costReport(loads: readonly Parameters<typeof monthlyCost>[0][]): string {
  const columns = loads.map(monthlyCost);
  const total = (lines: readonly CostLine[]): number => lines.reduce((sum, { dollars }) => sum + dollars, 0);
  const dollars = (value: number): string => value.toFixed(2);
  const heads = loads.map(({ requestsPerSecond }) =>
    requestsPerSecond === 0 ? 'idle' : `${requestsPerSecond} requests/s`,
  );
  return [
    row(['', ...heads]),
    `| --- |${' ---: |'.repeat(loads.length)}`,
    ...(columns[0] ?? []).map(({ cloud, what }, place) =>
      row([`${cloud}: ${what}`, ...columns.map((lines) => dollars(lines[place]?.dollars ?? 0))]),
    ),
    row(['**together**', ...columns.map((lines) => `**${dollars(total(lines))}**`)]),
  ].join('\n');
}
