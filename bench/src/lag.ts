import { setTimeout as sleep } from 'node:timers/promises';
import { eventTime, type TransactionCommand, transactionId } from '@twinlog/core';
import { realClock } from '@twinlog/emulators';
import { startWiredMatrix, type WiredCell } from '@twinlog/soak';
import { WrongEndStateError } from './contender.ts';

/** How often the stand-ins' triggers look for changes here, in ms. Lambda looks four times a second. */
const pollMs = 50;
const perSecond = 200;
const warmUpSeconds = 2;

/** From the decision to its being stored in the other cell, in ms. */
export interface LagResult {
  readonly perSecond: number;
  readonly seconds: number;
  readonly pollMs: number;
  readonly events: number;
  readonly p50: number;
  readonly p99: number;
  readonly goal: { readonly p50: number; readonly p99: number };
  readonly goalMet: boolean;
}

/**
 * Has both cells decide, 200 events a second together, on the stand-ins of their clouds, and measures how long each took
 * to the other cell: database, trigger, relay, Event Grid, front door, receiver, database.
 */
export async function measureLag(seconds: number, progress: (message: string) => void): Promise<LagResult> {
  const goal = { p50: 100, p99: 500 };
  const lags = new Map<string, number>();
  const matrix = await startWiredMatrix(realClock, 1, 1, 30_000, {
    pollMs,
    onReceived: ({ id }) => {
      const arrived = lags.get(id);
      if (arrived === undefined) lags.set(id, Date.now() - eventTime(id));
    },
  });
  try {
    const decided = new Set<string>();
    const start = performance.now();
    const total = (warmUpSeconds + seconds) * perSecond;
    const under: Promise<void>[] = [];
    for (let index = 0; index < total; index++) {
      const due = start + (index * 1_000) / perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      if (index % perSecond === 0) progress(`lag: second ${index / perSecond} of ${warmUpSeconds + seconds}`);
      const cell = index % 2 === 0 ? matrix.aws : matrix.azure;
      const isCounted = index >= warmUpSeconds * perSecond;
      under.push(create(cell, index).then((id) => void (isCounted && decided.add(id))));
    }
    await Promise.all(under);
    const deadline = Date.now() + 30_000;
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
    await matrix.stop();
  }
}

/** @returns the id of the event that it made. */
async function create(cell: WiredCell, index: number): Promise<string> {
  const account = `account-${index}`;
  const command: TransactionCommand = {
    type: 'create',
    account_id: account,
    amount: '10.00',
    currency: 'USD',
  };
  const stream = transactionId(account, 'create', Math.random);
  const outcome = await cell.service.execute({ stream, account, commandId: 'create', command });
  if (outcome.kind !== 'appended') throw new Error(`A create ended as ${outcome.kind}.`);
  return outcome.event.id;
}
