import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { httpOperations } from '@twinlog/bridge';
import { firstAssignment, homeOf, type Policy, stampOf, transaction, transactionId } from '@twinlog/core';
import { afterEach, describe, expect, test } from 'vitest';
import type { LocalCell } from './local-cell.ts';
import { type Matrix, startMatrix } from './matrix.ts';
import { post, usd } from './post.fixture.ts';

let running: Matrix | undefined;
afterEach(() => running?.stop());

async function start(policy: Policy) {
  const matrix = await startMatrix(policy);
  running = matrix;
  const operate = (cell: LocalCell) => httpOperations({ url: cell.url, key: matrix.operatorKey, fetch });
  return { ...matrix, operate };
}

/** An account whose transactions have their home in a cell, and the id of the one that it creates with a key. */
function accountOf(cell: string, name: string) {
  const assignment = firstAssignment('home-cell', ['aws-us-east-1', 'azure-eastus']);
  for (let at = 0; ; at++) {
    const account = `${name}-${at}`;
    const stream = transactionId(account, 'create', Math.random);
    if (homeOf(assignment, transaction.homeKey?.(stream) ?? stream) === cell) return { account, stream };
  }
}

/** Waits until something that goes on by itself has come about. */
async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await sleep(50);
}

const origins = async (cell: LocalCell, stream: string) =>
  (await cell.rawEvents()).filter((event) => event.stream === stream).map(({ origin }) => origin);

describe('a takeover', () => {
  test('has the other cell decide what waits for a dead home, and the home forward once it is back', async () => {
    const { aws, azure, operate } = await start('home-cell');
    const { account, stream } = accountOf(aws.name, 'taken');
    await post(aws, '', 'create', { account_id: account, ...usd('10.00') });
    await until(async () => (await origins(azure, stream)).length === 1);
    await aws.cut('cell');
    const capture = () => post(azure, `/${stream}/capture`, 'one', usd('4.00'));
    expect((await capture()).status).toBe(202);

    const change = { kind: 'takeover', from: aws.name, to: azure.name } as const;
    const before = await operate(azure).status();
    const after = await operate(azure).assign(change, stampOf(before.assignment));
    expect(stampOf(after.assignment)).toBe('2.azure-eastus.home-cell');
    await expect(operate(azure).assign(change, stampOf(before.assignment))).rejects.toMatchObject({
      code: 'assignment_outdated',
    });
    expect(await azure.sweep()).toMatchObject({ decided: 1 });
    expect(await capture()).toMatchObject({ status: 200, body: { captured: '4.00' } });

    await aws.restore();
    await until(async () => {
      await aws.reconcile();
      return stampOf((await operate(aws).status()).assignment) === stampOf(after.assignment);
    });
    expect(await post(aws, `/${stream}/capture`, 'two', usd('5.00'))).toMatchObject({
      status: 200,
      body: { captured: '9.00' },
    });
    expect((await origins(azure, stream)).slice(1)).toEqual([
      'azure-eastus.1',
      'azure-eastus.1',
      'azure-eastus.1',
    ]);
    expect((await origins(aws, stream)).toSorted()).toEqual((await origins(azure, stream)).toSorted());
  }, 90_000);

  test('of a drained cell leaves nothing to chance: it decides nothing from then on, until it is resumed', async () => {
    const { aws, azure, operate } = await start('home-cell');
    const { account, stream } = accountOf(aws.name, 'drained');
    await post(aws, '', 'create', { account_id: account, ...usd('10.00') });
    await operate(aws).assign({ kind: 'drain', cell: aws.name });
    expect(await post(aws, `/${stream}/capture`, 'one', usd('4.00'))).toMatchObject({
      status: 503,
      body: { code: 'cell_not_ready' },
    });
    expect((await fetch(`${aws.url}/health`)).status).toBe(503);
    await azure.reconcile();
    await operate(azure).assign({ kind: 'takeover', from: aws.name, to: azure.name });
    expect((await post(azure, `/${stream}/capture`, 'one', usd('4.00'))).status).toBe(200);
    await until(async () => {
      await aws.reconcile();
      return (await operate(aws).status()).assignment.n === 3;
    });
    await operate(aws).assign({ kind: 'resume', cell: aws.name });
    expect(await post(aws, `/${stream}/capture`, 'one', usd('4.00'))).toMatchObject({
      status: 200,
      body: { captured: '4.00' },
    });
  }, 90_000);
});

describe('a cell restored from an old backup (R1)', () => {
  test('decides nothing until it has what its peers hold, then under a new origin, and cold starts remember', async () => {
    const { aws, azure, operate } = await start('any-cell');
    const { account, stream } = accountOf(aws.name, 'restored');
    await post(aws, '', 'create', { account_id: account, ...usd('10.00') });
    const first = await post(aws, `/${stream}/capture`, 'one', usd('4.00'));
    await until(async () => (await origins(azure, stream)).length === 2);

    await aws.cut('ingress');
    const client = new DynamoDBClient({
      endpoint: aws.databaseUrl,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const documents = DynamoDBDocumentClient.from(client);
    for (const { stream: held, place } of await aws.rawEvents())
      await documents.send(new DeleteCommand({ TableName: 'twinlog', Key: { stream: held, place } }));
    client.destroy();
    aws.redeploy({ TWINLOG_INCARNATION: '2' });
    await aws.restore();

    const repeat = () => post(aws, `/${stream}/capture`, 'one', usd('4.00'));
    expect(await repeat()).toMatchObject({ status: 503, body: { code: 'cell_not_ready' } });
    expect((await fetch(`${aws.url}/health`)).status).toBe(503);
    await expect(operate(aws).assign({ kind: 'drain', cell: aws.name })).rejects.toMatchObject({
      code: 'not_recovered',
    });
    expect(await aws.reconcile()).toMatchObject({ hasRecovered: true, pulled: 2 });
    expect(await repeat()).toEqual(first);
    expect((await post(aws, `/${stream}/capture`, 'two', usd('5.00'))).status).toBe(200);
    expect((await origins(aws, stream)).toSorted()).toEqual([
      'aws-us-east-1.1',
      'aws-us-east-1.1',
      'aws-us-east-1.2',
    ]);

    await azure.cut('ingress');
    aws.redeploy({ TWINLOG_INCARNATION: '2' });
    expect((await post(aws, `/${stream}/refund`, 'three', usd('1.00'))).status).toBe(200);
    await azure.restore();

    aws.redeploy({});
    expect((await post(aws, `/${stream}/refund`, 'four', usd('1.00'))).status).toBe(503);
    await azure.reconcile();
    const { assignment } = await operate(azure).status();
    expect([assignment.cells.get(aws.name), [...assignment.ended]]).toEqual([2, ['aws-us-east-1.1']]);
  }, 90_000);
});

describe('what no transport will ever bring', () => {
  test('is healed from the log of the other cell, a new and empty cell included, while traffic goes on', async () => {
    const { aws, azure } = await start('any-cell');
    // Event Grid never sends again what was answered 401.
    azure.redeploy({ TWINLOG_RECEIVE_KEYS: 'a-key-that-no-sender-has' });
    const accounts = Array.from({ length: 20 }, (_, at) => `lost-${at}`);
    const create = (cell: LocalCell, account: string) =>
      post(cell, '', 'create', { account_id: account, ...usd('10.00') });
    await Promise.all(accounts.map((account) => create(aws, account)));
    expect(await azure.rawEvents()).toEqual([]);
    const meanwhile = Promise.all(accounts.slice(0, 5).map((account) => create(aws, `${account}-more`)));
    expect((await azure.reconcile())?.pulled).toBeGreaterThanOrEqual(20);
    await meanwhile;
    await azure.reconcile();
    const ids = async (cell: LocalCell) => (await cell.rawEvents()).map(({ id }) => id).sort();
    expect(await ids(azure)).toEqual(await ids(aws));
    expect(await ids(azure)).toHaveLength(25);
    expect((await azure.reconcile())?.pulled).toBe(0);
  }, 90_000);
});
