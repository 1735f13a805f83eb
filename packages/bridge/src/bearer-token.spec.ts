import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryStore } from '@twinlog/core';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { anyOf, sharedKey } from './authorise.ts';
import { bearerToken } from './bearer-token.ts';
import { createMemoryDeadLetters } from './dead-letters/index.ts';
import { decidedEvents } from './events.fixture.ts';
import { createReceiver } from './receive.ts';

const issuer = 'https://login.microsoftonline.com/a-tenant/v2.0';
const audience = 'api://twinlog-cell';
const sender = '4962773b-9cdb-44cf-a8bf-237846a00ab7';

interface Signer {
  readonly kid: string;
  readonly sign: CryptoKey;
  readonly jwk: JWK;
}

async function signer(kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, sign: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
}

let first: Signer;
let second: Signer;
beforeAll(async () => {
  [first, second] = await Promise.all([signer('first'), signer('second')]);
});

/** The issuer's endpoint of keys. */
let published: { keys: JWK[] } | 'down' | 'nonsense';
let fetches = 0;
const server = createServer((_, response) => {
  fetches += 1;
  if (published === 'down') response.destroy();
  else response.end(published === 'nonsense' ? '<html>' : JSON.stringify(published));
});
let keysUrl: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  keysUrl = `http://127.0.0.1:${port}/discovery/v2.0/keys`;
  return () => {
    server.close();
    server.closeAllConnections();
  };
});
beforeEach(() => {
  published = { keys: [first.jwk] };
  fetches = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const authoriser = () =>
  bearerToken({ issuer, audience, senders: [sender, 'a-subject'], keysUrl, now: () => Date.now() });

interface Claims {
  readonly [claim: string]: unknown;
}

const good: Claims = { iss: issuer, aud: audience, azp: sender, sub: 'someone' };

function token(claims: Claims = good, by: Signer = first, expires: string | number = '1h'): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: by.kid, typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(by.sign);
}

const showing = (authorization?: string): Request =>
  new Request('http://cell/replication/events', {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
  });

describe('bearer tokens', () => {
  test('let in the applications and subjects that are named, and fetch the keys once', async () => {
    const authorise = authoriser();
    const { azp: _, ...others } = good;
    for (const claims of [good, { ...others, appid: sender }, { ...others, sub: 'a-subject' }])
      expect(await authorise(showing(`Bearer ${await token(claims)}`))).toBe(true);
    expect(fetches).toBe(1);
  });

  test('let in whoever has a role that is named, whatever their name', async () => {
    const operators = bearerToken({ issuer, audience, roles: ['Operator'], keysUrl, now: () => Date.now() });
    const ofRoles = async (roles: unknown, more: Claims = {}) =>
      operators(showing(`Bearer ${await token({ iss: issuer, aud: audience, roles, ...more })}`));
    expect(await ofRoles(['Reader', 'Operator'])).toBe(true);
    for (const roles of [['Reader'], [], 'Operator', undefined, [['Operator']]])
      expect(await ofRoles(roles, { sub: 'Operator' })).toBe(false);
    expect(await ofRoles(['Operator'], { aud: 'api://another' })).toBe(false);
    const nobody = () => bearerToken({ issuer, audience, keysUrl, now: Date.now });
    expect(nobody).toThrow('Nobody would be let in');
  });

  test.each<[string, Claims]>([
    ['another application of the tenant', { ...good, azp: 'another' }],
    ['another tenant', { ...good, iss: 'https://login.microsoftonline.com/another/v2.0' }],
    ['another audience', { ...good, aud: 'api://another' }],
    ['no sender', { iss: issuer, aud: audience }],
    ['a sender that is no text', { ...good, azp: [sender] }],
    ['a time to come', { ...good, nbf: Math.floor(Date.now() / 1_000) + 3_600 }],
  ])('turn away %s', async (_, claims) => {
    expect(await authoriser()(showing(`Bearer ${await token(claims)}`))).toBe(false);
  });

  test('turn away who shows none, an expired one, one without end, one of another’s making', async () => {
    const forged = { ...second, kid: 'first' };
    const endless = new SignJWT(good).setProtectedHeader({ alg: 'RS256', kid: 'first' }).sign(first.sign);
    const tokens = [
      token(good, first, Math.floor(Date.now() / 1_000) - 120),
      endless,
      token(good, forged),
      new UnsecuredJWT(good).setExpirationTime('1h').encode(),
      new SignJWT(good)
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(JSON.stringify(first.jwk))),
      new SignJWT(good)
        .setProtectedHeader({ alg: 'PS256', kid: 'first' })
        .setExpirationTime('1h')
        .sign((await generateKeyPair('PS256')).privateKey),
    ];
    const authorise = authoriser();
    for (const shown of await Promise.all(tokens))
      expect(await authorise(showing(`Bearer ${shown}`))).toBe(false);
    for (const shown of [undefined, '', 'Bearer', 'Bearer a.b.c', 'Bearer x', `Basic ${await token()}`])
      expect(await authorise(showing(shown))).toBe(false);
  });

  test('take no algorithm that signs with what is public', () => {
    for (const algorithm of ['HS256', 'none'])
      expect(() =>
        bearerToken({ issuer, audience, senders: [sender], keysUrl, now: Date.now, algorithms: [algorithm] }),
      ).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  test('are checked against a key published since, once the keys may be fetched again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const authorise = authoriser();
    expect(await authorise(showing(`Bearer ${await token()}`))).toBe(true);
    const rolled = showing(`Bearer ${await token(good, second)}`);
    // The fetch of a moment ago may be older than the key: nobody is turned away for that.
    await expect(authorise(rolled)).rejects.toThrow('could not be had');
    vi.setSystemTime(Date.now() + 31_000);
    expect(await authorise(rolled)).toBe(false);
    published = { keys: [first.jwk, second.jwk] };
    vi.setSystemTime(Date.now() + 31_000);
    expect(await authorise(rolled)).toBe(true);
    expect(fetches).toBe(3);
  });
});

describe('a webhook with bearer tokens', () => {
  test('answers 503 and not 401 while the keys cannot be had, and 200 once they can', async () => {
    const deadLetters = createMemoryDeadLetters();
    const store = createMemoryStore();
    const receive = createReceiver({
      store,
      cell: 'azure-eastus',
      peers: ['aws-us-east-1'],
      authorise: anyOf(sharedKey(['a-key-for-this-test']), authoriser()),
      deadLetters,
      now: () => 0,
    });
    const events = await decidedEvents(1);
    const deliver = async (authorization: string, key = '') =>
      receive(
        new Request('http://cell/replication/events', {
          method: 'POST',
          headers: {
            authorization,
            'x-twinlog-key': key,
            'content-type': 'application/cloudevents-batch+json',
          },
          body: JSON.stringify(events),
        }),
      );
    const shown = `Bearer ${await token()}`;
    for (const fault of ['down', 'nonsense'] as const) {
      published = fault;
      const answer = await deliver(shown);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }
    expect((await deliver('Bearer a.b.c')).status).toBe(401);
    expect(await store.read(events[0]?.partitionkey ?? '')).toEqual([]);
    expect((await deliver('', 'a-key-for-this-test')).status).toBe(200);
    published = { keys: [first.jwk] };
    expect((await deliver(shown)).status).toBe(200);
    expect(deadLetters.letters.size).toBe(0);
  });
});
