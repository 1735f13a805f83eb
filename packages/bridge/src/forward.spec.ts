import {
  createHomeCellService,
  createMemoryStore,
  createService,
  type EventData,
  firstAssignment,
  homeOf,
  type Peers,
  type Runtime,
  StoreUnavailableError,
  stampOf,
  systemRuntime,
  type TransactionCommand,
  transaction,
  transactionId,
} from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { sharedKey } from './authorise.ts';
import { decidedEvents } from './events.fixture.ts';
import { type ForwardEndpointOptions, forwardEndpoint, httpPeers, maxForwardBytes } from './forward.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from './reconcile/peer-error.ts';

const key = 'a-key-for-this-test';
const names = ['aws-us-east-1', 'azure-eastus'];
const assignment = firstAssignment('home-cell', names);
const stream = transactionId('acct', 'create', () => 0);
const home = homeOf(assignment, transaction.homeKey?.(stream) ?? stream);
const [other = ''] = names.filter((name) => name !== home);
let time = Date.UTC(2026, 0, 1);
/** A clock that only moves when somebody sleeps. */
const runtime: Runtime = {
  ...systemRuntime,
  now: () => time,
  sleep: async (ms) => {
    time += ms;
  },
};
const readCommand = (recorded: EventData) => transaction.readCommand?.(recorded);

const opening = {
  stream,
  account: 'acct',
  commandId: 'create',
  command: { type: 'create', account_id: 'acct', amount: '10.00', currency: 'USD' },
} as const;
const capturing = {
  stream,
  commandId: 'capture',
  command: { type: 'capture', amount: '4.00', currency: 'USD' },
} as const;
const elsewhere = { stream: transactionId('b', 'k', () => 0), commandId: 'k', command: capturing.command };

/** The home and another cell, which reaches it through `forwardEndpoint` and `httpPeers`. */
function pair(endpoint: Partial<ForwardEndpointOptions<TransactionCommand>> = {}) {
  const cell = (name: string, peers: Peers<TransactionCommand>) => {
    const store = { ...createMemoryStore() };
    const decider = createService({
      aggregate: transaction,
      store,
      origin: `${name}.1`,
      assignment: stampOf(assignment),
      runtime,
    });
    const options = { aggregate: transaction, decider, store, cell: name, runtime, peers };
    return { store, service: createHomeCellService({ ...options, assignment: () => assignment }) };
  };
  const alone = () => Promise.reject(new Error('asks nobody'));
  const atHome = cell(home, { forward: alone, holds: alone });
  const serve = forwardEndpoint({
    service: atHome.service,
    store: atHome.store,
    authorise: sharedKey(['an-older-key', key]),
    readCommand,
    ...endpoint,
  });
  const connect = (fetch = serve, shown = key, timeoutMs = 5_000) =>
    httpPeers<TransactionCommand>({
      urls: new Map([[home, 'http://home.example/stage']]),
      key: shown,
      timeoutMs,
      fetch: (request) => fetch(new Request(request.url.replace('/stage', ''), request)),
    });
  const peers = connect();
  return { home: atHome, other: cell(other, peers), serve, connect, peers };
}

function asked(path: string, body: unknown, shown = key): Request {
  return new Request(`http://home.example/replication/${path}`, {
    method: 'POST',
    headers: { 'x-twinlog-key': shown },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const command = { stream, command_id: 'c', command: capturing.command };

describe('forwarding over HTTP (R15)', () => {
  test('the home decides with the events that came along, and the answer is the decision', async () => {
    const cells = pair();
    await cells.other.service.execute(opening);
    const outcome = await cells.other.service.execute({ ...capturing, ifMatch: `${other}.1=1` });
    expect(outcome).toMatchObject({ kind: 'alreadyAppended', state: { captured: 400n } });
    const held = await cells.home.store.read(stream);
    expect(held.map(({ source }) => source)).toEqual(
      expect.arrayContaining([`urn:twinlog:origin:${other}.1`, `urn:twinlog:origin:${home}.1`]),
    );
    expect(await cells.other.store.read(stream)).toHaveLength(held.length);
  });

  test('what either side holds already is written by neither again', async () => {
    const cells = pair();
    await cells.other.service.execute(opening);
    await cells.other.service.execute(capturing);
    const writes: string[] = [];
    for (const { store } of [cells.home, cells.other]) {
      const { insert } = store;
      store.insert = (event) => {
        writes.push(event.commandid ?? '');
        return insert(event);
      };
    }
    await cells.other.service.execute({ ...capturing, commandId: 'second' });
    expect(writes).toEqual(['second', 'second']);
  });

  test('a precondition, a token and a trace travel with the command', async () => {
    const cells = pair();
    await cells.other.service.execute(opening);
    const stale = { ...capturing, ifMatch: `${other}.1=7` };
    expect(await cells.other.service.execute(stale)).toMatchObject({ kind: 'preconditionFailed' });
    const unseen = { ...capturing, atLeast: new Map([[`${home}.1`, 9]]) };
    expect(await cells.other.service.execute(unseen)).toMatchObject({ kind: 'unreachable' });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await cells.other.service.execute({ ...capturing, traceparent });
    const held = await cells.home.store.read(stream);
    expect(held.map((event) => event.traceparent)).toContain(traceparent);
  }, 10_000);

  test('the accounts that a caller may touch travel with the command', async () => {
    const { home: atHome, peers } = pair();
    await atHome.service.execute(opening);
    const request = (accounts: readonly string[]) => ({ request: { ...capturing, accounts }, events: [] });
    expect(await peers.forward(home, request(['b']))).toMatchObject({ kind: 'notFound' });
    expect(await peers.forward(home, request(['acct']))).toMatchObject({ kind: 'decided' });
  });

  test('a cell says whether it holds a stream', async () => {
    const { home: atHome, peers } = pair();
    expect(await peers.holds(home, stream)).toBe(false);
    await atHome.service.execute(opening);
    expect(await peers.holds(home, stream)).toBe(true);
  });

  test('an unknown stream is decided by nobody', async () => {
    const { other: elsewhereCell } = pair();
    expect(await elsewhereCell.service.execute(capturing)).toEqual({ kind: 'notFound' });
  });

  test('a stranger learns and changes nothing', async () => {
    const { serve, home: atHome, connect } = pair();
    for (const [path, body] of [
      ['forward', { request: command, events: [] }],
      ['holds', { stream }],
      ['holds', 'no JSON'],
    ] as const) {
      expect((await serve(asked(path, body, 'another-key'))).status).toBe(401);
    }
    expect(await atHome.store.read(stream)).toEqual([]);
    await expect(connect(serve, 'another-key').holds(home, stream)).rejects.toThrow('answered 401');
  });

  test('a malformed body is refused with what is wrong, and stores nothing', async () => {
    const { serve, home: atHome } = pair();
    const [event] = await decidedEvents(1);
    const bodies: readonly (readonly [path: string, body: unknown, error: string])[] = [
      ['forward', '{"request":', 'not JSON'],
      ['forward', { events: [] }, 'request'],
      ['forward', { request: { ...command, stream: '' }, events: [] }, 'stream'],
      ['forward', { request: { ...command, at_least: 'a=b' }, events: [] }, 'is not a version vector'],
      ['forward', { request: { ...command, command: { type: 'unheard' } }, events: [] }, 'The command'],
      ['forward', { request: { ...command, command_id: 'a\u0007' }, events: [] }, 'control character'],
      ['forward', { request: command, events: [{ ...event, sequence: '7' }] }, 'sequence'],
      ['forward', { request: command, events: [event] }, 'is not one of the stream'],
      ['holds', {}, 'stream'],
    ];
    for (const [path, body, error] of bodies) {
      const answer = await serve(asked(path, body));
      expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringContaining(error) }]);
    }
    expect(await atHome.store.read(event?.partitionkey ?? '')).toEqual([]);
    expect((await serve(asked('forward', 'x'.repeat(maxForwardBytes + 1)))).status).toBe(413);
    expect((await serve(asked('elsewhere', {}))).status).toBe(404);
    expect((await serve(new Request('http://home.example/replication/holds'))).status).toBe(405);
  });

  test('a store that is away is 503, and the asking cell takes the home for unreachable', async () => {
    const away = () => Promise.reject(new StoreUnavailableError('away'));
    const { serve, connect, other: elsewhereCell } = pair({ service: { decideForwarded: away } });
    expect((await serve(asked('forward', { request: command, events: [] }))).status).toBe(503);
    await expect(connect().forward(home, { request: elsewhere, events: [] })).rejects.toThrow(
      PeerUnavailableError,
    );
    await elsewhereCell.service.execute(opening);
    expect(await elsewhereCell.service.execute(capturing)).toMatchObject({ kind: 'requested' });
  });

  test('a cell that cannot be reached, says nothing in time or answers anything else is a rejection', async () => {
    const { connect } = pair();
    const broken = connect(() => Promise.reject(new TypeError('fetch failed')));
    await expect(broken.holds(home, stream)).rejects.toThrow(PeerUnavailableError);
    const silent = connect(() => new Promise(() => {}), key, 5);
    await expect(silent.holds(home, stream)).rejects.toThrow('within 5 ms');
    await expect(connect().holds('gcp', stream)).rejects.toThrow('URL of the cell "gcp"');
    for (const [status, body] of [
      [500, '{}'],
      [301, ''],
      [202, '{"holds":true}'],
      [200, 'hello'],
      [200, '{"holds":"yes"}'],
    ] as const) {
      const odd = connect(async () => new Response(body, { status }));
      await expect(odd.holds(home, stream)).rejects.toThrow(`answered ${status}`);
    }
  });

  test("an answer with another stream's events, or with none that can be read, is not taken in", async () => {
    const { connect } = pair();
    const [event] = await decidedEvents(1);
    for (const held of [event, { ...event, id: 'x' }]) {
      const odd = connect(async () => Response.json({ kind: 'decided', events: [held] }));
      const forwarded = { request: capturing, events: [] };
      await expect(odd.forward(home, forwarded)).rejects.toThrow(PeerMisconfiguredError);
    }
  });
});
