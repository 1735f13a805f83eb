import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transactionId } from '@twinlog/core';
import { afterAll, describe, expect, test } from 'vitest';
import type { Verdict } from './verdict.ts';

const program = fileURLToPath(new URL('start.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'twinlog-'));
const children: ChildProcess[] = [];
afterAll(() => {
  // A run that is kept up would outlive a test that failed before it ended it.
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=twinlog-source', program, ...args]);
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  /** Resolves once a text has been printed on standard error. */
  const says = (text: string) =>
    new Promise<string>((resolve) => {
      const look = () => stderr.includes(text) && resolve(stderr);
      child.stderr.on('data', look);
      look();
    });
  return { child, ended, says };
}

/** Twenty accounts, each with a create, captures of one half each, a repeat, and a refund that is refused. */
function smallTraffic(): string {
  const lines = Array.from({ length: 20 }, (_, index) => {
    const key = (step: string) => ({ 'Idempotency-Key': `key-${index}-${step}` });
    const money = (amount: string) => ({ amount, currency: 'USD' });
    const on = (action: string) => `/transactions/\${t${index}.transaction_id}/${action}`;
    const create = { account_id: `acct-${index}`, ...money('10.00') };
    return [
      { method: 'POST', path: '/transactions', headers: key('create'), body: create, as: `t${index}` },
      { method: 'POST', path: on('capture'), headers: key('a'), body: money('5.00'), at: 100 },
      { method: 'POST', path: on('capture'), headers: key('a'), body: money('5.00'), at: 100 },
      { method: 'POST', path: on('capture'), headers: key('b'), body: money('5.00') },
      { method: 'POST', path: on('refund'), headers: key('c'), body: money('10.01') },
      { method: 'GET', path: `/transactions/\${t${index}.transaction_id}` },
    ];
  });
  // Step by step over all accounts, so that the outage in the middle meets every one of them.
  const steps = [0, 1, 2, 3, 4, 5].flatMap((step) => lines.flatMap((line) => line[step] ?? []));
  const file = join(folder, 'small.ndjson');
  writeFileSync(file, steps.map((step) => `${JSON.stringify(step)}\n`).join(''));
  return file;
}

/** Twelve transactions of 10.00, each captured for 7.00 by two clients at the same moment, one near each cell. */
function racingTraffic(): string {
  const usd = (amount: string) => ({ amount, currency: 'USD' });
  const accounts = Array.from({ length: 12 }, (_, index) => `race-${index}`);
  const creates = accounts.map((account_id) => ({
    method: 'POST',
    path: '/transactions',
    headers: { 'Idempotency-Key': 'create' },
    body: { account_id, ...usd('10.00') },
  }));
  // Written out, the id ties the lines to no other: each is a client of its own, and neighbours are near other cells.
  const captures = accounts.flatMap((account) =>
    ['one', 'two'].map((client) => ({
      method: 'POST',
      path: `/transactions/${transactionId(account, 'create', Math.random)}/capture`,
      headers: { 'Idempotency-Key': `${account}-${client}` },
      body: usd('7.00'),
      at: 3_000,
    })),
  );
  const file = join(folder, 'race.ndjson');
  writeFileSync(file, [...creates, ...captures].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

const keys = [
  'requests',
  'acknowledged',
  'lost',
  'appliedTwice',
  'refused',
  'conflicts',
  'policy',
  'client',
  'reads',
  'staleReads',
  'recovery',
  'deferred',
  'settlements',
  'compensations',
  'converged',
  'switchOverSeconds',
  'budgetSeconds',
  'lag',
  'requestsPerSecond',
  'verdict',
];

describe.concurrent('the main job', () => {
  test.each([
    ['cell', 'dns'],
    ['ingress', 'dns'],
    ['silent', 'sdk'],
  ])(
    'loses nothing, repeats nothing and unsees nothing when the %s goes down in the middle, for clients of %s',
    async (outage, client) => {
      const { ended } = start([
        ...['--traffic', smallTraffic(), '--outage', outage, '--client', client, '--json'],
      ]);
      const { code, stdout, stderr } = await ended;
      const verdict: Verdict = JSON.parse(stdout);
      expect(Object.keys(verdict).sort()).toEqual(keys.toSorted());
      expect(verdict).toMatchObject({
        requests: 100,
        acknowledged: 80,
        refused: 20,
        lost: 0,
        appliedTwice: 0,
        client,
        staleReads: 0,
        converged: true,
        budgetSeconds: 3.5,
        verdict: 'pass',
      });
      expect(verdict.reads).toBeGreaterThan(0);
      expect(stderr).toContain('aws-us-east-1 is DOWN');
      expect(stderr).toContain('aws-us-east-1 is back');
      expect(code).toBe(0);
    },
    90_000,
  );

  test('under home-cell has what concerns a dead home wait for it, and answers it alike in the end', async () => {
    const { ended } = start(['--traffic', smallTraffic(), '--policy', 'home-cell', '--json']);
    const { code, stdout } = await ended;
    const verdict: Verdict = JSON.parse(stdout);
    expect(Object.keys(verdict).sort()).toEqual(keys.toSorted());
    expect(verdict).toMatchObject({
      policy: 'home-cell',
      requests: 100,
      acknowledged: 80,
      refused: 20,
      lost: 0,
      appliedTwice: 0,
      conflicts: 0,
      settlements: 0,
      compensations: { count: 0, addUp: true },
      converged: true,
      verdict: 'pass',
    });
    expect(verdict.deferred.count).toBeGreaterThan(0);
    expect(verdict.deferred.max).toBeGreaterThanOrEqual(verdict.deferred.p50 ?? Number.POSITIVE_INFINITY);
    expect(code).toBe(0);
  }, 90_000);

  test('under any-cell settles what two cells both said yes to, and gives back just what is too much', async () => {
    const race = async () => {
      const { code, stdout } = await start(['--traffic', racingTraffic(), '--no-failover', '--json']).ended;
      const verdict: Verdict = JSON.parse(stdout);
      return { code, verdict };
    };
    let raced = await race();
    // On a busy machine each cell may hear of the other's yes before it is asked itself.
    while (raced.verdict.conflicts === 0) raced = await race();
    const { code, verdict } = raced;
    const { conflicts, acknowledged, refused } = verdict;
    // One yes in each transaction, and two where there is a conflict; but a client that was slow to be answered asks the other cell too, and is
    // told that its command is refused: then it is one of a conflict's two, or, on a busy machine, neither.
    const told = acknowledged - 24;
    expect(Math.abs(told)).toBeLessThanOrEqual(conflicts);
    expect(acknowledged + refused).toBe(36);
    expect(verdict).toMatchObject({
      requests: 36,
      deferred: { count: 0 },
      settlements: conflicts,
      compensations: { count: conflicts, addUp: true },
      converged: true,
      verdict: 'pass',
    });
    expect(code).toBe(0);
  }, 90_000);

  test('under home-cell one of two such clients is refused, and nothing is to be given back', async () => {
    const args = ['--traffic', racingTraffic(), '--no-failover', '--policy', 'home-cell', '--json'];
    const { code, stdout } = await start(args).ended;
    expect(JSON.parse(stdout)).toMatchObject({
      requests: 36,
      acknowledged: 24,
      refused: 12,
      conflicts: 0,
      settlements: 0,
      compensations: { count: 0, addUp: true },
      verdict: 'pass',
    });
    expect(code).toBe(0);
  }, 90_000);

  test('prints a verdict for people, stays up if told to, answers at the lines it prints, traces them, and ends on Ctrl-C', async () => {
    const args = ['--traffic', smallTraffic(), '--no-failover', '--keep', '--traces'];
    const { child, ended, says } = start(args);
    const printed = await says('Ctrl-C ends it');
    const [command = ''] = /curl -sL .*/.exec(printed) ?? [];
    const [, url = '', body = ''] = /-sL (\S+) .* -d '(.*)'/.exec(command) ?? [];
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { transaction_id: expect.stringMatching(/^txn_/) },
    ]);
    // One block: the command on AWS, its publishing, and its arrival on Azure. Transport may repeat any but the first, and
    // a fold is there too where somebody has looked at the transaction on Azure by now.
    const traced = await says('twinlog.replication.received');
    const [, block = ''] = /\ntrace [0-9a-f]{32}\n(.*)/s.exec(traced) ?? [];
    const steps = [...block.matchAll(/ms {2}(aws|azure)\S+ +(\S+)/g)];
    const told = new Set(steps.map(([, cloud, name]) => `${cloud} ${name}`));
    told.delete('azure twinlog.fold');
    expect([...told]).toEqual([
      'aws twinlog.command',
      'aws twinlog.publish.events',
      'azure twinlog.replication.received',
    ]);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(stdout).toContain('PASS: nothing acknowledged is missing');
    expect(stdout).not.toContain('switch-over');
    expect(code).toBe(0);
  }, 90_000);

  test('ends at once on Ctrl-C in the middle of the traffic, with exit code 130 and no verdict', async () => {
    const { child, ended, says } = start([]);
    await says('260 of');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect([code, stdout]).toEqual([130, '']);
  }, 90_000);

  test.each([
    [['--outage', 'moon'], '--outage is "moon"; it takes cell, ingress or silent.'],
    [['--client', 'pigeon'], '--client is "pigeon"; it takes dns or sdk.'],
    [['--policy', 'coin'], '--policy is "coin"; it takes any-cell or home-cell.'],
    [['--traces'], 'it takes --keep as well'],
    [['--speed'], "Unknown option '--speed'"],
    [['--traffic', '/no/such/file'], '/no/such/file: cannot be read'],
  ])(
    'refuses %j with one line and exit code 2',
    async (args, fault) => {
      const { code, stdout, stderr } = await start(args).ended;
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toContain(fault);
    },
    90_000,
  );

  test.each([
    [['--help'], 'stdout', 0],
    [['--client', 'pigeon'], 'stderr', 2],
  ] as const)(
    'ends as ever where nobody reads its output: %j, %s',
    async (args, unread, status) => {
      const { child, ended } = start(args);
      child[unread].destroy();
      const { code, stdout, stderr } = await ended;
      expect([code, stdout, stderr]).toEqual([status, '', '']);
    },
    90_000,
  );

  test('names the file, the line and the fault of a bad traffic file', async () => {
    const file = join(folder, 'bad.ndjson');
    writeFileSync(file, '{"method":"GET","path":"/health"}\n{"method":"GET"}\n');
    const { code, stderr } = await start(['--traffic', file]).ended;
    expect([code, stderr]).toEqual([
      2,
      `${file}:2: path: Invalid input: expected string, received undefined\n`,
    ]);
  }, 90_000);
});
