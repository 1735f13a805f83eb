import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../clock/index.ts';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server.ts';
import { createDnsCache } from './dns-cache.ts';
import type { ProfileOptions } from './profile.ts';
import { startTrafficManager, type TrafficManager, type TrafficManagerOptions } from './traffic-manager.ts';

/** An endpoint that answers its probes with `status`, or not at all. */
interface Cell extends LoopbackServer {
  status: number | 'silent';
  readonly probes: string[];
}

const startCell = async (): Promise<Cell> => {
  const probes: string[] = [];
  const server = await startLoopbackServer((request, response) => {
    probes.push(
      `${request.method} ${request.headers.host} ${request.url} ${request.headers['x-probe'] ?? ''}`,
    );
    if (cell.status !== 'silent') response.writeHead(cell.status, { location: '/elsewhere' }).end();
  });
  const cell: Cell = { ...server, status: 200, probes };
  return cell;
};

let clock: ManualClock;
let aws: Cell;
let azure: Cell;
let manager: TrafficManager;
let changes: string[];
let probed: Map<string, () => void>;

const monitor = { intervalMs: 10_000, timeoutMs: 5_000, toleratedFailures: 1 };

const start = async (more: Partial<TrafficManagerOptions> = {}): Promise<void> => {
  const counted = Promise.all([afterProbeOf('aws'), afterProbeOf('azure')]);
  manager = await startTrafficManager({
    endpoints: [
      {
        name: 'aws',
        target: aws.url,
        location: 'us-east-1',
        hostHeader: 'aws.example.com',
        customHeaders: { 'x-probe': 'yes' },
      },
      { name: 'azure', target: azure.url, location: 'westeurope' },
    ],
    monitor,
    ttlSeconds: 30,
    clock,
    onChange: (endpoint, status, at) => changes.push(`${at} ${endpoint} ${status}`),
    onProbe: (endpoint) => probed.get(endpoint)?.(),
    ...more,
  });
  await counted;
};

/** Resolves when the next probe of this endpoint has been counted. */
const afterProbeOf = (endpoint: string): Promise<void> =>
  new Promise((resolve) => {
    probed.set(endpoint, resolve);
  });

/** One interval on, with the probes that fall due in it. */
const interval = async (): Promise<void> => {
  const counted = Promise.all([afterProbeOf('aws'), afterProbeOf('azure')]);
  clock.advance(monitor.intervalMs);
  await counted;
};

beforeEach(async () => {
  clock = manualClock(0);
  changes = [];
  probed = new Map();
  aws = await startCell();
  azure = await startCell();
});
afterEach(async () => {
  await Promise.all([manager.stop(), aws.cut(), azure.cut()]);
});

const json = async (path: string, headers: Record<string, string> = {}): Promise<unknown> =>
  (await fetch(new URL(path, manager.url), { headers })).json();

describe('the monitor', () => {
  it("probes once an interval by GET, with the endpoint's host and headers", async () => {
    await start();
    await interval();
    const probe = 'GET aws.example.com /health yes';
    expect(aws.probes).toEqual([probe, probe]);
    expect(azure.probes[0]).toBe(`GET 127.0.0.1:${azure.port} /health `);
  });

  it('degrades an endpoint after one failure more than is tolerated, and takes it back after one good probe', async () => {
    await start();
    await aws.cut();
    await interval();
    expect(manager.choose('us-east-2')?.name).toBe('aws');
    await interval();
    expect(manager.choose('us-east-2')?.name).toBe('azure');
    await aws.restore();
    await interval();
    expect(manager.choose('us-east-2')?.name).toBe('aws');
    expect(changes).toEqual(
      ['0 aws Online', '0 azure Online', '20000 aws Degraded', '30000 aws Online'].toSorted(),
    );
  });

  it('counts a probe that is not answered in time as failed', async () => {
    await start({ monitor: { ...monitor, toleratedFailures: 0 } });
    aws.status = 'silent';
    const azureCounted = afterProbeOf('azure');
    clock.advance(monitor.intervalMs);
    await azureCounted;
    const counted = afterProbeOf('aws');
    clock.advance(4_999);
    expect(manager.status('aws')).toBe('Online');
    clock.advance(1);
    await counted;
    expect(manager.status('aws')).toBe('Degraded');
  });

  it.each([204, 307, 503])('counts an answer of %i as failed unless it is expected', async (status) => {
    aws.status = status;
    azure.status = status;
    await start({ monitor: { ...monitor, toleratedFailures: 0 } });
    expect(manager.status('aws')).toBe('Degraded');
    await manager.stop();
    await start({ monitor: { ...monitor, toleratedFailures: 0, expectedStatus: [200, status] } });
    expect(manager.status('aws')).toBe('Online');
  });

  it('answers as though all were healthy when every endpoint is degraded', async () => {
    await start();
    await Promise.all([aws.cut(), azure.cut()]);
    await interval();
    await interval();
    expect([manager.status('aws'), manager.status('azure')]).toEqual(['Degraded', 'Degraded']);
    expect([manager.choose('us-east-2')?.name, manager.choose('uksouth')?.name]).toEqual(['aws', 'azure']);
  });

  it('neither probes nor names a disabled endpoint, and checks it afresh once it is enabled', async () => {
    await start();
    manager.setEnabled('aws', false);
    const counted = afterProbeOf('azure');
    clock.advance(monitor.intervalMs);
    await counted;
    expect(aws.probes).toHaveLength(1);
    expect(manager.choose('us-east-2')?.name).toBe('azure');
    const again = afterProbeOf('aws');
    manager.setEnabled('aws', true);
    expect(manager.status('aws')).toBe('CheckingEndpoint');
    await again;
    expect(manager.status('aws')).toBe('Online');
  });

  it('ends with the profile', async () => {
    await start();
    await manager.stop();
    expect(clock.dueIn()).toEqual([]);
  });
});

describe('the DNS face', () => {
  it('answers with the nearest endpoint and the TTL', async () => {
    await start();
    expect(await json('/dns-query?name=twinlog.trafficmanager.net.&type=CNAME&from=uksouth')).toEqual({
      Status: 0,
      Question: [{ name: 'twinlog.trafficmanager.net', type: 5 }],
      Answer: [{ name: 'twinlog.trafficmanager.net', type: 5, TTL: 30, data: azure.url }],
    });
    expect(
      await json('/dns-query?name=twinlog.trafficmanager.net&type=CNAME', { 'x-client-region': 'us-east-2' }),
    ).toMatchObject({ Answer: [{ data: aws.url }] });
  });

  it('answers NXDOMAIN for another name, and when no endpoint is enabled', async () => {
    await start();
    expect(await json('/dns-query?name=other.example.com&type=CNAME')).toMatchObject({ Status: 3 });
    manager.setEnabled('aws', false);
    manager.setEnabled('azure', false);
    expect(await json(`/dns-query?name=${manager.name}&type=CNAME`)).toMatchObject({ Status: 3 });
  });
});

describe('the faces for people', () => {
  it('send any other path to the endpoint chosen now, keeping path, query and method', async () => {
    await start();
    const answer = await fetch(new URL('/transactions/a%20b?from=us-east-2&x=1', manager.url), {
      method: 'POST',
      body: 'money',
      redirect: 'manual',
    });
    expect(answer.status).toBe(307);
    expect(answer.headers.get('location')).toBe(`${aws.url}/transactions/a%20b?from=us-east-2&x=1`);
    expect(answer.headers.get('cache-control')).toBe('max-age=30');
  });

  it('show the profile, degraded if one endpoint is', async () => {
    await start();
    await aws.cut();
    await interval();
    await interval();
    expect(await json('/profile')).toMatchObject({
      status: 'Degraded',
      routing: 'Performance',
      failoverBudgetSeconds: 55,
      endpoints: [
        { name: 'aws', status: 'Degraded', consecutiveFailures: 2, lastProbe: '1970-01-01T00:00:20.000Z' },
        { name: 'azure', status: 'Online' },
      ],
    });
  });
});

describe("a client's DNS cache", () => {
  const cache = (): ReturnType<typeof createDnsCache> =>
    createDnsCache({ resolver: manager.url, name: manager.name, from: 'us-east-2', now: clock.now });

  it('keeps an answer for its TTL, whatever has become of the endpoint, and not longer', async () => {
    await start();
    const dns = cache();
    expect(await dns.resolve()).toEqual({ target: aws.url, expiresAt: 30_000 });
    manager.setEnabled('aws', false);
    clock.advance(29_999);
    expect((await dns.resolve()).target).toBe(aws.url);
    clock.advance(1);
    expect(await dns.resolve()).toEqual({ target: azure.url, expiresAt: 60_000 });
  });

  it('asks once for callers that come together', async () => {
    await start();
    const dns = cache();
    const [one, two] = await Promise.all([dns.resolve(), dns.resolve()]);
    expect(one).toBe(two);
  });

  it('fails rather than give a stale answer, and asks again the next time', async () => {
    await start();
    const dns = cache();
    await dns.resolve();
    manager.setEnabled('aws', false);
    manager.setEnabled('azure', false);
    clock.advance(30_000);
    await expect(dns.resolve()).rejects.toThrow(/NXDOMAIN/);
    manager.setEnabled('azure', true);
    expect((await dns.resolve()).target).toBe(azure.url);
  });
});

describe('a profile', () => {
  it.each<[string, Partial<ProfileOptions>, RegExp]>([
    ['whose time-out is as long as its interval', { monitor: { ...monitor, timeoutMs: 10_000 } }, /time-out/],
    ['that tolerates ten failures', { monitor: { ...monitor, toleratedFailures: 10 } }, /0 to 9/],
    [
      'with an endpoint nobody knows the place of',
      { endpoints: [{ name: 'x', target: 'http://127.0.0.1', location: 'atlantis' }] },
      /"atlantis" is not in the latency table/,
    ],
  ])('%s is refused', async (_, more, message) => {
    await start();
    await expect(startTrafficManager({ endpoints: [], monitor, ttlSeconds: 1, ...more })).rejects.toThrow(
      message,
    );
  });
});
