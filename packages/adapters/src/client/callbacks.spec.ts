import { describe, expect, test } from 'vitest';
import { failureOf, order, usd, worldWithClient } from './client.spec.fixture.ts';
import type { ClientOptions } from './client.ts';

const broken = new Error('The vault is sealed.');
const fails = (): never => {
  throw broken;
};

/** A store of tokens whose one half fails for as long as `isBroken`. */
function brittleTokens(half: 'get' | 'set') {
  const tokens = new Map<string, string>();
  const store = {
    isBroken: true,
    get: (id: string) => (half === 'get' && store.isBroken ? fails() : tokens.get(id)),
    set: (id: string, token: string) => (half === 'set' && store.isBroken ? fails() : tokens.set(id, token)),
  };
  return store;
}

describe("what the caller's own code throws", () => {
  test.each<[string, Partial<ClientOptions>]>([
    ['headers, thrown', { headers: fails }],
    ['headers, rejected', { headers: async () => fails() }],
    ['tokens, read', { tokens: brittleTokens('get') }],
  ])('before anything is sent reaches the caller as it is, at once: %s', async (_, options) => {
    const { world, client, tries, timed } = worldWithClient(options);
    for (const call of [() => client.capture('txn_1', usd('1.00')), () => client.get('txn_1')]) {
      const { result, ms } = await timed(() => failureOf(call()));
      expect([result, ms]).toEqual([broken, 0]);
    }
    expect([world.aws.asked, world.azure.asked, tries]).toEqual([[], [], []]);
  });

  test('is not held against a cell: the next call goes to the nearest', async () => {
    let isSealed = true;
    const { world, client, run } = worldWithClient({ headers: () => (isSealed ? fails() : {}) });
    await run(failureOf(client.create(order)));
    isSealed = false;
    await run(client.create(order));
    expect([world.aws.asked.length, world.azure.asked.length]).toEqual([1, 0]);
  });

  test('may also be the end of the call: then nothing is sent, and it ends with the reason given', async () => {
    const abort = new AbortController();
    const headers = async () => {
      abort.abort(broken);
      return {};
    };
    const { world, client, tries, run } = worldWithClient({ headers });
    expect(await run(failureOf(client.create(order, { signal: abort.signal })))).toBe(broken);
    expect([world.aws.asked, tries]).toEqual([[], []]);
  });

  test('once the command may have arrived comes with the key of it', async () => {
    let asked = 0;
    const { world, client, timed } = worldWithClient({ headers: () => (++asked > 1 ? fails() : {}) });
    world.aws.health = 'forgetful';
    const { result, ms } = await timed(() => failureOf(client.create(order)));
    const [sent] = world.aws.asked;
    expect(result).toMatchObject({
      name: 'ClientError',
      code: 'callback_failed',
      status: 0,
      idempotencyKey: sent?.headers.get('idempotency-key'),
      cause: broken,
    });
    expect([ms, world.azure.asked.length]).toEqual([10, 0]);
  });

  test.each(['tokens', "a call's onTry", "the client's onTry"])(
    'once the answer is there comes with its status, and with the key that gives it again: %s',
    async (what) => {
      const tokens = brittleTokens('set');
      const onTry = () => (tokens.isBroken ? fails() : undefined);
      const { world, client, run } = worldWithClient({
        ...(what === 'tokens' && { tokens }),
        ...(what === "the client's onTry" && { onTry }),
      });
      const call = what === "a call's onTry" ? { onTry } : {};
      const error = await run(failureOf(client.create(order, call)));
      expect(error).toMatchObject({ code: 'callback_failed', status: 201, cause: broken });
      expect([world.aws.asked.length, world.azure.asked.length]).toEqual([1, 0]);
      tokens.isBroken = false;
      const { idempotencyKey = '' } = error as { idempotencyKey?: string };
      const { transaction_id: id } = await run(client.create(order, { idempotencyKey }));
      const { transactions } = await run(client.list(order.account_id));
      expect(transactions.map((one) => one.transaction_id)).toEqual([id]);
    },
  );

  test.each(['tokens', "a call's onTry", "the client's onTry"])(
    'may be a promise that rejects: it is waited for, and nobody else is told: %s',
    async (what) => {
      const rejects = async () => fails();
      const { client, run } = worldWithClient({
        ...(what === 'tokens' && { tokens: { get: () => undefined, set: rejects } }),
        ...(what === "the client's onTry" && { onTry: rejects }),
      });
      const call = what === "a call's onTry" ? { onTry: rejects } : {};
      const error = await run(failureOf(client.create(order, call)));
      expect(error).toMatchObject({ code: 'callback_failed', status: 201, cause: broken });
    },
  );

  test('of a try that another one has overtaken takes no result away', async () => {
    const told: boolean[] = [];
    const { client, run } = worldWithClient({
      hedgeAfterMs: 15,
      onTry: ({ result }) => {
        told.push(result instanceof Error);
        if (result instanceof Error) fails();
      },
    });
    expect(await run(client.create(order))).toMatchObject({ transaction_id: expect.any(String) });
    expect(told).toEqual([false, true]);
  });
});

describe('a request that cannot be sent', () => {
  test.each<[string, string, object]>([
    ['GET', '/health', { body: '{}' }],
    ['TRACE', '/health', {}],
    ['GET', '.example.org/health', {}],
    ['GET', '/health', { headers: { 'not a name': '1' } }],
  ])('is the caller’s error, at once, and no cell’s: %s %s with %j', async (method, path, sent) => {
    const { world, client, tries, timed } = worldWithClient();
    const { result, ms } = await timed(() => failureOf(client.request(method, path, sent)));
    expect([result instanceof TypeError, ms, tries]).toEqual([true, 0, []]);
    expect([world.aws.asked, world.azure.asked]).toEqual([[], []]);
  });

  test('for its id or its account has no encoding rejects, as all that calls come to', async () => {
    const { client, run } = worldWithClient();
    for (const call of [client.get, client.events, client.void, client.list])
      expect(await run(failureOf(call('\ud800')))).toBeInstanceOf(URIError);
  });

  test('has the limit that was given: the service refuses a limit of none', async () => {
    const { client, run } = worldWithClient();
    const failure = await run(failureOf(client.list('acct-1', { limit: 0 })));
    expect(failure).toMatchObject({ status: 422 });
  });

  test('is not one that the service refuses: it is sent as it is', async () => {
    const { client, run } = worldWithClient();
    const answer = await run(client.request('GET', '/accounts/%ff/transactions'));
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'invalid_id' }]);
  });
});
