import { setTimeout as sleep } from 'node:timers/promises';
import { sharedKeyHeader } from '@twinlog/bridge';
import { manualClock, realClock } from '@twinlog/emulators';
import { createRandom } from '@twinlog/simulator';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deliveryFault } from '../random-faults.ts';
import { type FrontFault, key, type WiredCell } from './wired-cell.ts';
import { startWiredMatrix, type WiredMatrix } from './wired-matrix.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Transactions in each cell while a fault lasts, of two events each. */
const transactions = 6;
const patienceMs = 60_000;
const hour = 3_600_000;

const healing: string[] = [];
afterAll(() => {
  console.log(['from the end of a fault to equal logs', ...healing].join('\n  '));
});

/** Heals, tells how long that took, and judges both logs. */
async function heal(matrix: WiredMatrix, fault: string, help?: () => Promise<string>): Promise<void> {
  const start = performance.now();
  const how = (await help?.()) ?? 'by itself';
  await matrix.healed(patienceMs);
  healing.push(`${String(Math.round(performance.now() - start)).padStart(6)} ms  ${fault}, ${how}`);
  expect(await matrix.faults()).toEqual([]);
}

/** What no retry brings, so that there has to be something to pull. */
const byReconcile = (matrix: WiredMatrix) => async (): Promise<string> => {
  const pulled = await matrix.reconcile();
  expect(pulled).toBeGreaterThan(0);
  return `${pulled} events by reconcile`;
};

/** Each of some faults in turn, once in two times; and whether every one of them has struck. */
function everyOther<Fault>(faults: readonly Fault[]) {
  let asked = 0;
  let struck = 0;
  return {
    next: (): Fault | undefined => {
      asked += 1;
      if (asked % 2 !== 0) return undefined;
      struck += 1;
      return faults[(struck - 1) % faults.length];
    },
    haveStruck: () => struck >= faults.length,
  };
}

const haveAllStruck = (faults: readonly { readonly haveStruck: () => boolean }[]) =>
  faults.every(({ haveStruck }) => haveStruck());

describe('both cells, through the real shells', () => {
  let matrix: WiredMatrix;
  let topics: WiredMatrix['fromAws'][];
  let cells: WiredCell[];
  beforeAll(async () => {
    // A minute of Event Grid's schedule in 17 ms.
    matrix = await startWiredMatrix(realClock, 3_600, 1, 30_000 * 3_600);
    topics = [matrix.fromAws, matrix.fromAzure];
    cells = [matrix.aws, matrix.azure];
    return matrix.stop;
  });

  /** Has both cells decide, until the fault has struck in full. */
  async function decideUntil(hasStruck: () => boolean): Promise<void> {
    do await matrix.decide(transactions / 2);
    while (!hasStruck());
  }

  test('a topic that throttles, fails, and breaks connections before and after it has taken the events', async () => {
    const faults = topics.map((topic) => {
      const fault = everyOther([
        { kind: 'throttle' },
        { kind: 'answer', status: 500 },
        { kind: 'resetAfter' },
        { kind: 'answer', status: 503 },
        { kind: 'resetBefore' },
      ] as const);
      topic.publishFault = fault.next;
      return fault;
    });
    await decideUntil(() => haveAllStruck(faults));
    for (const topic of topics) topic.publishFault = undefined;
    await heal(matrix, 'publishes throttled and failing');
  });

  test('a topic that refuses batches by size, and one that lets nobody in', async () => {
    const struck = topics.map(() => 0);
    for (const [index, topic] of topics.entries())
      topic.publishFault = ({ events }) => {
        if (index === 0 && events.length <= 2) return undefined;
        struck[index] = (struck[index] ?? 0) + 1;
        return { kind: 'answer', status: index === 0 ? 413 : 401 };
      };
    await decideUntil(() => struck.every((times) => times > 0));
    for (const topic of topics) topic.publishFault = undefined;
    await heal(matrix, 'publishes refused');
  });

  test('deliveries dropped for good: what no retry brings is found by reconcile', async () => {
    const faults = topics.map((topic) => {
      const fault = everyOther([{ kind: 'drop' }, { kind: 'drop' }] as const);
      topic.fault = fault.next;
      return fault;
    });
    await decideUntil(() => haveAllStruck(faults));
    for (const topic of topics) topic.fault = undefined;
    await heal(matrix, 'deliveries dropped', byReconcile(matrix));
  });

  test('deliveries doubled, held back and shuffled', async () => {
    const struck = new Set<string>();
    const faultOf = deliveryFault(createRandom(2), 0.8, (fault) => struck.add(fault));
    for (const topic of topics)
      topic.fault = () => {
        const fault = faultOf();
        return fault?.kind === 'drop' ? { kind: 'duplicate', times: 3 } : fault;
      };
    await decideUntil(() =>
      ['duplicate', 'delay', 'reorder'].every((kind) => struck.has(`delivery ${kind}`)),
    );
    for (const topic of topics) topic.fault = undefined;
    await heal(matrix, 'deliveries doubled and shuffled');
  });

  test('a batch that is answered after its time-out: it is stored, and sent again', async () => {
    const late = new Set<(typeof topics)[number]>();
    for (const topic of topics) {
      topic.answerTimeoutMs = 100 * 3_600;
      topic.onDelivery = ({ answer }) => {
        if (answer === 'TimedOut') late.add(topic);
      };
    }
    for (const cell of cells) cell.onFront(everyOther<FrontFault>([{ kind: 'delay', ms: 300 }]).next);
    await decideUntil(() => late.size === topics.length);
    for (const cell of cells) cell.onFront(undefined);
    for (const topic of topics) {
      topic.answerTimeoutMs = 30_000 * 3_600;
      topic.onDelivery = undefined;
    }
    await heal(matrix, 'answers after the time-out');
  });

  test.each([
    ['that is retried', [206, 301, 404, 408, 429, 500, 502, 503, 504]],
    ['that is final', [400, 401, 403, 413]],
  ])('a webhook that answers each status %s, and breaks connections', async (what, statuses) => {
    const answers = statuses.map((status): FrontFault => ({ kind: 'answer', status }));
    const faults = cells.map((cell) => {
      const fault = everyOther<FrontFault>([...answers, { kind: 'resetAfter' }]);
      cell.onFront(fault.next);
      return fault;
    });
    await decideUntil(() => haveAllStruck(faults));
    for (const cell of cells) cell.onFront(undefined);
    await heal(
      matrix,
      `statuses ${statuses.join(' ')}`,
      what === 'that is final' ? byReconcile(matrix) : undefined,
    );
  });

  test('a database that throttles, and acknowledges to nobody, what comes in and what is decided', async () => {
    const struck = cells.map((cell) => cell.throttleWrites(4));
    await decideUntil(() => struck.every((times) => times() >= 8));
    for (const cell of cells) cell.throttleWrites(undefined);
    await heal(matrix, 'writes throttled, acknowledgements lost');
  });

  test('a trigger that throws in the middle of a page', async () => {
    const struck = cells.map((cell) => cell.throwMidBatch(4));
    await decideUntil(() => struck.every((times) => times() === 4));
    await heal(matrix, 'trigger thrown mid-batch');
  });

  test('a trigger that crashes and comes back', async () => {
    await matrix.decide(transactions / 2);
    for (const cell of cells) await cell.trigger.crash();
    await matrix.decide(transactions / 2);
    for (const cell of cells) await cell.trigger.start();
    await heal(matrix, 'triggers crashed');
  });

  test('a shard that splits while events come', async () => {
    for (let times = 0; times < 2; times += 1) {
      const deciding = matrix.decide(transactions / 2);
      expect(await matrix.aws.trigger.split?.()).toBeGreaterThan(0);
      await deciding;
    }
    await heal(matrix, 'shards split');
  });

  test('a lease that is lost to another worker', async () => {
    const { trigger } = matrix.azure;
    const before = trigger.lostLeases?.() ?? 0;
    const stopRival = await trigger.startRival?.();
    await decideUntil(() => (trigger.lostLeases?.() ?? 0) > before);
    await trigger.crash();
    const published = matrix.fromAzure.published();
    await decideUntil(() => matrix.fromAzure.published() > published);
    await trigger.start();
    await stopRival?.();
    await heal(matrix, 'lease lost');
  });

  test('an event that each topic refuses, while the dead letters are down: its neighbours go on, and it is kept in the end', async () => {
    const bad = topics.map(() => new Set<string>());
    for (const [index, topic] of topics.entries())
      topic.publishFault = ({ events }) => {
        const [first] = events;
        if (bad[index]?.size === 0 && first) bad[index].add(String(first.id));
        return events.some(({ id }) => bad[index]?.has(String(id)))
          ? { kind: 'answer', status: 400 }
          : undefined;
      };
    const struck = cells.map((cell) => cell.loseDeadLetters(true));
    await decideUntil(() => struck.every((times) => times() > 1));
    for (const cell of cells) cell.loseDeadLetters(false);
    for (const [index, cell] of cells.entries()) {
      const letters = await eventually(
        () => cell.deadLetters(),
        (kept) => kept.size > 0,
      );
      expect([...letters.values()]).toEqual(['refused']);
      const topic = topics[index];
      if (topic) topic.publishFault = undefined;
      for (const id of letters.keys()) {
        expect((await cell.redriver.discard(id)).kind).toBe('well_formed');
        expect((await cell.redriver.redrive(id)).kind).toBe('redriven');
      }
    }
    await heal(matrix, 'one event refused, dead-letter store down');
  });

  test('a dead-letter store that is down while there is something to keep, both ways', async () => {
    const struck = cells.map((cell) => cell.loseDeadLetters(true));
    const mangled = (cell: WiredCell) =>
      fetch(`${cell.url}/replication/events`, {
        method: 'POST',
        headers: { [sharedKeyHeader]: key, 'content-type': 'application/cloudevents+json' },
        body: '{"half":',
      });
    for (const cell of cells) expect((await mangled(cell)).status).toBe(503);
    const received = struck.map((times) => times());
    expect(received).toEqual([1, 1]);
    for (const cell of cells) await cell.poison(`poison in ${cell.name}`);
    await decideUntil(() => struck.every((times) => times() > 1));
    for (const cell of cells) cell.loseDeadLetters(false);
    for (const cell of cells) expect([...(await cell.deadLetters()).values()]).not.toContain('unpublished');
    await heal(matrix, 'dead-letter store down');
    for (const cell of cells) {
      expect((await mangled(cell)).status).toBe(200);
      const letters = await eventually(
        () => cell.deadLetters(),
        (kept) => kept.size === 2,
      );
      expect([...letters.values()]).toEqual(['malformed', 'malformed']);
      for (const id of letters.keys()) {
        expect((await cell.redriver.redrive(id)).kind).toBe('still_dead');
        expect((await cell.redriver.discard(id)).kind).toBe('discarded');
      }
    }
  });
});

describe('thirty hours without the other cloud', () => {
  test('outlast the stream’s memory and Event Grid’s patience, and are healed from the log', async () => {
    const { clock, runAt, stop } = startScaledClock();
    const matrix = await startWiredMatrix(clock, 1, 3, 30 * hour);
    const topics = [matrix.fromAws, matrix.fromAzure];
    const cells = [matrix.aws, matrix.azure];
    try {
      // Half of it is on its way when the other cloud's front doors close, the other half cannot even be published.
      for (const cell of cells) cell.onFront(() => ({ kind: 'answer', status: 503 }));
      const dropped = new Promise<void>((resolve) => {
        const waiting = new Set(topics);
        for (const topic of topics)
          topic.onDelivery = ({ outcome }) => {
            if (outcome === 'dropped') waiting.delete(topic);
            if (waiting.size === 0) resolve();
          };
      });
      await matrix.decide(transactions / 2);
      while (topics.some((topic) => topic.published() < transactions)) await sleep(20);
      for (const topic of topics) topic.publishFault = () => ({ kind: 'answer', status: 503 });
      await matrix.aws.trigger.crash();
      await matrix.decide(transactions / 2);
      const since = clock.now();
      // Thirty hours in two seconds.
      runAt(54_000);
      while (clock.now() - since < 30 * hour) await sleep(20);
      await dropped;
      runAt(1);
      for (const topic of topics) topic.publishFault = undefined;
      for (const cell of cells) cell.onFront(undefined);
      const published = matrix.fromAws.published();
      await matrix.aws.trigger.start();
      await sleep(300);
      // The stream has forgotten what was not published in time: nothing but the log has it.
      expect(matrix.fromAws.published()).toBe(published);
      expect(await matrix.faults()).not.toEqual([]);
      await heal(matrix, '30 hours without the other cloud', async () => {
        const pulled = await matrix.reconcile();
        // All that AWS decided, and of what Azure did at least what was on its way.
        expect(pulled).toBeGreaterThanOrEqual(3 * transactions);
        return `${pulled} events by reconcile`;
      });
    } finally {
      await matrix.stop();
      stop();
    }
  });
});

/** A clock for all there is of both clouds, that runs as fast as it is told to: at the machine's pace unless told. */
function startScaledClock() {
  const clock = manualClock(Date.now());
  let factor = 1;
  let last = performance.now();
  const timer = setInterval(() => {
    const elapsed = performance.now() - last;
    last += elapsed;
    clock.advance(elapsed * factor);
  }, 5);
  const runAt = (wanted: number) => {
    factor = wanted;
  };
  return { clock, runAt, stop: () => clearInterval(timer) };
}

async function eventually<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await ask();
    if (isSo(value) || performance.now() > deadline) return value;
    await sleep(20);
  }
}
