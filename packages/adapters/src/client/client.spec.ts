import { describe, expect, test } from 'vitest';
import { failureOf, order, usd, worldWithClient } from './client.spec.fixture.ts';
import { createClient } from './client.ts';

describe('a client', () => {
  test('creates, captures, refunds and reads, each with the version of the transaction', async () => {
    const { client, run } = worldWithClient();
    const { transaction_id: id } = await run(client.create(order));
    expect(await run(client.capture(id, usd('4.00')))).toMatchObject({
      transaction_id: id,
      status: 'captured',
      captured: '4.00',
      etag: 'aws-us-east-1.1=2',
    });
    expect(await run(client.refund(id, usd('1.00')))).toMatchObject({ refunded: '1.00' });
    const { events, etag } = await run(client.events(id));
    expect([events.map(({ type }) => type.split('.').at(-2)), etag]).toEqual([
      ['created', 'captured', 'refunded'],
      'aws-us-east-1.1=3',
    ]);
    const { transactions, next } = await run(client.list('acct-1', { limit: 1 }));
    expect([transactions.map((one) => one.refundable), next]).toEqual([['3.00'], undefined]);
    expect(await run(client.get(id))).toMatchObject({ refundable: '3.00', etag });
  });

  test.each(['void', 'decline'] as const)('can %s', async (command) => {
    const { client, run } = worldWithClient();
    const { transaction_id: id } = await run(client.create(order));
    const { status } = await run(client[command](id));
    expect(status).toBe(command === 'void' ? 'voided' : 'declined');
  });

  test('rejects a refused command with the code, the sentence, the status and the key of it', async () => {
    const { client, run } = worldWithClient();
    const { transaction_id: id } = await run(client.create(order));
    expect(
      await run(failureOf(client.capture(id, usd('10.01'), { idempotencyKey: 'too-much' }))),
    ).toMatchObject({
      name: 'ClientError',
      code: 'capture_exceeds_amount',
      status: 422,
      message: expect.stringContaining('10.01'),
      idempotencyKey: 'too-much',
      documentation: expect.stringMatching(/^https:.*\/docs\/problems\.md#capture_exceeds_amount$/),
    });
    expect(await run(failureOf(client.capture(id, { amount: 'much', currency: 'moons' })))).toMatchObject({
      errors: [{ path: 'currency' }],
    });
    expect(await run(failureOf(client.expire(id)))).toMatchObject({ code: 'not_expirable', status: 409 });
    expect(await run(failureOf(client.get('txn_none')))).toMatchObject({ code: 'transaction_not_found' });
    expect(
      await run(failureOf(client.capture(id, usd('1.00'), { ifMatch: 'aws-us-east-1.1=7' }))),
    ).toMatchObject({ code: 'precondition_failed', status: 412 });
  });

  test('makes every command one that can be sent again, each with a key of its own', async () => {
    const { client, run, world } = worldWithClient();
    await run(client.create(order));
    await run(client.create(order));
    const keys = world.aws.asked.map(({ headers }) => headers.get('idempotency-key') ?? '');
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });

  test('sends what it is given: headers of its own before each try, bodies as they are, keys in any case', async () => {
    let asked = 0;
    const headers = async () => ({ Authorization: `Bearer ${++asked}` });
    const { client, run, world } = worldWithClient({ headers });
    world.aws.health = 'gone';
    const sent = { headers: { 'Idempotency-Key': 'mine' }, body: '{ "amount": 1 }' };
    const answer = await run(client.request('POST', '/transactions', sent));
    expect([answer.status, answer.cell]).toEqual([422, world.azure.url]);
    const seen = [...world.aws.asked, ...world.azure.asked];
    expect(seen.map((one) => one.headers.get('authorization'))).toEqual(['Bearer 1', 'Bearer 2']);
    expect(seen.map((one) => one.headers.get('idempotency-key'))).toEqual(['mine', 'mine']);
    expect(await seen[1]?.text()).toBe('{ "amount": 1 }');
  });

  test.each([[[]], [['aws.example.com']]])('is not made for the cells %j', (cells) => {
    expect(() => createClient({ cells })).toThrow(TypeError);
  });
});

describe('when a cell fails', () => {
  test.each([
    ['gone', 50],
    ['unavailable', 50],
    ['forgetful', 50],
    ['deaf', 1_050],
  ] as const)(
    'that is %s, the request goes to the other cloud within the same call',
    async (health, withinMs) => {
      const { world, client, timed, run } = worldWithClient();
      world.aws.health = health;
      const { result, ms } = await timed(() => client.create(order));
      expect(ms).toBeLessThanOrEqual(withinMs);
      const [first, second] = [...world.aws.asked, ...world.azure.asked];
      expect(second?.headers.get('idempotency-key')).toBe(first?.headers.get('idempotency-key'));
      world.aws.health = 'well';
      await run(world.sleep(1_000));
      const { commands } = await run(client.get(result.transaction_id));
      expect(commands).toHaveLength(1);
    },
  );

  test('the next requests leave it alone, until one of them finds that it is well again', async () => {
    const { world, client, run, timed } = worldWithClient();
    world.aws.health = 'deaf';
    await run(client.create(order));
    const { ms } = await timed(() => client.create(order));
    expect([ms, world.aws.asked.length]).toEqual([20, 1]);
    await run(world.sleep(5_000));
    await run(Promise.all([client.create(order), client.create(order), client.create(order)]));
    expect(world.aws.asked.length).toBe(2);
    world.aws.health = 'well';
    await run(world.sleep(5_000));
    await run(client.create(order));
    await run(client.create(order));
    expect(world.aws.asked.length).toBe(4);
  });

  test('a slow answer still counts if it comes before the other cell has one', async () => {
    const { world, client, run, tries } = worldWithClient({ hedgeAfterMs: 15 });
    const { transaction_id: id } = await run(client.create(order));
    expect(id).toMatch(/^txn_/);
    expect([world.aws.asked.length, world.azure.asked.length]).toEqual([1, 1]);
    expect(tries.map(({ cell, result }) => [cell, result instanceof Error])).toEqual([
      [world.aws.url, false],
      [world.azure.url, true],
    ]);
  });

  test('Retry-After is kept to, and no cell is asked in a rush', async () => {
    const { world, client, run, timed } = worldWithClient({ timeoutMs: 10_000 });
    world.aws.health = world.azure.health = 'unavailable';
    const { result, ms } = await timed(() => failureOf(client.create(order)));
    expect(result).toMatchObject({
      code: 'store_unavailable',
      status: 503,
      idempotencyKey: expect.any(String),
    });
    expect(ms).toBeLessThanOrEqual(10_000);
    expect(world.aws.asked.length).toBeLessThanOrEqual(9);
    world.azure.health = 'well';
    await run(client.create(order));
  });

  test('that none answers is said with the key to send the command again with', async () => {
    const { world, client, timed } = worldWithClient({ timeoutMs: 5_000 });
    world.aws.health = 'gone';
    world.azure.health = 'deaf';
    const { result, ms } = await timed(() => failureOf(client.create(order, { idempotencyKey: 'k' })));
    expect(result).toMatchObject({
      code: 'unreachable',
      status: 0,
      idempotencyKey: 'k',
      cause: expect.any(Error),
    });
    expect(ms).toBe(5_000);
  });

  test('a call ends at once when it is aborted, with the reason given', async () => {
    const { world, client, run, timed } = worldWithClient();
    world.aws.health = world.azure.health = 'deaf';
    const abort = new AbortController();
    const reason = new Error('enough');
    void world.sleep(300).then(() => abort.abort(reason));
    const { result, ms } = await timed(() => failureOf(client.create(order, { signal: abort.signal })));
    expect([result, ms]).toEqual([reason, 300]);
    expect(await run(failureOf(client.get('txn_1', { signal: abort.signal })))).toBe(reason);
  });

  test('what stands in between and answers for the service is told apart from it', async () => {
    const page = new Response('<h1>Sign in</h1>', { status: 403 });
    const { client, run } = worldWithClient({ fetch: async () => page.clone() });
    expect(await run(failureOf(client.get('txn_1')))).toMatchObject({ code: 'http_403', status: 403 });
    const fine = new Response('<h1>Welcome</h1>');
    const other = worldWithClient({ fetch: async () => fine.clone(), timeoutMs: 1_000 });
    expect(await other.run(failureOf(other.client.get('txn_1')))).toMatchObject({ code: 'unreachable' });
  });
});

describe('consistency', () => {
  test('a read on the other cloud waits for what this client has written', async () => {
    const { world, client, run } = worldWithClient();
    const { transaction_id: id } = await run(client.create(order));
    world.aws.health = 'gone';
    expect(await run(client.get(id))).toMatchObject({
      transaction_id: id,
      commands: [{ outcome: 'applied' }],
    });
    expect((await run(client.list('acct-1'))).transactions).toHaveLength(1);
  });

  test('a cell that stays behind is passed over for one that is not, and never answers with less', async () => {
    const { world, client, run } = worldWithClient({ timeoutMs: 10_000 });
    const { transaction_id: id } = await run(client.create(order));
    world.replicates = false;
    await run(client.capture(id, usd('4.00')));
    world.aws.health = 'gone';
    expect(await run(failureOf(client.get(id)))).toMatchObject({ code: 'replica_behind', status: 503 });
    world.aws.health = 'well';
    expect(await run(client.get(id))).toMatchObject({ captured: '4.00' });
  });

  test('tokens can be kept elsewhere, so that another client goes on where this one was', async () => {
    const tokens = new Map<string, string>();
    const { world, client, run } = worldWithClient({ tokens });
    const { transaction_id: id } = await run(client.create(order));
    expect([...tokens]).toEqual([[id, `${id};aws-us-east-1.1=1`]]);
    const { fetch, now, sleep } = world;
    const other = createClient({ cells: [world.azure.url], tokens, fetch, now, sleep });
    expect(await run(other.get(id))).toMatchObject({ transaction_id: id });
  });
});

describe('a command that waits for its home', () => {
  const requested = (id: string) =>
    Response.json(
      { transaction_id: id, command_id: 'k', status: 'requested' },
      { status: 202, headers: { 'retry-after': '1' } },
    );

  test('is followed to the decision, on whichever cell has it first', async () => {
    let asked = 0;
    const { client, timed } = worldWithClient({
      fetch: async (url) => {
        asked += 1;
        return url.startsWith('https://aws') || asked < 6
          ? requested('txn_1')
          : Response.json({ transaction_id: 'txn_1', captured: '4.00' });
      },
    });
    const { result, ms } = await timed(() => client.capture('txn_1', usd('4.00')));
    expect(result).toMatchObject({ captured: '4.00' });
    expect(ms).toBeGreaterThanOrEqual(2_000);
    expect(ms).toBeLessThan(4_000);
  });

  test('and is not decided in time is an error that says so, for the same command to be asked about again', async () => {
    const { client, run } = worldWithClient({ fetch: async () => requested('txn_1'), timeoutMs: 5_000 });
    expect(await run(failureOf(client.capture('txn_1', usd('4.00'), { idempotencyKey: 'k' })))).toMatchObject(
      {
        code: 'undecided',
        status: 202,
        idempotencyKey: 'k',
      },
    );
  });
});

describe('a command whose first answer is lost, to a client that knows no more than the id', () => {
  /** A transaction in both cells, and a client of its own that has seen nothing of it. */
  async function onItsWay() {
    const made = worldWithClient();
    const { client, run, world } = made;
    const { transaction_id: id } = await run(client.create(order));
    const stranger = () =>
      createClient({
        cells: [world.aws.url, world.azure.url],
        ...{ fetch: world.fetch, now: world.now, sleep: world.sleep, random: world.random },
      });
    return { ...made, id, stranger };
  }

  test('is not told as refused by a cell that has not heard of it: the one that may have done it is asked', async () => {
    const { run, world, id } = await onItsWay();
    world.replicates = false;
    world.aws.health = 'forgetful';
    // The connection breaks once, and is well again.
    const fetch: typeof world.fetch = async (url, init) => {
      try {
        return await world.fetch(url, init);
      } finally {
        if (url.startsWith(world.aws.url)) world.aws.health = 'well';
      }
    };
    const client = createClient({
      cells: [world.aws.url, world.azure.url],
      ...{ fetch, now: world.now, sleep: world.sleep, random: world.random },
    });
    expect(await run(client.capture(id, usd('4.00')))).toMatchObject({ captured: '4.00' });
  });

  test('is told as refused at once where nobody else was asked, and soon where the other one is gone', async () => {
    const { run, world, id, stranger, timed } = await onItsWay();
    const refused = await timed(() => failureOf(stranger().capture(id, usd('10.01'))));
    expect(refused).toMatchObject({ result: { code: 'capture_exceeds_amount' } });
    expect(refused.ms).toBeLessThan(100);
    await run(world.sleep(1_000));
    world.aws.health = 'gone';
    const client = stranger();
    const late = await timed(() => failureOf(client.capture(id, usd('10.01'))));
    expect(late).toMatchObject({ result: { code: 'capture_exceeds_amount', status: 422 } });
    expect(late.ms).toBeLessThan(1_000);
  });

  test.each([
    ['deaf', 2_200],
    ['unavailable', 1_300],
  ] as const)(
    'is told as refused soon where the nearest cell is %s, and does not wait for that one again',
    async (health, most) => {
      const { run, world, id, stranger, timed } = await onItsWay();
      await run(world.sleep(1_000));
      world.aws.health = health;
      const client = stranger();
      const first = await timed(() => failureOf(client.capture(id, usd('10.01'))));
      expect(first).toMatchObject({ result: { code: 'capture_exceeds_amount', status: 422 } });
      expect(first.ms).toBeLessThan(most);
      const second = await timed(() => failureOf(client.capture(id, usd('10.01'))));
      expect(second.ms).toBeLessThan(100);
    },
  );

  test('is told as undecided, once a cell has recorded it, and not as what another one cannot do now', async () => {
    let asked = 0;
    const client = createClient({
      cells: ['https://azure.example', 'https://aws.example'],
      timeoutMs: 300,
      fetch: async () => {
        asked += 1;
        return asked === 1
          ? Response.json({ transaction_id: 'txn_1', command_id: 'k', status: 'requested' }, { status: 202 })
          : Response.json({ code: 'draining', detail: 'No.' }, { status: 503 });
      },
    });
    expect(await failureOf(client.capture('txn_1', usd('1.00')))).toMatchObject({
      ...{ code: 'undecided', status: 202 },
    });
    expect(asked).toBeGreaterThan(1);
  });
});

test('a client whose token a restore has capped asks no more for what is gone (R18)', async () => {
  const sent: (string | null)[] = [];
  const client = createClient({
    cells: ['https://aws.example'],
    fetch: async (_, init) => {
      sent.push(new Headers(init.headers).get('consistency-token'));
      const headers =
        sent.length === 1
          ? { 'consistency-token': 'txn_1;aws.1=7,azure.1=2', etag: '"aws.1=7,azure.1=2"' }
          : {
              'consistency-token': 'txn_1;aws.1=4,azure.1=3',
              'consistency-token-capped': 'aws.1',
              etag: '"aws.1=4,azure.1=3"',
            };
      return Response.json({ transaction_id: 'txn_1' }, { headers });
    },
  });
  for (let times = 0; times < 3; times += 1) await client.get('txn_1');
  expect(sent).toEqual([null, 'txn_1;aws.1=7,azure.1=2', 'txn_1;aws.1=4,azure.1=3']);
});
