import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryDeadLetters } from '@twinlog/bridge';
import { createTelemetry } from '@twinlog/bridge/telemetry';
import { createMemoryStore } from '@twinlog/core';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { type Cell, createCell, notConnected } from './cell.ts';
import { cellSettings } from './settings.ts';

const issuer = 'https://login.microsoftonline.com/a-tenant/v2.0';
const audience = 'replication';

let cell: Cell;
let tokenOf: (subject: string) => Promise<string>;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] };
  tokenOf = (subject) =>
    new SignJWT({ iss: issuer, aud: audience, sub: subject })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setExpirationTime('1h')
      .sign(privateKey);
  const server = createServer((_, response) => response.end(JSON.stringify(keys))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  cell = createCell({
    settings: cellSettings({
      TWINLOG_CELL: 'aws-us-east-1',
      TWINLOG_PEERS: 'azure-eastus',
      TWINLOG_PEER_URLS: 'azure-eastus=https://azure.example.com',
      TWINLOG_AUTHENTICATION: 'off',
      TWINLOG_RECEIVE_ISSUER: issuer,
      TWINLOG_RECEIVE_AUDIENCE: audience,
      TWINLOG_RECEIVE_SUBJECTS: 'event-grid',
      TWINLOG_PEER_SUBJECTS: 'azure-eastus-identity',
      TWINLOG_RECEIVE_KEYS_URL: `http://127.0.0.1:${port}/keys`,
    }),
    store: createMemoryStore(),
    deadLetters: createMemoryDeadLetters(),
    compensate: notConnected,
    telemetry: createTelemetry({ cell: 'aws-us-east-1', now: Date.now, log: () => {} }),
    redriving: { publish: async () => {}, decode: () => ({ kind: 'ignored' }) },
  });
  return () => server.close();
});

/** The status that a holder of the subject's token is answered with. */
async function asked(subject: string, path: string, type: string): Promise<number> {
  const headers = { authorization: `Bearer ${await tokenOf(subject)}`, 'content-type': type };
  const body = path === '/replication/events' ? '[]' : '{}';
  const request = new Request(`https://cell.example${path}`, { method: 'POST', headers, body });
  return (await cell.api(request)).status;
}

const json = 'application/json';
const batch = 'application/cloudevents-batch+json';

test('Event Grid may deliver events, and ask for nothing', async () => {
  expect(await asked('event-grid', '/replication/events', batch)).toBe(200);
  for (const path of ['digests', 'keys', 'streams', 'forward', 'holds', 'operations/status'])
    expect.soft(await asked('event-grid', `/replication/${path}`, json), path).toBe(401);
});

test('a peer may ask about the log and forward, and deliver nothing', async () => {
  expect(await asked('azure-eastus-identity', '/replication/events', batch)).toBe(401);
  for (const path of ['digests', 'keys', 'streams', 'forward', 'holds'])
    expect.soft(await asked('azure-eastus-identity', `/replication/${path}`, json), path).toBe(400);
});

test('a peer may not operate the cell, and a stranger of the same tenant may do nothing', async () => {
  expect(await asked('azure-eastus-identity', '/replication/operations/status', json)).toBe(401);
  for (const path of ['events', 'digests', 'forward', 'operations/status'])
    expect.soft(await asked('somebody', `/replication/${path}`, json), path).toBe(401);
});
