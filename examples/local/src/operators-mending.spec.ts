import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operatedBy } from './command-line.fixture.ts';
import type { LocalCell } from './local-cell.ts';
import { type Matrix, startMatrix } from './matrix.ts';
import { post, usd } from './post.fixture.ts';

let matrix: Matrix;
beforeAll(async () => {
  matrix = await startMatrix('any-cell');
}, 60_000);
afterAll(() => matrix.stop());
const twinlog = (...argv: readonly string[]) => operatedBy(matrix)(argv);

async function create(cell: LocalCell, account: string): Promise<string> {
  const { status, body } = await post(cell, '', 'create', { account_id: account, ...usd('10.00') });
  expect(status).toBe(201);
  return body.transaction_id ?? '';
}

const captured = async (cell: LocalCell, stream: string, key: string, amount: string) =>
  expect((await post(cell, `/${stream}/capture`, key, usd(amount))).status).toBe(200);

async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await sleep(50);
}

const holds = async (cell: LocalCell, stream: string) => (await cell.rawEvents([stream])).length;

/** Delivers to a cell what its Event Grid subscription would. */
const deliver = (cell: LocalCell, key: string, event: object) =>
  fetch(`${cell.url}/replication/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', 'x-twinlog-key': key },
    body: JSON.stringify(event),
  });

async function letters(): Promise<readonly { readonly id: string; readonly code: string }[]> {
  return JSON.parse((await twinlog('dead-letters', '--json')).out).dead_letters;
}

describe('an operator looks at a stream', () => {
  test('with a conflict: tentative in both cells, then settled', async () => {
    const { aws, azure, links } = matrix;
    const stream = await create(aws, 'conflict');
    await until(async () => (await holds(azure, stream)) === 1);
    for (const link of Object.values(links)) link.setCondition('cut');
    await captured(aws, stream, 'one', '8.00');
    await captured(azure, stream, 'two', '8.00');

    const apart = await twinlog('show', stream);
    expect(apart).toMatchObject({ code: 1, out: expect.stringContaining(`repair ${stream}`) });
    expect(apart.out.match(/missing/g)).toHaveLength(2);

    expect((await twinlog('repair', stream)).code).toBe(0);
    const shown = await twinlog('show', stream);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/captured\.v1 .* counts +counts /);
    expect(shown.out).toMatch(/captured\.v1 .* conflict: (\w+), tentative +conflict: \1, tentative/);

    for (const link of Object.values(links)) link.setCondition('well');
    await until(async () => {
      for (const cell of [aws, azure]) await cell.sweep([stream]);
      return /conflict: \w+, settled +conflict: \w+, settled/.test((await twinlog('show', stream)).out);
    });
  }, 60_000);

  test('with a gap: what is missing, and what does not count because of that', async () => {
    const { aws, azure } = matrix;
    // Event Grid never sends again what was answered 401.
    azure.redeploy({ TWINLOG_RECEIVE_KEYS: 'a-key-that-no-sender-has' });
    const stream = await create(aws, 'gap');
    await captured(aws, stream, 'one', '1.00');
    const [, second = {}] = await aws.events(stream);
    expect((await deliver(azure, 'a-key-that-no-sender-has', second)).status).toBe(200);

    const shown = await twinlog('show', stream);
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(/created\.v1 .* counts +missing /);
    expect(shown.out).toMatch(/captured\.v1 .* counts +pending: gap /);
    azure.redeploy({});
    expect((await twinlog('repair', stream)).code).toBe(0);
    expect((await twinlog('show', stream)).out).not.toMatch(/missing|pending/);
  }, 60_000);
});

describe('a dead letter comes alive', () => {
  test('once its cell is known, and not while the store is down', async () => {
    const { aws, receiveKeys } = matrix;
    const [event] = await aws.events(await create(aws, 'stranger'));
    const stream = `${event?.partitionkey}`.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const stranger = { ...event, source: 'urn:twinlog:origin:azure-westeurope.1', partitionkey: stream };
    const subject = `${event?.subject}`.replace(`${event?.partitionkey}`, stream);
    expect((await deliver(aws, receiveKeys.aws, { ...stranger, subject })).status).toBe(200);
    const [letter] = await letters();
    expect(letter?.code).toBe('unknown_origin');
    const id = letter?.id ?? '';
    expect((await twinlog('dead-letters', 'redrive', id)).code).toBe(1);

    aws.redeploy({
      TWINLOG_PEERS: 'azure-eastus,azure-westeurope',
      TWINLOG_PEER_URLS: `azure-eastus=${matrix.azure.url},azure-westeurope=http://127.0.0.1:9`,
    });
    await aws.database.cut();
    expect(await twinlog('dead-letters', 'redrive', id)).toMatchObject({ code: 3, out: '' });
    await aws.database.restore();
    await until(async () => (await twinlog('dead-letters', 'show', id)).code === 0);

    expect((await twinlog('dead-letters', 'redrive', id, '--dry-run')).code).toBe(0);
    expect(await holds(aws, stream)).toBe(0);
    expect((await twinlog('dead-letters', 'redrive', id)).code).toBe(0);
    expect(await holds(aws, stream)).toBe(1);
    expect(await letters()).toEqual([]);
    expect((await twinlog('dead-letters', 'redrive', id)).out).toContain('There is no dead letter');
    aws.redeploy({});
  }, 60_000);

  test('but for a divergence, which stays for people to judge, and changes nothing', async () => {
    const { aws, azure, receiveKeys } = matrix;
    const stream = await create(azure, 'diverged');
    await until(async () => (await holds(aws, stream)) === 1);
    const [event] = await aws.events(stream);
    const data = { ...event?.data, amount: '99.00' };
    expect((await deliver(aws, receiveKeys.aws, { ...event, data })).status).toBe(200);
    const [letter] = await letters();
    expect(letter?.code).toBe('divergence');
    const id = letter?.id ?? '';
    expect((await twinlog('dead-letters', 'show', id)).out).toContain('99.00');
    expect((await twinlog('dead-letters', 'redrive', id)).out).toContain('still dead: divergence');
    expect(await twinlog('dead-letters', 'discard', id)).toMatchObject({
      code: 1,
      out: expect.stringContaining('well-formed'),
    });
    expect(await aws.events(stream)).toEqual([event]);
  }, 60_000);
});

test('what two cells hold differently at one place is said by whatever has one cell take the place of another', async () => {
  const { aws, azure, links, receiveKeys } = matrix;
  const stream = await create(azure, 'differing');
  await until(async () => (await holds(aws, stream)) === 1);
  links.azureToAws.setCondition('cut');
  await captured(azure, stream, 'one', '1.00');
  const [, event] = await azure.events(stream);
  const id = `${event?.id}`.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  expect((await deliver(aws, receiveKeys.aws, { ...event, id })).status).toBe(200);
  expect(await holds(aws, stream)).toBe(2);

  const divergence = `DIVERGENCE in ${stream}: two cells hold ${id} and ${event?.id} at one place.`;
  const takeover = ['takeover', azure.name, aws.name];
  expect(await twinlog('drain', azure.name)).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      new RegExp(`^azure-eastus decides nothing \\(\\d+ events pulled\\)\\.\n${divergence}`),
    ),
  });
  const refused = await twinlog(...takeover);
  expect([refused.code, refused.out.split('\n').slice(0, 2)]).toEqual([
    1,
    [
      expect.stringContaining(divergence),
      'Nothing was taken over, for aws-us-east-1 does not hold all that azure-eastus decided. To take over all the same, add --force.',
    ],
  ]);
  const { cells } = JSON.parse((await twinlog('status', '--json')).out);
  expect(cells[0].assignment).toMatchObject({ taken_over: {} });
  const forced = await twinlog(...takeover, '--force', '--json');
  expect([forced.code, JSON.parse(forced.out)]).toMatchObject([
    1,
    { taken_over: true, divergences: [{ stream, ours: id, theirs: event?.id }] },
  ]);
}, 60_000);
