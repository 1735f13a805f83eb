import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { transactionId } from '@twinlog/core';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { testCell } from '../cell.spec.fixture.ts';
import { bearerTokens } from './bearer-tokens.ts';

const issuer = 'https://login.example/';
const audience = 'twinlog';
const key = await generateKeyPair('RS256');
const stranger = await generateKeyPair('RS256');
const published = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };

/** The issuer: what it answers, and how often it was asked. */
let status = 200;
let asked = 0;
let server: Server;
let keys: URL;
beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1;
    response.statusCode = status;
    response.end(JSON.stringify(published));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  keys = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/jwks.json`);
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
afterEach(() => {
  status = 200;
  asked = 0;
  vi.useRealTimers();
});

interface Wanted {
  readonly claims?: Record<string, unknown>;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string | number;
  readonly kid?: string;
  readonly signedWith?: typeof stranger.privateKey;
}

function token(wanted: Wanted = {}): Promise<string> {
  return new SignJWT({ accounts: ['acc-1'], ...wanted.claims })
    .setProtectedHeader({ alg: 'RS256', kid: wanted.kid ?? 'one' })
    .setIssuer(wanted.issuer ?? issuer)
    .setAudience(wanted.audience ?? audience)
    .setExpirationTime(wanted.expires ?? '5 min')
    .sign(wanted.signedWith ?? key.privateKey);
}

function cellWith(options: Partial<Parameters<typeof bearerTokens>[0]> = {}) {
  const cell = testCell({
    authenticate: bearerTokens({ issuer, audience, algorithms: ['RS256'], keys, ...options }),
  });
  return {
    ...cell,
    as: (bearer: string | undefined, method: string, path: string, body?: object) =>
      cell.send(method, path, body, {
        'idempotency-key': path,
        ...(bearer !== undefined && { authorization: bearer }),
      }),
  };
}

const create = (account: string) => ({ account_id: account, amount: '10.00', currency: 'USD' });

describe('a caller with a good token', () => {
  test('may do everything with the accounts that it names, and finds no other', async () => {
    const cell = cellWith();
    const mine = `Bearer ${await token()}`;
    const theirs = `bearer ${await token({ claims: { accounts: ['acc-2', 'acc-3'] } })}`;
    const made = await cell.as(mine, 'POST', '/transactions', create('acc-1'));
    expect(made.status).toBe(201);
    const id = String(made.body.transaction_id);
    const requests: [string, string, object?][] = [
      ['GET', `/transactions/${id}`],
      ['GET', `/transactions/${id}/events`],
      ['POST', `/transactions/${id}/void`, {}],
    ];
    for (const [method, path, body] of requests) {
      const foreign = await cell.as(theirs, method, path, body);
      const unknown = await cell.as(
        theirs,
        method,
        path.replace(
          id,
          transactionId('acc-2', 'x', () => 0),
        ),
        body,
      );
      expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    }
    expect(await cell.eventCount()).toBe(1);
    for (const [method, path, body] of requests)
      expect((await cell.as(mine, method, path, body)).status).toBe(200);

    const listing = '/accounts/acc-1/transactions';
    expect((await cell.as(mine, 'GET', listing)).body.transactions).toHaveLength(1);
    expect((await cell.as(theirs, 'GET', listing)).body.code).toBe('account_not_found');
    const foreign = await cell.as(theirs, 'POST', '/transactions', create('acc-1'));
    expect([foreign.status, foreign.body.code]).toEqual([404, 'account_not_found']);
    expect(await cell.eventCount()).toBe(2);
  });

  test('for all accounts may do anything', async () => {
    const all = `Bearer ${await token({ claims: { accounts: '*' } })}`;
    expect((await cellWith().as(all, 'POST', '/transactions', create('any'))).status).toBe(201);
  });

  test('is read by the claim that is configured', async () => {
    const bearer = `Bearer ${await token({ claims: { 'https://x/accts': ['acc-9'] } })}`;
    const cell = cellWith({ accountsClaim: 'https://x/accts' });
    expect((await cell.as(bearer, 'POST', '/transactions', create('acc-9'))).status).toBe(201);
    expect((await cell.as(bearer, 'POST', '/transactions', create('acc-1'))).status).toBe(404);
  });
});

describe('whoever comes', () => {
  test.each([
    ['without a token', undefined],
    ['with a password', 'Basic YTpi'],
    ['with nothing behind Bearer', 'Bearer '],
  ])('%s is 401 missing_token, and told how to come', async (_, authorization) => {
    const answer = await cellWith().as(authorization, 'GET', '/accounts/acc-1/transactions');
    expect([answer.status, answer.body.code]).toEqual([401, 'missing_token']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="twinlog"');
  });

  test.each<[string, () => Promise<string> | string]>([
    ['that is none', () => 'x.y.z'],
    ['of another issuer', () => token({ issuer: 'https://login.example' })],
    ['for another service', () => token({ audience: 'other' })],
    ['that has expired', () => token({ expires: Math.floor(Date.now() / 1_000) - 31 })],
    ['signed by a stranger', () => token({ signedWith: stranger.privateKey })],
    ['of an unknown key', () => token({ kid: 'two' })],
    ['that names no accounts', () => token({ claims: { accounts: undefined } })],
    ['whose accounts are no list of texts', () => token({ claims: { accounts: ['a', 1] } })],
    [
      'that nobody signed',
      () => new UnsecuredJWT({ accounts: '*' }).setIssuer(issuer).setAudience(audience).encode(),
    ],
    [
      'signed with the public key as a secret',
      async () =>
        new SignJWT({ accounts: '*' })
          .setProtectedHeader({ alg: 'HS256', kid: 'one' })
          .setIssuer(issuer)
          .setAudience(audience)
          .setExpirationTime('5 min')
          .sign(Buffer.from(JSON.stringify(published.keys[0]))),
    ],
  ])('with a token %s is 401 invalid_token, and nothing happens', async (_, made) => {
    const cell = cellWith();
    const answer = await cell.as(`Bearer ${await made()}`, 'POST', '/transactions', create('acc-1'));
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_token']);
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="twinlog", error="invalid_token", error_description="The token [^"]+"$/,
    );
    expect(await cell.eventCount()).toBe(0);
  });

  test('is judged after the path and the method, and never on /health or /openapi.json', async () => {
    const cell = cellWith();
    expect((await cell.as(undefined, 'GET', '/nowhere')).status).toBe(404);
    expect((await cell.as(undefined, 'PUT', '/transactions')).status).toBe(405);
    expect((await cell.as(undefined, 'GET', '/health')).status).toBe(200);
    expect((await cell.as(undefined, 'GET', '/openapi.json')).status).toBe(200);
  });
});

describe('the keys of the issuer', () => {
  test('that cannot be fetched are 503 keys_unavailable, and nothing is said of the token', async () => {
    const cell = cellWith();
    status = 500;
    const bearer = `Bearer ${await token()}`;
    const answer = await cell.as(bearer, 'POST', '/transactions', create('acc-1'));
    expect([answer.status, answer.body.code]).toEqual([503, 'keys_unavailable']);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.text).not.toContain('127.0.0.1');
    status = 200;
    expect((await cell.as(bearer, 'POST', '/transactions', create('acc-1'))).status).toBe(201);
  });

  test('are fetched once for many tokens, and again after ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const cell = cellWith();
    const health = async () =>
      (await cell.as(`Bearer ${await token()}`, 'GET', '/accounts/acc-1/transactions')).status;
    expect([await health(), await health(), asked]).toEqual([200, 200, 1]);
    vi.setSystemTime(Date.now() + 600_001);
    expect([await health(), asked]).toEqual([200, 2]);
  });

  test('stand in for an hour while the issuer cannot be reached, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const cell = cellWith();
    const answer = async () =>
      (
        await cell.as(
          `Bearer ${await token({ claims: { at: Date.now() } })}`,
          'GET',
          '/accounts/acc-1/transactions',
        )
      ).status;
    expect(await answer()).toBe(200);
    status = 503;
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(await answer()).toBe(200);
    vi.setSystemTime(Date.now() + 700_000);
    expect(await answer()).toBe(503);
  });

  test('a token that was good stays good no longer than it says', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const cell = cellWith({ clockToleranceSeconds: 0 });
    const bearer = `Bearer ${await token({ expires: Math.floor(Date.now() / 1_000) + 20 })}`;
    const answer = async () => (await cell.as(bearer, 'GET', '/accounts/acc-1/transactions')).status;
    expect(await answer()).toBe(200);
    vi.setSystemTime(Date.now() + 21_000);
    expect(await answer()).toBe(401);
  });
});

test('an API that is open to anyone says so, once, loudly', () => {
  const told: string[] = [];
  testCell({ authenticate: 'off', warn: (message) => told.push(message) });
  expect(told).toEqual([expect.stringContaining('authentication is OFF')]);
});
