import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { nodeServer } from '@twinlog/adapters';
import { createMemoryDeadLetters } from '@twinlog/bridge';
import { run } from '@twinlog/bridge/cli';
import { createTelemetry } from '@twinlog/bridge/telemetry';
import { createMemoryStore, type EventStore } from '@twinlog/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { createCell, notConnected } from '../cell.ts';
import { cellSettings } from '../settings.ts';

const script = fileURLToPath(new URL('../../terraform/every-cell-answers.mjs', import.meta.url));
const names = ['aws-us-east-1', 'azure-eastus'];
const [aws = '', azure = ''] = names;
const key = 'an-operators-key-of-16';

const listeners = new Map<string, RequestListener>();
const stores = new Map<string, EventStore>();
let urls: Readonly<Record<string, string>> = {};

const listed = () => Object.entries(urls).map(([name, url]) => `${name}=${url}`);

beforeEach(async () => {
  const servers = names.map((name) =>
    createServer((request, response) => listeners.get(name)?.(request, response)).listen(0, '127.0.0.1'),
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));
  urls = Object.fromEntries(
    servers.map((server, place) => [
      names[place],
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ]),
  );
  for (const name of names) {
    const store = createMemoryStore();
    stores.set(name, store);
    const cell = createCell({
      settings: cellSettings({
        TWINLOG_CELL: name,
        TWINLOG_PEERS: names.filter((peer) => peer !== name).join(),
        TWINLOG_PEER_URLS: listed()
          .filter((one) => !one.startsWith(`${name}=`))
          .join(),
        TWINLOG_FORWARD_KEYS: key,
        TWINLOG_RECEIVE_KEYS: 'a-senders-key-of-16',
        TWINLOG_TOKEN_ISSUER: 'https://login.example.com/',
        TWINLOG_TOKEN_AUDIENCE: 'https://api.example.com',
        TWINLOG_TOKEN_KEYS: 'https://login.example.com/keys',
      }),
      store,
      deadLetters: createMemoryDeadLetters(),
      compensate: notConnected,
      telemetry: createTelemetry({ cell: name, now: Date.now, log: () => {} }),
      redriving: { publish: async () => {}, decode: () => ({ kind: 'ignored' }) },
    });
    listeners.set(name, nodeServer(cell.api));
  }
  return () => {
    for (const server of servers) server.closeAllConnections();
    return Promise.all(servers.map((server) => server.close()));
  };
});

/** What an operator does by `npx twinlog`. */
async function twinlog(...command: readonly string[]): Promise<void> {
  let said = '';
  const write = (text: string) => {
    said += text;
  };
  const status = await run(command, {
    variables: { TWINLOG_CELLS: listed().join(), TWINLOG_KEY: key },
    readFile: () => undefined,
    fetch: globalThis.fetch,
    terminal: { write, writeError: write, isWatched: false },
    now: Date.now,
    sleep: async () => {},
  });
  expect(status, said).toBe(0);
}

/** Not synchronously, for the cells answer in this very process. */
function check(cells: Readonly<Record<string, string>> = urls) {
  return new Promise<{ readonly status: unknown; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const env = { TRIES: '2', WAIT_SECONDS: '0' };
      const child = execFile(process.execPath, [script], { env }, (error, stdout, stderr) =>
        resolve({ status: error?.code ?? 0, stdout, stderr }),
      );
      child.stdin?.end(JSON.stringify(cells));
    },
  );
}

describe('whether every cell answers, as a deployment asks at its end', () => {
  test('is yes where each can take a write', async () => {
    const stdout = `${aws} answers\n${azure} answers\n`;
    expect(await check()).toEqual({ status: 0, stdout, stderr: '' });
  });

  test('is yes, with a warning, where an operator has drained one', async () => {
    await twinlog('drain', azure);
    expect((await fetch(`${urls[azure]}/health`)).status).toBe(503);
    expect(await check()).toEqual({
      status: 0,
      stdout: `${aws} answers\n::warning::${azure} runs, and takes no requests by the assignment in force: drained, or not let in yet. npx twinlog status says which.\n`,
      stderr: '',
    });
  });

  test('is no where a database gives no answer, and every cell was asked', async () => {
    const fails = async () => {
      throw new Error('no answer');
    };
    Object.assign(stores.get(aws) ?? {}, { read: fails });
    const { status, stdout, stderr } = await check();
    expect([status, stdout]).toEqual([1, `${azure} answers\n`]);
    expect(stderr).toBe(`::error::${aws} does not answer: 503 from ${urls[aws]}/health\n`);
  });

  test('is no where a 503 is of another kind: a function that fails, a process that ends', async () => {
    listeners.set(azure, (_, response) => response.writeHead(503).end('{"code":"draining"}'));
    const { status, stderr } = await check();
    expect([status, stderr]).toEqual([
      1,
      `::error::${azure} does not answer: 503 from ${urls[azure]}/health\n`,
    ]);
  });

  test('is no where nobody listens', async () => {
    const { status, stderr } = await check({ [aws]: 'http://127.0.0.1:9' });
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^::error::${aws} does not answer: .+\\n$`));
  });

  test('is no where there is no cell to ask', async () => {
    expect((await check({})).status).toBe(1);
  });
});
