import { describe, expect, it } from 'vitest';
import { failoverBudgetSeconds } from './budget.ts';
import { afterProbe, type EndpointHealth, UNPROBED } from './endpoint-health.ts';
import { estimatedLatency } from './latency.ts';
import type { EndpointOptions } from './profile.ts';
import { type Candidate, chooseEndpoint, type RoutingQuery } from './routing.ts';

describe('the failover budget', () => {
  it.each([
    [10, 5, 3, 30, 75],
    [10, 5, 1, 10, 35],
    [1, 0.5, 1, 1, 3.5],
  ])('for %d s / %d s / %d / %d s is %d s', (interval, timeout, toleratedFailures, ttlSeconds, budget) => {
    const timing = {
      intervalMs: interval * 1_000,
      timeoutMs: timeout * 1_000,
      toleratedFailures,
      ttlSeconds,
    };
    expect(failoverBudgetSeconds(timing)).toBe(budget);
  });
});

describe('the health of an endpoint', () => {
  const probed = (tolerated: number, ...probes: boolean[]): EndpointHealth =>
    probes.reduce((health, good) => afterProbe(health, good, tolerated), UNPROBED);

  it('is degraded by one failure more than is tolerated', () => {
    expect(probed(3, true, false, false, false).status).toBe('Online');
    expect(probed(3, true, false, false, false, false).status).toBe('Degraded');
    expect(probed(0, true, false).status).toBe('Degraded');
  });

  it('forgets failures at the first good probe, and is back after one', () => {
    expect(probed(1, false, true, false).status).toBe('Online');
    expect(probed(1, false, false, true)).toEqual({ status: 'Online', consecutiveFailures: 0 });
  });

  it('is not known before a probe has shown it', () => {
    expect(probed(1, false).status).toBe('CheckingEndpoint');
  });
});

describe('routing', () => {
  const endpoint = (
    name: string,
    location: string,
    more: Partial<EndpointOptions> = {},
  ): EndpointOptions => ({
    name,
    location,
    target: `http://${name}.test`,
    ...more,
  });
  const candidates = (...statuses: Candidate['status'][]): Candidate[] => {
    const options = [
      endpoint('aws', 'us-east-1', { priority: 2, weight: 3 }),
      endpoint('azure', 'westeurope', { priority: 1, weight: 1 }),
      endpoint('asia', 'japaneast', { priority: 3, weight: 4 }),
    ];
    return options.map((one, index) => ({ options: one, status: statuses[index] ?? 'Online' }));
  };
  const choose = (among: Candidate[], query: Partial<RoutingQuery> = {}): string | undefined =>
    chooseEndpoint(among, {
      routing: 'Performance',
      from: 'us-east-2',
      latency: estimatedLatency,
      random: () => 0,
      ...query,
    })?.name;

  it('by performance is to the nearest, then the next nearest', () => {
    expect(choose(candidates())).toBe('aws');
    expect(choose(candidates('Degraded'))).toBe('azure');
    expect(choose(candidates(), { from: 'uksouth' })).toBe('azure');
    expect(choose(candidates(), { from: 'ap-northeast-1' })).toBe('asia');
  });

  it('answers as though all were healthy if every endpoint is degraded', () => {
    expect(choose(candidates('Degraded', 'Degraded', 'Degraded'))).toBe('aws');
  });

  it('never names a disabled endpoint', () => {
    expect(choose(candidates('Disabled', 'Degraded', 'Degraded'))).toBe('azure');
    expect(choose(candidates('Disabled', 'Disabled', 'Disabled'))).toBeUndefined();
  });

  it('takes an endpoint that is still being checked for healthy', () => {
    expect(choose(candidates('CheckingEndpoint'))).toBe('aws');
  });

  it('by priority is to the lowest number that is up', () => {
    expect(choose(candidates(), { routing: 'Priority' })).toBe('azure');
    expect(choose(candidates('Online', 'Degraded'), { routing: 'Priority' })).toBe('aws');
  });

  it('by weight is in proportion', () => {
    const weighted = (lot: number): string | undefined =>
      choose(candidates(), { routing: 'Weighted', random: () => lot });
    expect([0, 0.374, 0.376, 0.499, 0.501, 0.999].map(weighted)).toEqual([
      'aws',
      'aws',
      'azure',
      'azure',
      'asia',
      'asia',
    ]);
  });
});
