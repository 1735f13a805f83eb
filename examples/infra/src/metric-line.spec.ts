import { sampleEvent } from '@twinlog/core/testing';
import { expect, test } from 'vitest';
import { feedLagLine, replicationLagLines } from './metric-line.ts';

test('replication lag is written at once, then the highest of each second', () => {
  const lines: string[] = [];
  let now = 1_000_000;
  const tell = replicationLagLines(
    () => now,
    (line) => lines.push(line),
  );
  const arrives = (after: number): void =>
    tell(sampleEvent({ stream: 'txn_1', origin: 'azure-eastus.1', at: now - after }), 'stored');
  arrives(150);
  now += 400;
  arrives(900);
  now += 400;
  arrives(100);
  now += 400;
  arrives(200);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { metric: 'twinlog.replication.lag', value: 150, from: 'azure-eastus' },
    { metric: 'twinlog.replication.lag', value: 900, from: 'azure-eastus' },
  ]);
});

test('what was there already is no lag', () => {
  const lines: string[] = [];
  const tell = replicationLagLines(Date.now, (line) => lines.push(line));
  tell(sampleEvent({ stream: 'txn_1', origin: 'azure-eastus.1' }), 'duplicate');
  expect(lines).toEqual([]);
});

test('the change feed is as far behind as its oldest document', () => {
  const lines: string[] = [];
  feedLagLine([{ _ts: 100 }, { _ts: 90 }, 'no document'], 'azure-eastus', 101_000, (line) =>
    lines.push(line),
  );
  feedLagLine([], 'azure-eastus', 101_000, (line) => lines.push(line));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { metric: 'twinlog.relay.lag', value: 11_000, from: 'azure-eastus' },
  ]);
});
