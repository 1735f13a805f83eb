/** Azure's words for what a profile knows of an endpoint ("Endpoint monitor status"). */
export type EndpointStatus = 'CheckingEndpoint' | 'Online' | 'Degraded' | 'Disabled';

/** What the probes have shown so far. */
export interface EndpointHealth {
  readonly status: Exclude<EndpointStatus, 'Disabled'>;
  readonly consecutiveFailures: number;
}

/** Before the first probe: the endpoint receives traffic. */
export const UNPROBED: EndpointHealth = { status: 'CheckingEndpoint', consecutiveFailures: 0 };

/**
 * Health after one more probe. More failures in a row than are tolerated degrade an endpoint; one good probe
 * brings it back ("Traffic Manager endpoint monitoring": How endpoint monitoring works).
 */
export function afterProbe(health: EndpointHealth, good: boolean, toleratedFailures: number): EndpointHealth {
  if (good) return { status: 'Online', consecutiveFailures: 0 };
  const consecutiveFailures = health.consecutiveFailures + 1;
  const degraded = consecutiveFailures > toleratedFailures;
  return { status: degraded ? 'Degraded' : health.status, consecutiveFailures };
}
