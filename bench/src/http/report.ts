import type { Spread } from '../rounds.ts';
import { ratio, table, verdict, whole } from '../text.ts';
import type { ColdStartResult } from './cold-start.ts';
import type { LatencyResult } from './latency.ts';
import type { LoadLevel } from './load.ts';

export interface HttpReport {
  readonly latency: LatencyResult;
  readonly coldStart: ColdStartResult;
  readonly load: readonly LoadLevel[];
}

const measured = ({ median, min, max }: Spread, unit: string): string =>
  `${median.toFixed(1)} ${unit}  (${min.toFixed(1)}–${max.toFixed(1)})`;

const kilobytes = (bytes: number): string => `${whole.format(bytes / 1_000)} kB`;

function latencyText({ rounds, requests, p50, p99, goal, goalMet }: LatencyResult): string[] {
  const row = (name: string, { twinlog, hono, ratio: against }: typeof p50) => {
    return [name, ratio(against), measured(twinlog, 'µs'), measured(hono, 'µs')];
  };
  return [
    `HTTP API: ${whole.format(requests)} creates, API Gateway event to result, median of ${rounds} rounds (lowest–highest)`,
    ...table([
      ['', 'against Hono', 'twinlog, everything', 'Hono, a constant'],
      row('p50', p50),
      row('p99', p99),
    ]),
    verdict(`at most ${goal.toFixed(2)}× Hono, at p50`, goalMet),
    '',
  ];
}

function coldStartText({ rounds, processor, clock, bytes, goal, goalMet }: ColdStartResult): string[] {
  const row = (name: string, { api, sdk, ratio: against }: typeof processor) => {
    return [name, ratio(against), measured(api, 'ms'), measured(sdk, 'ms')];
  };
  const sizes = `${kilobytes(bytes.api)} at the start, ${kilobytes(bytes.apiInAll)} in all`;
  return [
    `Cold start: importing what Lambda loads for the API, median of ${rounds} rounds (lowest–highest)`,
    ...table([
      ['', 'against the bare SDK', 'API with SDK', 'bare SDK'],
      row('processor time', processor),
      row('clock', clock),
      ['minified', `${(bytes.api / bytes.sdk).toFixed(2)}×`, sizes, kilobytes(bytes.sdk)],
    ]),
    verdict(`at most ${goal.toFixed(2)}× the bare SDK, in processor time`, goalMet),
    '',
  ];
}

function loadText(levels: readonly LoadLevel[]): string[] {
  const rows = levels.map(({ connections, requestsPerSecond, p50, p99, errors, heapBytes }) => [
    whole.format(connections),
    `${whole.format(requestsPerSecond)}/s`,
    `${whole.format(p50)} ms`,
    `${whole.format(p99)} ms`,
    whole.format(errors),
    `${(heapBytes / 1_000_000).toFixed(1)} MB`,
  ]);
  const [first] = levels;
  return [
    `Node shell: ${whole.format(first?.requests ?? 0)} creates at each number of connections, load from this machine too`,
    ...table([['connections', 'creates', 'p50', 'p99', 'errors', 'heap'], ...rows]),
    verdict(
      'no error, and every create that was acknowledged was written, no other',
      levels.every(({ errors }) => errors === 0),
    ),
    '',
  ];
}

/** The HTTP figures for people. */
export function httpText({ latency, coldStart, load }: HttpReport): string[] {
  return [...latencyText(latency), ...coldStartText(coldStart), ...loadText(load)];
}
