import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventTime, type TransactionCommand, transactionId } from '@twinlog/core';
import { createRandom } from '@twinlog/simulator';
import { noFaults, type SoakCell, startSoakCell } from '@twinlog/soak';
import { WrongEndStateError } from './contender.ts';

/** How often the triggers look for changes, in ms. In the cloud Lambda looks every 250 ms, and the change feed as told. */
const pollMs = 100;
const perSecond = 200;
const warmUpSeconds = 2;
const patienceMs = 30_000;

export interface LagResult {
  readonly perSecond: number;
  readonly seconds: number;
  readonly pollMs: number;
  readonly events: number;
  /** From the decision to its being stored in the other cell, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly goal: { readonly p50: number; readonly p99: number };
  readonly goalMet: boolean;
}

const names = ['aws-us-east-1', 'azure-eastus'];

/**
 * Has both cells decide, 200 events a second together, and measures how long each event took to the other cell: log, trigger,
 * relay, Event Grid, webhook (and on AWS the queue), receiver, log. The logs are SQLite files.
 */
export async function measureLag(seconds: number, progress: (message: string) => void): Promise<LagResult> {
  const goal = { p50: 100, p99: 500 };
  const directory = await mkdtemp(join(tmpdir(), 'twinlog-lag-'));
  const lags = new Map<string, number>();
  const cells: SoakCell[] = [];
  try {
    for (const [index, name] of names.entries())
      cells.push(
        await startSoakCell({
          name,
          peers: names.filter((peer) => peer !== name),
          cloud: index === 0 ? 'aws' : 'azure',
          file: join(directory, name),
          random: createRandom(index),
          rates: noFaults,
          note: () => {},
          pollMs,
          onReceived: ({ id }) => {
            if (!lags.has(id)) lags.set(id, Date.now() - eventTime(id));
          },
        }),
      );
    for (const cell of cells) for (const other of cells) if (other !== cell) await cell.listen(other.topic);

    const decided = new Set<string>();
    const start = performance.now();
    for (let index = 0; index < (warmUpSeconds + seconds) * perSecond; index++) {
      const due = start + (index * 1_000) / perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      if (index % perSecond === 0) progress(`lag: second ${index / perSecond} of ${warmUpSeconds + seconds}`);
      const cell = cells[index % cells.length];
      const id = cell && (await create(cell, index));
      if (id !== undefined && index >= warmUpSeconds * perSecond) decided.add(id);
    }
    const deadline = Date.now() + patienceMs;
    while ([...decided].some((id) => !lags.has(id))) {
      if (Date.now() > deadline) throw new WrongEndStateError('Some events did not arrive in half a minute.');
      await sleep(50);
    }
    const sorted = [...decided].map((id) => lags.get(id) ?? Number.NaN).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
    const [p50, p99] = [at(0.5), at(0.99)];
    const goalMet = p50 <= goal.p50 && p99 <= goal.p99;
    return { perSecond, seconds, pollMs, events: sorted.length, p50, p99, goal, goalMet };
  } finally {
    for (const cell of cells) await cell.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** @returns the id of the event that it made. */
async function create({ service }: SoakCell, index: number): Promise<string> {
  const account = `account-${index}`;
  const command: TransactionCommand = {
    type: 'create',
    account_id: account,
    amount: '10.00',
    currency: 'USD',
  };
  const stream = transactionId(account, 'create', Math.random);
  const outcome = await service.execute({ stream, account, commandId: 'create', command });
  if (outcome.kind !== 'appended') throw new Error(`A create ended as ${outcome.kind}.`);
  return outcome.event.id;
}
