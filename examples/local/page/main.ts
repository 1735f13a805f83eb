import type { LiveMessage, Sample } from '../src/console/state.ts';
import { showHappenings, showRequests } from './activity.ts';
import { listenToCells, showCells } from './cells.ts';
import { byId, duration, say } from './dom.ts';
import { listenToLinks, showLinks } from './links.ts';
import { draw } from './plot.ts';
import { showStream } from './stream.ts';
import { listenToTraffic, showTraffic } from './traffic.ts';
import { showVerdict } from './verdict.ts';

let samples: readonly Sample[] = [];
const connection = byId('connection', HTMLElement);

function connected(isLive: boolean): void {
  say(connection, isLive ? 'Live' : 'Disconnected');
  connection.dataset.tone = isLive ? 'good' : 'bad';
}

function show({ now, samples: newer, requests, happenings }: LiveMessage): void {
  samples = [...samples, ...newer].slice(-120);
  showVerdict(now);
  showCells(now, samples.at(-1));
  showLinks(now);
  showTraffic(now);
  showHappenings(happenings);
  showRequests(requests);
  if (newer.length > 0) plot();
  void showStream(now);
}

function plot(): void {
  const of = (value: (sample: Sample) => number | null) => samples.map(value);
  draw('throughput', {
    title: 'Answers a second',
    format: (value) => `${Math.round(value * 10) / 10}`,
    series: [
      { name: 'AWS', className: 'series-a', values: of(({ answered }) => answered.aws) },
      { name: 'Azure', className: 'series-b', values: of(({ answered }) => answered.azure) },
    ],
  });
  draw('lag', {
    title: 'Replication lag',
    format: duration,
    series: [
      { name: 'from AWS', className: 'series-a', values: of(({ lagMs }) => lagMs.awsToAzure) },
      { name: 'from Azure', className: 'series-b', values: of(({ lagMs }) => lagMs.azureToAws) },
    ],
  });
  draw('conflicts-plot', {
    title: 'Conflicts',
    format: (value) => `${value}`,
    isWhole: true,
    series: [{ name: 'in all', className: 'series-c', values: of(({ conflicts }) => conflicts) }],
  });
}

listenToCells();
listenToLinks();
listenToTraffic();
const live = new EventSource('/api/live');
live.addEventListener('open', () => {
  // The first message after it has the past again.
  samples = [];
  byId('happenings', HTMLElement).replaceChildren();
  byId('requests', HTMLElement).replaceChildren();
  connected(true);
});
live.addEventListener('error', () => connected(false));
live.addEventListener('message', (message) => show(JSON.parse(message.data)));
