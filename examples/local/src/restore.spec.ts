import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operatedBy } from './command-line.fixture.ts';
import type { LocalCell } from './local-cell.ts';
import { type Matrix, startMatrix } from './matrix.ts';

let matrix: Matrix;
beforeAll(async () => {
  matrix = await startMatrix('any-cell');
}, 60_000);
afterAll(() => matrix.stop());

/** Takes out of a cell's database what it decided or was told since the backup was taken. */
async function putBack(cell: LocalCell, backup: ReadonlySet<string>): Promise<number> {
  const client = new DynamoDBClient({
    endpoint: cell.databaseUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const documents = DynamoDBDocumentClient.from(client);
  const gone = (await cell.rawEvents()).filter(({ id }) => !backup.has(id));
  for (const { stream, place } of gone)
    await documents.send(new DeleteCommand({ TableName: 'twinlog', Key: { stream, place } }));
  client.destroy();
  return gone.length;
}

/** Clients who create and capture, and send again what was not answered, until told to stop. */
function startTraffic(name: string, cells: readonly LocalCell[], clients: number) {
  /** The streams of what was acknowledged, and how much was captured of each. */
  const acknowledged = new Map<string, number>();
  let goesOn = true;
  let answered = 0;
  async function send(cell: LocalCell, path: string, key: string, body: object): Promise<string | undefined> {
    for (let at = cells.indexOf(cell); ; at += 1) {
      const other = cells[at % cells.length] ?? cell;
      const answer = await fetch(`${other.url}/transactions${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      }).catch(() => undefined);
      const text = await answer?.text().catch(() => undefined);
      if (answer?.ok && text !== undefined) {
        answered += 1;
        const { transaction_id: id }: { readonly transaction_id?: string } = JSON.parse(text);
        return id;
      }
      await sleep(20);
    }
  }
  const client = async (number: number) => {
    const cell = cells[number % cells.length];
    for (let turn = 0; goesOn && cell; turn += 1) {
      const account = `${name}-${number}-${turn}`;
      const amount = { currency: 'USD', amount: '10.00' };
      const stream = (await send(cell, '', 'create', { account_id: account, ...amount })) ?? '';
      acknowledged.set(stream, 0);
      await send(cell, `/${stream}/capture`, 'one', { ...amount, amount: '4.00' });
      acknowledged.set(stream, 4);
      await sleep(60);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return {
    acknowledged,
    answered: () => answered,
    stop: async () => {
      goesOn = false;
      await running;
    },
  };
}

const ids = async (cell: LocalCell) => (await cell.rawEvents()).map(({ id }) => id).sort();

test('a cell restored from an old backup while traffic goes on: only what had never left it is lost', async () => {
  const { aws, azure, links } = matrix;
  const twinlog = operatedBy(matrix);

  const early = startTraffic('early', [aws, azure], 3);
  while (early.answered() < 10) await sleep(20);
  const backup = new Set(await ids(aws));
  while (early.answered() < 40) await sleep(20);
  await early.stop();
  while ((await twinlog(['diff'])).code !== 0) await sleep(50);

  // What AWS acknowledges now never leaves it: this is the exposure.
  links.awsToAzure.eventGrid.fault = () => ({ kind: 'drop' });
  const exposed = startTraffic('exposed', [aws], 1);
  while (exposed.answered() < 6) await sleep(20);
  await exposed.stop();

  await aws.cut('ingress');
  expect(await putBack(aws, backup)).toBeGreaterThan(20);
  aws.redeploy({ TWINLOG_INCARNATION: '2' });
  links.awsToAzure.eventGrid.fault = undefined;
  const traffic = startTraffic('meanwhile', [azure, aws], 2);
  while (traffic.answered() < 10) await sleep(20);
  await aws.restore();
  expect((await fetch(`${aws.url}/health`)).status).toBe(503);

  const started = performance.now();
  const filled = await twinlog(['backfill', aws.name, '--json']);
  const seconds = (performance.now() - started) / 1_000;
  expect(filled.code).toBe(0);
  expect(JSON.parse(filled.out).pulled).toBeGreaterThan(20);
  expect((await fetch(`${aws.url}/health`)).status).toBe(200);
  const answered = traffic.answered();
  while (traffic.answered() < answered + 10) await sleep(20);
  await traffic.stop();
  while ((await twinlog(['diff'])).code !== 0) await sleep(50);

  expect(await ids(aws)).toEqual(await ids(azure));
  for (const stream of exposed.acknowledged.keys()) expect(await aws.events(stream)).toEqual([]);
  for (const cell of [aws, azure])
    for (const [stream, amount] of [...early.acknowledged, ...traffic.acknowledged])
      expect
        .soft((await cell.fold(stream)).state, `${cell.name} ${stream}`)
        .toMatchObject({ captured: BigInt(amount * 100) });
  const decidedByNewOrigin = (await aws.rawEvents()).filter(({ origin }) => origin === 'aws-us-east-1.2');
  expect(decidedByNewOrigin.length).toBeGreaterThan(0);
  console.log(
    `restored while traffic went on: ${JSON.parse(filled.out).pulled} events pulled in ${seconds.toFixed(1)} s; ${early.acknowledged.size + traffic.acknowledged.size} transactions kept, ${exposed.acknowledged.size} that had never left lost`,
  );
}, 90_000);
