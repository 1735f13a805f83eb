import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock/index.ts';
import type { EndpointOptions, MonitorOptions } from './profile.ts';

/** The outcome of one probe, in words: `HTTP 200`, `timed out`, `connect ECONNREFUSED …`. */
export interface ProbeResult {
  readonly good: boolean;
  readonly answer: string;
}

/**
 * Probes an endpoint once, by GET on a connection of its own, without following redirects.
 * @param cancelled stops waiting and takes the connection down
 */
export function probe(
  endpoint: EndpointOptions,
  monitor: MonitorOptions,
  clock: Clock,
  cancelled: AbortSignal,
): Promise<ProbeResult> {
  const url = new URL(monitor.path ?? '/health', endpoint.target);
  const expected = monitor.expectedStatus ?? [200];
  const host = endpoint.hostHeader === undefined ? {} : { host: endpoint.hostHeader };
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      agent: false,
      signal: cancelled,
      headers: { 'user-agent': 'Azure Traffic Manager Endpoint Monitor', ...endpoint.customHeaders, ...host },
    });
    const settle = (good: boolean, answer: string): void => {
      cancelTimeout();
      resolve({ good, answer });
      request.destroy();
    };
    const cancelTimeout = clock.after(monitor.timeoutMs, () => settle(false, 'timed out'));
    request.on('error', (error) => settle(false, error.message));
    request.on('response', ({ statusCode = 0 }) => {
      settle(expected.includes(statusCode), `HTTP ${statusCode}`);
    });
    request.end();
  });
}
