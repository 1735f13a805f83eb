import { type FailoverTiming, failoverBudgetSeconds } from './budget.ts';
import type { LatencyTable } from './latency.ts';

/** One of the places that a profile can send its clients to. */
export interface EndpointOptions {
  readonly name: string;
  /** Base URL, for example `http://127.0.0.1:8080`: what DNS would give is its host name. */
  readonly target: string;
  /** A region of the latency table; Performance routing asks for it. */
  readonly location: string;
  /** The `Host` of the probes, where the target serves several names. */
  readonly hostHeader?: string;
  /** Further headers of the probes. */
  readonly customHeaders?: Readonly<Record<string, string>>;
  /** True unless given. */
  readonly enabled?: boolean;
  /** For Priority routing; the lowest goes first. By default the order in the list. */
  readonly priority?: number;
  /** For Weighted routing, 1 to 1,000; 1 by default. */
  readonly weight?: number;
}

/** How endpoints are probed. Azure knows intervals of 10 and 30 s; a shorter clock is for tests. */
export interface MonitorOptions {
  /** `/health` by default. */
  readonly path?: string;
  readonly intervalMs: number;
  /** Shorter than the interval. */
  readonly timeoutMs: number;
  /** 0 to 9. */
  readonly toleratedFailures: number;
  /** `[200]` by default. A redirect is not followed. */
  readonly expectedStatus?: readonly number[];
}

/** A Traffic Manager profile. */
export interface ProfileOptions {
  /** The DNS name that clients ask for; `twinlog.trafficmanager.net` by default. */
  readonly name?: string;
  /** Performance by default. */
  readonly routing?: 'Performance' | 'Priority' | 'Weighted';
  readonly endpoints: readonly EndpointOptions[];
  readonly monitor: MonitorOptions;
  readonly ttlSeconds: number;
}

/** The worst-case switch of a profile, in seconds. */
export function budgetOf(profile: Pick<ProfileOptions, 'monitor' | 'ttlSeconds'>): number {
  const timing: FailoverTiming = { ...profile.monitor, ttlSeconds: profile.ttlSeconds };
  return failoverBudgetSeconds(timing);
}

/** @throws RangeError for a profile that Azure would not accept, but for its short intervals */
export function checkProfile(profile: ProfileOptions, latency: LatencyTable): void {
  const { endpoints, monitor, ttlSeconds } = profile;
  const names = new Set(endpoints.map((endpoint) => endpoint.name));
  if (names.size !== endpoints.length) throw new RangeError('Two endpoints of the profile have one name.');
  if (!(monitor.timeoutMs > 0 && monitor.timeoutMs < monitor.intervalMs)) {
    throw new RangeError(
      `A probe's time-out is above 0 and below the interval of ${monitor.intervalMs} ms, not ${monitor.timeoutMs} ms.`,
    );
  }
  if (
    !Number.isInteger(monitor.toleratedFailures) ||
    !(monitor.toleratedFailures >= 0 && monitor.toleratedFailures <= 9)
  ) {
    throw new RangeError(`Tolerated failures are 0 to 9, not ${monitor.toleratedFailures}.`);
  }
  if (!(ttlSeconds >= 0)) throw new RangeError(`A TTL is 0 s or more, not ${ttlSeconds}.`);
  if ((profile.routing ?? 'Performance') !== 'Performance') return;
  for (const { name, location } of endpoints) {
    if (latency(location, location) !== undefined) continue;
    throw new RangeError(
      `Performance routing needs the location of the endpoint ${name}, and "${location}" is not in the latency table.`,
    );
  }
}
