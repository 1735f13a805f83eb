import { createDnsCache } from '@twinlog/emulators';
import type { Client } from './client.ts';
import { createDnsClient } from './dns-client.ts';
import type { Matrix } from './matrix.ts';
import { createSdkClient } from './sdk-client.ts';

/** How clients find a cell: by DNS alone, or by the client library, which knows the cells' own addresses. */
export type ClientKind = 'dns' | 'sdk';

/** The regions that clients stand in; Performance routing leads each to its nearest cell. */
const regions = ['us-east-1', 'eastus'] as const;
const hostsPerRegion = 8;

/**
 * Clients by their number, dealt to sixteen hosts, every other one near the other cell. Those on one host share its DNS
 * cache, or its client library.
 */
export function createCrowd(
  { router, aws, azure }: Pick<Matrix, 'router' | 'aws' | 'azure'>,
  kind: ClientKind,
): (number: number) => Client {
  const hosts = Array.from({ length: regions.length * hostsPerRegion }, (_, index) => {
    const from = regions[index % regions.length] ?? regions[0];
    if (kind === 'sdk') {
      const cells = from === regions[0] ? [aws.url, azure.url] : [azure.url, aws.url];
      const client = createSdkClient(cells);
      return () => client;
    }
    const resolver = createDnsCache({ resolver: router.url, name: router.name, from });
    return () => createDnsClient(resolver);
  });
  return (number) => {
    const host = hosts[number % hosts.length];
    if (!host) throw new RangeError(`There is no client number ${number}.`);
    return host();
  };
}
