export { type FailoverTiming, failoverBudgetSeconds } from './budget.ts';
export { createDnsCache, type DnsCache, type DnsCacheOptions, type Resolution } from './dns-cache.ts';
export type { EndpointStatus } from './endpoint-health.ts';
export { estimatedLatency, type LatencyTable } from './latency.ts';
export type { ProbeResult } from './probe.ts';
export type { EndpointOptions, MonitorOptions, ProfileOptions } from './profile.ts';
export { startTrafficManager, type TrafficManager, type TrafficManagerOptions } from './traffic-manager.ts';
