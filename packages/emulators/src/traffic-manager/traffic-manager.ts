import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cancel, type Clock, realClock } from '../clock/index.ts';
import { startLoopbackServer } from '../loopback-server.ts';
import { afterProbe, type EndpointHealth, type EndpointStatus, UNPROBED } from './endpoint-health.ts';
import { estimatedLatency, type LatencyTable } from './latency.ts';
import { type ProbeResult, probe } from './probe.ts';
import { budgetOf, checkProfile, type EndpointOptions, type ProfileOptions } from './profile.ts';
import { chooseEndpoint } from './routing.ts';

/** How the stand-in is started. */
export interface TrafficManagerOptions extends ProfileOptions {
  /** 0, the default, for any free one. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Uniform in [0, 1), for Weighted routing. */
  readonly random?: () => number;
  /** Distances for Performance routing; estimated from geography by default. */
  readonly latency?: LatencyTable;
  /** Called after a status has changed; `at` is on the stand-in's clock. */
  readonly onChange?: (endpoint: string, status: EndpointStatus, at: number) => void;
  /** Called after each probe has been counted. */
  readonly onProbe?: (endpoint: string, result: ProbeResult, at: number) => void;
}

/** A profile, watching its endpoints until it is stopped. */
export interface TrafficManager {
  /** Base URL of both faces: `GET /dns-query?name=…&type=CNAME&from=…`, and a 307 on any other path. */
  readonly url: string;
  /** The profile's DNS name. */
  readonly name: string;
  readonly status: (endpoint: string) => EndpointStatus;
  /** The endpoint that a client in this region is sent to now. */
  readonly choose: (from?: string) => EndpointOptions | undefined;
  readonly setEnabled: (endpoint: string, enabled: boolean) => void;
  /** Worst case from failure to switch-over, in seconds. */
  readonly budgetSeconds: number;
  readonly stop: () => Promise<void>;
}

interface Watched {
  readonly options: EndpointOptions;
  enabled: boolean;
  health: EndpointHealth;
  lastProbeAt: number | undefined;
  /** Ends the present round of probing, and the probe under way. */
  end: (() => void) | undefined;
}

/**
 * Starts a Traffic Manager profile on 127.0.0.1. The real one is DNS alone: it never sees a request, holds
 * no connection and redirects nobody; the 307 is for people with curl.
 */
export async function startTrafficManager(options: TrafficManagerOptions): Promise<TrafficManager> {
  const { monitor, ttlSeconds, routing = 'Performance', name = 'twinlog.trafficmanager.net' } = options;
  const clock = options.clock ?? realClock;
  const latency = options.latency ?? estimatedLatency;
  checkProfile(options, latency);
  const watched: readonly Watched[] = options.endpoints.map((endpoint, index) => ({
    options: { priority: index + 1, ...endpoint },
    enabled: endpoint.enabled ?? true,
    health: UNPROBED,
    lastProbeAt: undefined,
    end: undefined,
  }));

  const statusOf = (endpoint: Watched): EndpointStatus =>
    endpoint.enabled ? endpoint.health.status : 'Disabled';

  const changing = (endpoint: Watched, change: () => void): void => {
    const before = statusOf(endpoint);
    change();
    const after = statusOf(endpoint);
    if (after !== before) options.onChange?.(endpoint.options.name, after, clock.now());
  };

  /** Probes now and then once an interval, whatever the probes come to. */
  const watch = (endpoint: Watched): void => {
    const round = new AbortController();
    let cancelNext: Cancel = () => {};
    const tick = (): void => {
      cancelNext = clock.after(monitor.intervalMs, tick);
      void probe(endpoint.options, monitor, clock, round.signal).then((result) => {
        if (round.signal.aborted) return;
        endpoint.lastProbeAt = clock.now();
        changing(endpoint, () => {
          endpoint.health = afterProbe(endpoint.health, result.good, monitor.toleratedFailures);
        });
        options.onProbe?.(endpoint.options.name, result, endpoint.lastProbeAt);
      });
    };
    endpoint.end = () => {
      cancelNext();
      round.abort();
      endpoint.end = undefined;
    };
    tick();
  };

  const find = (wanted: string): Watched => {
    const found = watched.find((endpoint) => endpoint.options.name === wanted);
    if (found !== undefined) return found;
    throw new RangeError(`The profile ${name} has no endpoint "${wanted}".`);
  };

  const choose = (from?: string): EndpointOptions | undefined =>
    chooseEndpoint(
      watched.map((endpoint) => ({ options: endpoint.options, status: statusOf(endpoint) })),
      { routing, from, latency, random: options.random ?? Math.random },
    );

  const profileState = (): object => {
    const states = watched.map((endpoint) => ({
      name: endpoint.options.name,
      target: endpoint.options.target,
      location: endpoint.options.location,
      status: statusOf(endpoint),
      consecutiveFailures: endpoint.health.consecutiveFailures,
      ...(endpoint.lastProbeAt === undefined
        ? {}
        : { lastProbe: new Date(endpoint.lastProbeAt).toISOString() }),
    }));
    const has = (status: EndpointStatus): boolean => states.some((state) => state.status === status);
    const status = has('Degraded')
      ? 'Degraded'
      : has('Online')
        ? 'Online'
        : has('CheckingEndpoint')
          ? 'CheckingEndpoints'
          : 'Inactive';
    return { name, status, routing, ttlSeconds, failoverBudgetSeconds: budgetOf(options), endpoints: states };
  };

  /** A DNS answer in the JSON form of DNS over HTTPS; status 3 is NXDOMAIN. */
  const answerQuery = (url: URL, from: string | undefined): object => {
    const asked = url.searchParams.get('name')?.replace(/\.$/, '').toLowerCase();
    const type = url.searchParams.get('type')?.toUpperCase() ?? 'A';
    const chosen = asked === name.toLowerCase() ? choose(from) : undefined;
    const question = { Question: [{ name: asked, type: type === 'CNAME' || type === '5' ? 5 : 1 }] };
    if (chosen === undefined) return { Status: 3, ...question };
    return { Status: 0, ...question, Answer: [{ name, type: 5, TTL: ttlSeconds, data: chosen.target }] };
  };

  const json = (response: ServerResponse, contentType: string, body: object): void => {
    response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' });
    response.end(`${JSON.stringify(body)}\n`);
  };

  const redirect = (response: ServerResponse, pathAndQuery: string, from: string | undefined): void => {
    const chosen = choose(from);
    if (chosen === undefined) {
      response.writeHead(503, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
      response.end(`No endpoint of ${name} is enabled: DNS would answer NXDOMAIN.\n`);
      return;
    }
    const location = `${chosen.target.replace(/\/$/, '')}${pathAndQuery}`;
    response.writeHead(307, { location, 'cache-control': `max-age=${ttlSeconds}`, 'content-length': '0' });
    response.end();
  };

  const server = await startLoopbackServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const url = new URL(`http://localhost${request.url ?? '/'}`);
    const header = request.headers['x-client-region'];
    const from = url.searchParams.get('from') ?? (typeof header === 'string' ? header : undefined);
    if (url.pathname === '/profile') json(response, 'application/json', profileState());
    else if (url.pathname === '/dns-query') json(response, 'application/dns-json', answerQuery(url, from));
    else redirect(response, request.url ?? '/', from);
  }, options.port);

  for (const endpoint of watched) if (endpoint.enabled) watch(endpoint);

  return {
    url: server.url,
    name,
    status: (wanted) => statusOf(find(wanted)),
    choose,
    setEnabled: (wanted, enabled) => {
      const endpoint = find(wanted);
      if (endpoint.enabled === enabled) return;
      endpoint.end?.();
      changing(endpoint, () => {
        endpoint.enabled = enabled;
        endpoint.health = UNPROBED;
      });
      if (enabled) watch(endpoint);
    },
    budgetSeconds: budgetOf(options),
    stop: async () => {
      for (const endpoint of watched) endpoint.end?.();
      await server.stop();
    },
  };
}
