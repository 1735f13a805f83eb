import type { EndpointStatus } from './endpoint-health.ts';
import type { LatencyTable } from './latency.ts';
import type { EndpointOptions, ProfileOptions } from './profile.ts';

/** An endpoint as routing sees it. */
export interface Candidate {
  readonly options: EndpointOptions;
  readonly status: EndpointStatus;
}

/** What a choice depends on besides the endpoints. */
export interface RoutingQuery {
  readonly routing: NonNullable<ProfileOptions['routing']>;
  /** The client's region. An unknown one gets the first eligible endpoint of the list. */
  readonly from: string | undefined;
  readonly latency: LatencyTable;
  /** Uniform in [0, 1), for Weighted routing. */
  readonly random: () => number;
}

/**
 * The endpoint that the next DNS answer names; undefined if none is enabled. A degraded endpoint is left
 * out, unless all of them are: then the answer is as though all were healthy.
 */
export function chooseEndpoint(
  candidates: readonly Candidate[],
  query: RoutingQuery,
): EndpointOptions | undefined {
  const enabled = candidates.filter(({ status }) => status !== 'Disabled');
  const healthy = enabled.filter(({ status }) => status !== 'Degraded');
  const eligible = (healthy.length > 0 ? healthy : enabled).map(({ options }) => options);
  switch (query.routing) {
    case 'Performance':
      return nearest(eligible, query);
    case 'Priority':
      return eligible.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0))[0];
    case 'Weighted':
      return drawn(eligible, query.random());
  }
}

function nearest(eligible: readonly EndpointOptions[], query: RoutingQuery): EndpointOptions | undefined {
  const { from } = query;
  const distance = ({ location }: EndpointOptions): number =>
    from === undefined ? 0 : (query.latency(from, location) ?? Number.MAX_VALUE);
  return eligible.toSorted((a, b) => distance(a) - distance(b))[0];
}

function drawn(eligible: readonly EndpointOptions[], lot: number): EndpointOptions | undefined {
  const total = eligible.reduce((sum, endpoint) => sum + (endpoint.weight ?? 1), 0);
  let left = lot * total;
  for (const endpoint of eligible) {
    left -= endpoint.weight ?? 1;
    if (left < 0) return endpoint;
  }
  return eligible.at(-1);
}
