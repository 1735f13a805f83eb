import { setTimeout as sleep } from 'node:timers/promises';
import { type Entra, startEntra } from '@twinlog/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operatedBy } from './command-line.fixture.ts';
import { type Matrix, operationsAudience, replicationAudience, startMatrix } from './matrix.ts';
import { post, usd } from './post.fixture.ts';

let entra: Entra;
let matrix: Matrix;
beforeAll(async () => {
  entra = await startEntra();
  matrix = await startMatrix('home-cell', entra);
}, 60_000);
afterAll(async () => {
  await matrix.stop();
  await entra.stop();
});

/** As whom somebody comes. */
const operator = () =>
  entra.token({ audience: operationsAudience, subject: 'a-person', roles: ['Operator'] });
const peer = () => entra.token({ audience: replicationAudience, subject: 'azure-eastus' });

const twinlog = (argv: readonly string[], token: string) =>
  operatedBy(matrix, async () => {})(argv, { TWINLOG_TOKEN: token });

/** The status that a cell answers to a route of replication. */
async function asked(route: string, token: string, body: object = {}): Promise<number> {
  const answer = await fetch(`${matrix.aws.url}/replication/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status;
}

async function created(account: string): Promise<string> {
  const { body } = await post(matrix.aws, '', 'create', { account_id: account, ...usd('10.00') });
  return body.transaction_id ?? '';
}

describe('where there is no key anywhere', () => {
  test('events cross, homes are asked, and cells pull from each other, by tokens', async () => {
    const streams = await Promise.all(Array.from({ length: 8 }, (_, at) => created(`keyless-${at}`)));
    for (const stream of streams) {
      while ((await matrix.azure.rawEvents([stream])).length === 0) await sleep(50);
      // Of eight, some have their home in the other cell: theirs are forwarded.
      const captured = await post(matrix.azure, `/${stream}/capture`, 'capture', usd('1.00'));
      expect(captured.status).toBe(200);
    }
    expect((await matrix.aws.reconcile())?.failed.size).toBe(0);
    expect((await matrix.azure.reconcile())?.failed.size).toBe(0);
  }, 60_000);

  test('an operator has every command', async () => {
    const stream = await created('operated');
    const { aws, azure } = matrix;
    while ((await twinlog(['diff'], operator())).code !== 0) await sleep(50);
    for (const argv of [
      ['status'],
      ['lag', '--json'],
      ['show', stream],
      ['dead-letters'],
      ['repair', stream],
    ])
      expect.soft(await twinlog(argv, operator()), argv.join(' ')).toMatchObject({ code: 0, err: '' });
    expect((await twinlog(['drain', azure.name], operator())).code).toBe(0);
    expect((await twinlog(['takeover', azure.name, aws.name, '--dry-run'], operator())).code).toBe(0);
    expect((await twinlog(['drain', azure.name, '--resume'], operator())).code).toBe(0);
  }, 60_000);

  test('a peer is no operator, an operator is no peer, and neither is a person of the tenant', async () => {
    const person = entra.token({ audience: operationsAudience, subject: 'somebody' });
    const impostor = entra.token({ audience: operationsAudience, subject: 'azure-eastus' });
    const other = entra.token({ audience: operationsAudience, subject: 'x', roles: ['Reader'] });
    const digests = { origin: 'aws-us-east-1.1', ranges: [{ from: 0, to: 1 }] };
    for (const token of [peer(), person, impostor, other])
      expect(await asked('operations/status', token)).toBe(401);
    expect(await asked('operations/status', operator())).toBe(200);
    expect(await asked('digests', operator(), digests)).toBe(200);
    expect(await asked('digests', peer(), digests)).toBe(200);
    for (const token of [person, impostor, other]) expect(await asked('digests', token, digests)).toBe(401);
    for (const route of ['forward', 'holds', 'events']) expect(await asked(route, operator())).toBe(401);
    expect(await asked('holds', peer(), { stream: 'txn_1' })).not.toBe(401);
  }, 60_000);

  test('what is refused says in one line what to do', async () => {
    const ended = entra.token({
      ...{ audience: operationsAudience, subject: 'a-person', roles: ['Operator'] },
      seconds: -120,
    });
    for (const token of [ended, peer(), 'no token at all']) {
      const { code, out, err } = await twinlog(['status'], token);
      expect([code, out, err.trimEnd().split('\n').length]).toEqual([2, '', 1]);
      expect(err).toContain('answered 401. Check the token');
      expect(err).toContain('az account get-access-token');
    }
    const { code, err } = await twinlog(['status'], '');
    expect([code, err.trimEnd().split('\n').length]).toEqual([2, 1]);
    expect(err).toContain('Set TWINLOG_TOKEN');
  }, 60_000);

  test('an issuer whose keys cannot be reached makes it a 503, to be asked again, and no refusal', async () => {
    await entra.cut();
    try {
      // New processes, which do not have the keys yet.
      matrix.aws.redeploy({});
      expect(await asked('operations/status', operator())).toBe(503);
      expect(await twinlog(['diff'], operator())).toMatchObject({ code: 3 });
    } finally {
      await entra.restore();
    }
    while ((await asked('operations/status', operator())) !== 200) await sleep(100);
  }, 60_000);
});
