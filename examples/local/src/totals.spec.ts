import { setTimeout as sleep } from 'node:timers/promises';
import type { Totals } from '@twinlog/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalCell, LocalTotals } from './local-cell.ts';
import { type Matrix, startMatrix } from './matrix.ts';
import { post } from './post.fixture.ts';

let matrix: Matrix;
const started: LocalTotals[] = [];
beforeAll(async () => {
  matrix = await startMatrix('any-cell');
}, 60_000);
afterAll(async () => {
  await Promise.all(started.map(({ stop }) => stop()));
  await matrix.stop();
});

async function startTotals(cell: LocalCell): Promise<LocalTotals> {
  const totals = await cell.startTotals();
  started.push(totals);
  return totals;
}

let keys = 0;
async function moved(cell: LocalCell, path: string, amount: string, currency = 'USD') {
  const asked = { amount, currency, ...(path === '' && { account_id: 'account-7' }) };
  const { status, body } = await post(cell, path, `key-${++keys}`, asked);
  expect(status).toBeLessThan(300);
  return `/${body.transaction_id}`;
}

/** Waits until the totals of account-7 come to this: each cell's feed is behind its log by some. */
async function until({ of }: LocalTotals, expected: Readonly<Record<string, Totals>>): Promise<void> {
  const due = Date.now() + 20_000;
  while (Date.now() < due) {
    if (JSON.stringify(texts(await of('account-7'))) === JSON.stringify(texts(Object.entries(expected))))
      return;
    await sleep(50);
  }
  expect(Object.fromEntries(await of('account-7'))).toEqual(expected);
}

const texts = (totals: Iterable<readonly [string, Totals]>) =>
  [...totals].map(([currency, { authorised, captured, refunded }]) => [
    currency,
    ...[authorised, captured, refunded].map(String),
  ]);

const inBoth = async (stream: string, events: number) => {
  const { aws, azure } = matrix;
  while ((await aws.events(stream.slice(1))).length < events) await sleep(50);
  while ((await azure.events(stream.slice(1))).length < events) await sleep(50);
};

test('account totals are equal on both clouds, conflicts told apart, whichever cell decided and whenever their feed is read', async () => {
  const { aws, azure } = matrix;
  const first = await moved(aws, '', '10.00');
  const second = await moved(azure, '', '500', 'JPY');
  await Promise.all([inBoth(first, 1), inBoth(second, 1)]);
  await moved(azure, `${first}/capture`, '4.00');
  await moved(aws, `${second}/capture`, '500', 'JPY');
  await Promise.all([inBoth(first, 2), inBoth(second, 2)]);

  const onAws = await startTotals(aws);
  const before = {
    JPY: { authorised: 500n, captured: 500n, refunded: 0n },
    USD: { authorised: 1000n, captured: 400n, refunded: 0n },
  };
  await until(onAws, before);

  // Each cell captures 6.00 of what is left while they are apart: the later one loses, on both clouds.
  matrix.links.awsToAzure.setCondition('cut');
  matrix.links.azureToAws.setCondition('cut');
  await moved(aws, `${first}/capture`, '6.00');
  await moved(azure, `${first}/capture`, '6.00');
  await moved(aws, `${second}/refund`, '200', 'JPY');
  matrix.links.awsToAzure.setCondition('well');
  matrix.links.azureToAws.setCondition('well');

  const onAzure = await startTotals(azure);
  const after = {
    JPY: { authorised: 500n, captured: 500n, refunded: 200n },
    USD: { authorised: 1000n, captured: 1000n, refunded: 0n },
  };
  await until(onAws, after);
  await until(onAzure, after);
}, 60_000);
