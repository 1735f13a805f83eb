import { describe, expect, test } from 'vitest';
import type { Observation } from './observers.ts';
import type { JournalEntry } from './player.ts';
import type { RawEvent } from './raw-stores.ts';
import { parseTraffic } from './traffic.ts';
import { type Evidence, findLost, judge } from './verdict.ts';

const [create] = parseTraffic('{"method":"POST","path":"/transactions","as":"t"}', 'f');
const [capture] = parseTraffic('{"method":"POST","path":"/transactions/txn/capture"}', 'f');
if (!create || !capture) throw new Error('two lines were written');

function entry(line: typeof create, status: number | undefined, key?: string): JournalEntry {
  const { path } = line ?? { path: '' };
  if (!line) throw new Error('a line is needed');
  const answer = status === undefined ? undefined : { status, body: { transaction_id: 'txn' } };
  const times = { askedAt: 0, answeredAt: 0, deferredMs: undefined };
  return { client: 'c', line, path, key, body: undefined, attempts: [], answer, ...times };
}

function stored(kind: string, commandId?: string): RawEvent {
  return {
    stream: 'txn',
    place: 'aws.1#0000000001',
    origin: 'aws.1',
    sequence: 1,
    id: `id-${kind}-${commandId}`,
    type: `io.twinlog.transaction.${kind}.v1`,
    seen: '',
    commandId,
    fingerprint: commandId,
    data: { amount: '1.00' },
  };
}

function evidence(
  journal: readonly JournalEntry[],
  aws: readonly RawEvent[],
  azure: readonly RawEvent[],
): Evidence {
  const cell = (raw: readonly RawEvent[]) => ({ raw, folds: new Map() });
  return {
    policy: 'any-cell',
    client: 'dns',
    observed: [],
    carriedOut: new Map(),
    journal,
    aws: cell(aws),
    azure: cell(azure),
    replicated: { awsToAzure: [3, 1, 2].map((lag) => ({ decidedAt: 0, lag })), azureToAws: [] },
    outage: undefined,
    budgetSeconds: 3.5,
    seconds: 2,
  };
}

describe('the verdict', () => {
  test('passes where every acknowledged event is in both stores and the stores are equal', () => {
    const events = [stored('created', 'k')];
    expect(judge(evidence([entry(create, 201, 'k'), entry(capture, 422)], events, events))).toEqual({
      requests: 2,
      acknowledged: 1,
      refused: 1,
      lost: 0,
      appliedTwice: 0,
      policy: 'any-cell',
      client: 'dns',
      reads: 0,
      staleReads: 0,
      recovery: null,
      conflicts: 0,
      deferred: { count: 0, p50: null, p99: null, max: null },
      settlements: 0,
      compensations: { count: 0, addUp: true },
      converged: true,
      switchOverSeconds: null,
      budgetSeconds: 3.5,
      lag: { awsToAzure: { p50: 2, p99: 3, healthy: { p50: 2, p99: 3 } }, azureToAws: null },
      requestsPerSecond: 1,
      verdict: 'pass',
    });
  });

  test('fails where an acknowledged event is missing from one store', () => {
    const verdict = judge(evidence([entry(create, 201, 'k')], [stored('created', 'k')], []));
    expect(verdict).toMatchObject({ lost: 1, converged: false, verdict: 'fail' });
  });

  test('fails where a request was never answered', () => {
    const events = [stored('created', 'k')];
    expect(judge(evidence([entry(create, undefined, 'k')], events, events)).verdict).toBe('fail');
  });

  test('fails where a read of traffic or of an observer shows less than its client knew', () => {
    const events = [stored('created', 'k')];
    const created = { ...entry(create, 201, 'k'), answeredAt: 10 };
    const [line] = parseTraffic('{"method":"GET","path":"/transactions/txn"}', 'f');
    const read = (...ids: readonly string[]) => ({
      ...entry(line, 200),
      askedAt: 20,
      answeredAt: 30,
      answer: { status: 200, body: { commands: ids.map((command_id) => ({ command_id })) } },
    });
    const judged = (...observed: readonly Observation[]) =>
      judge({ ...evidence([created, read('k')], events, events), observed });
    expect(judged()).toMatchObject({ reads: 1, staleReads: 0, verdict: 'pass' });
    const observation = { kind: 'flapping', ...read() } as const;
    expect(judged(observation)).toMatchObject({ reads: 2, staleReads: 1, verdict: 'fail' });
  });

  test('says for how long the outage kept clients of either kind from an answer, each by its first request', () => {
    const outage = { target: 'aws', from: 1_000, to: 9_000 };
    const attempt = (sentAt: number, result: number | string) => ({
      target: 'aws',
      sentAt,
      endedAt: sentAt,
      result,
    });
    const observation = (kind: 'dns' | 'sdk', client: string, sentAt: number, ms: number): Observation => ({
      ...{ ...entry(create, 201, client), kind, client },
      attempts: [attempt(sentAt, 'ECONNRESET')],
      answeredAt: sentAt + ms,
    });
    const observed = [
      observation('dns', 'a', 1_000, 2_500),
      observation('dns', 'a', 5_000, 9_000),
      observation('dns', 'b', 1_100, 3_000),
      observation('dns', 'before', 900, 7_000),
      { ...observation('dns', 'refused', 1_200, 7_000), attempts: [attempt(1_200, 503)] },
      observation('sdk', 'c', 1_000, 20),
    ];
    expect(judge({ ...evidence([], [], []), observed, outage }).recovery).toEqual({
      dns: { clients: 2, medianSeconds: 3, maxSeconds: 3 },
      sdk: { clients: 1, medianSeconds: 0.02, maxSeconds: 0.02 },
    });
  });

  test('takes a 202 for no answer, and the decision after it for one, with the time that it took', () => {
    const events = [stored('created', 'k')];
    const waiting = { ...entry(create, 202, 'k'), deferredMs: 60_000 };
    expect(judge(evidence([waiting], events, events))).toMatchObject({ acknowledged: 0, verdict: 'fail' });
    const times = Array.from({ length: 200 }, (_, index) => 10 * (index + 1));
    const decided = times.map((deferredMs) => ({ ...entry(create, 201, 'k'), deferredMs }));
    expect(judge(evidence([...decided, entry(create, 201, 'k')], events, events))).toMatchObject({
      acknowledged: 1,
      deferred: { count: 200, p50: 1_010, p99: 1_990, max: 2_000 },
      verdict: 'pass',
    });
  });

  test('fails where compensations do not come to what clients were told less what stands', () => {
    const settled = {
      ...stored('conflict.settled', 's'),
      data: { command_id: 'c', fingerprint: 'c', compensation: { kind: 'refund', amount: '1.00' } },
    };
    const compensation = { kind: 'refund', amount: '1.00', currency: 'USD' } as const;
    const compensated = {
      ...stored('conflict.compensated', 'p'),
      data: { command_id: 'c', fingerprint: 'c', compensation },
    };
    const lost = [stored('created', 'k'), stored('captured', 'c'), settled];
    expect(judge(evidence([], lost, lost))).toMatchObject({
      conflicts: 1,
      settlements: 1,
      compensations: { count: 0, addUp: false },
      verdict: 'fail',
    });
    const carriedOut = new Map([['p', { stream: 'txn', idempotencyKey: 'p', compensation }]]);
    const whole = [...lost, compensated];
    expect(judge({ ...evidence([], whole, whole), carriedOut })).toMatchObject({
      settlements: 1,
      compensations: { count: 1, addUp: true },
      verdict: 'pass',
    });
  });

  test('counts the very same line as one request, however often it was sent', () => {
    const events = [stored('created', 'k')];
    const journal = [entry(create, 201, 'k'), entry(create, 201, 'k')];
    expect(judge(evidence(journal, events, events))).toMatchObject({
      requests: 1,
      acknowledged: 1,
      verdict: 'pass',
    });
  });

  test('wants as many events as were acknowledged of requests without a key', () => {
    const journal = [entry(capture, 200), entry(capture, 200)];
    expect(findLost(journal, [stored('captured'), stored('captured')])).toEqual([]);
    expect(findLost(journal, [stored('captured')])).toHaveLength(1);
    const forwarded = [stored('captured', "a cell's own"), stored('captured', "another of a cell's own")];
    expect(findLost(journal, forwarded)).toEqual([]);
  });

  test('takes a refusal or another kind of event for no proof that an acknowledged one was kept', () => {
    expect(findLost([entry(capture, 200, 'k')], [stored('refused', 'k')])).toHaveLength(1);
    expect(findLost([entry(capture, 200, 'k')], [stored('voided', 'k')])).toHaveLength(1);
  });

  test('says how long clients were still led to the dead cell', () => {
    const attempt = (target: string, sentAt: number) => ({
      target,
      sentAt,
      endedAt: sentAt,
      result: 'ECONNREFUSED',
    });
    const journal = [
      {
        ...entry(create, 201, 'k'),
        attempts: [attempt('aws', 900), attempt('aws', 3_400), attempt('azure', 4_000)],
      },
    ];
    const events = [stored('created', 'k')];
    const outage = { target: 'aws', from: 1_000, to: 9_000 };
    expect(judge({ ...evidence(journal, events, events), outage }).switchOverSeconds).toBe(2.4);
  });
});
