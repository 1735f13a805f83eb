import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalJson, createMemoryStore, type EventStore, TwinlogError } from '@twinlog/core';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { sharedKey, sharedKeyHeader } from '../authorise.ts';
import { type ReconcileEndpointOptions, reconcileEndpoint } from './endpoint.ts';
import { type HttpPeerOptions, httpPeer } from './http-peer.ts';
import {
  always,
  anyHistory,
  contentOf,
  origins,
  steadyHistory,
  steadyStart,
  storeOf,
} from './logs.fixture.ts';
import { localPeer } from './peer.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from './peer-error.ts';
import { reconcile } from './reconcile.ts';
import { repairStream } from './repair.ts';

const key = 'a-key-for-this-test';
const url = 'http://azure-eastus.example';
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The other cell as this one sees it: client and endpoint, with no socket between them. */
function peerOf(store: EventStore, limits: NonNullable<ReconcileEndpointOptions['limits']> = {}) {
  return httpPeer({
    url,
    key,
    fetch: reconcileEndpoint({ store, authorise: sharedKey([key]), limits }),
  });
}

/** A peer of whom nothing is known but what comes over the network. */
const peerBehind = (fetch: HttpPeerOptions['fetch']) => httpPeer({ url, key, fetch });

const faultOf = async (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error);

const inOrder = (events: readonly unknown[]) => events.map(canonicalJson).sort();

describe('a peer over HTTP', () => {
  test('answers every question as the store behind it would', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (events) => {
        const store = await storeOf(events);
        const [remote, local] = [peerOf(store), localPeer(store)];
        for (const origin of origins) {
          const ranges = [always, { from: 0, to: 1_700_000_000_001 }, { from: 5, to: 5 }];
          expect(await remote.digests({ origin, ranges })).toEqual(await local.digests({ origin, ranges }));
          const first = { origin, ...always, limit: 7 };
          const page = await local.keys(first);
          expect(await remote.keys(first)).toEqual(page);
          if (page.next !== undefined) {
            const second = { ...first, after: page.next };
            expect(await remote.keys(second)).toEqual(await local.keys(second));
          }
          if (page.items.length > 0) {
            expect(await remote.events(page.items)).toEqual(await local.events(page.items));
          }
        }
        for (const { partitionkey } of events.slice(0, 5)) {
          expect(inOrder(await remote.read(partitionkey))).toEqual(inOrder(await store.read(partitionkey)));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('is reconciled with in answers as small as can be, and a long stream comes page by page', async () => {
    const events = steadyHistory(60).map((event, index) => ({
      ...event,
      partitionkey: 'one',
      sequence: String(index + 1).padStart(10, '0'),
    }));
    const theirs = await storeOf(events);
    const ours = await storeOf(events.filter((_, index) => index % 5 !== 0));
    const peer = peerOf(theirs, { maxBytes: 1, maxKeys: 1 });
    const result = await reconcile({ store: ours, peer, origins, ...always, leafKeys: 4 });
    expect(result).toMatchObject({ pulled: 12, duplicates: 0 });
    const empty = createMemoryStore();
    expect(await repairStream({ store: empty, peer, stream: 'one' })).toMatchObject({ pulled: 60 });
    expect(await contentOf(empty, events)).toEqual(await contentOf(theirs, events));
  });

  test('more ranges and keys than a request takes are answered in part, as the port has it', async () => {
    const events = steadyHistory(250);
    const peer = peerOf(await storeOf(events));
    const ranges = Array.from({ length: 300 }, () => ({ from: 0, to: 1 }));
    expect(await peer.digests({ origin: 'aws-us-east-1.1', ranges })).toHaveLength(256);
    const { items } = await peer.keys({ origin: 'aws-us-east-1.1', ...always, limit: 1_000 });
    expect(items).toHaveLength(250);
    expect(await peer.events(items)).toEqual(events.slice(0, 100));
  });

  test('over real sockets, two cells come to hold the same', async () => {
    const events = steadyHistory(600);
    const theirs = await storeOf(events.filter((_, index) => index % 7 !== 0));
    const ours = await storeOf(events.filter((_, index) => index % 5 !== 0));
    const peers = await Promise.all([ours, theirs].map(served));
    const [ourPeer, theirPeer] = peers;
    if (!ourPeer || !theirPeer) throw new Error('two cells were served');
    const range = { from: 0, to: steadyStart + 600 };
    await reconcile({ store: ours, peer: theirPeer, origins, ...range });
    await reconcile({ store: theirs, peer: ourPeer, origins, ...range });
    const all = inOrder(events.filter((_, index) => index % 35 !== 0));
    expect(await contentOf(ours, events)).toEqual(all);
    expect(await contentOf(theirs, events)).toEqual(all);
  });

  test('a cell that cannot be reached, throttles or has lost its store is unavailable, and says at which URL', async () => {
    const unreachable = async (): Promise<Response> => {
      throw new TypeError('fetch failed');
    };
    const cutOff = async () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.error(new Error('socket hang up')),
        }),
      );
    const statuses = [408, 425, 429, 500, 502, 503, 504].map(
      (status) => async () => new Response('', { status }),
    );
    for (const fetch of [unreachable, cutOff, ...statuses]) {
      const fault = await faultOf(peerBehind(fetch).read('a'));
      expect(fault).toBeInstanceOf(PeerUnavailableError);
      expect(fault).toBeInstanceOf(TwinlogError);
      expect(fault).toMatchObject({ code: 'peer_unavailable' });
      expect(String(fault)).toContain('http://azure-eastus.example/replication/streams');
    }
  });

  test('a port where nobody listens is unavailable', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const peer = httpPeer({ url: `http://127.0.0.1:${port}`, key, fetch: globalThis.fetch });
    expect(await faultOf(peer.read('a'))).toBeInstanceOf(PeerUnavailableError);
  });

  test('what no later try would change is misconfigured, and says what to do', async () => {
    const cases: readonly (readonly [Response, RegExp])[] = [
      [new Response('', { status: 401 }), /key/],
      [new Response('', { status: 403 }), /key/],
      [new Response('', { status: 404 }), /URL/],
      [new Response('', { status: 302, headers: { location: 'http://elsewhere.example' } }), /URL/],
      [new Response('', { status: 400 }), /same version/],
      [new Response('', { status: 413 }), /same version/],
      [new Response('<html>Welcome</html>'), /URL.*same version/],
      [new Response('{"events":7}'), /URL.*same version/],
    ];
    for (const [response, advice] of cases) {
      const fault = await faultOf(peerBehind(async () => response).read('a'));
      expect(fault).toBeInstanceOf(PeerMisconfiguredError);
      expect(fault).toMatchObject({ code: 'peer_misconfigured', message: expect.stringMatching(advice) });
      expect(String(fault)).not.toContain(key);
    }
  });

  test('the key is not carried along a redirect', async () => {
    const keys: unknown[] = [];
    const elsewhere = createServer((request, response) => {
      keys.push(request.headers[sharedKeyHeader]);
      response.end('{"events":[]}');
    });
    const target = await listening(elsewhere);
    const here = await listening(
      createServer((_, response) => {
        response.writeHead(307, { location: `${target}/replication/streams` }).end();
      }),
    );
    const fault = await faultOf(httpPeer({ url: here, key, fetch: globalThis.fetch }).read('a'));
    expect(fault).toBeInstanceOf(PeerMisconfiguredError);
    expect(keys).toEqual([]);
  });

  test('a path in the URL is kept, with or without a slash at its end', async () => {
    const asked: string[] = [];
    const fetch = async (request: Request) => {
      asked.push(request.url);
      return new Response('{"events":[]}');
    };
    for (const base of ['https://a.example/cell', 'https://a.example/cell/']) {
      await httpPeer({ url: base, key, fetch }).read('a');
    }
    expect(asked).toEqual(Array(2).fill('https://a.example/cell/replication/streams'));
  });
});

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** A cell's endpoint behind a real http server, and the client that asks it. */
async function served(store: EventStore) {
  const endpoint = reconcileEndpoint({ store, authorise: sharedKey([key]) });
  const address = await listening(
    createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const headers = new Headers(
        Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
      );
      const answer = await endpoint(
        new Request(new URL(request.url ?? '/', 'http://cell'), {
          method: request.method ?? 'GET',
          headers,
          body: Buffer.concat(chunks),
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    }),
  );
  return httpPeer({ url: address, key, fetch: globalThis.fetch });
}
