/** Where a name leads, and until when that may be believed. */
export interface Resolution {
  /** Base URL of the endpoint. */
  readonly target: string;
  /** Milliseconds since 1970 on the cache's clock. */
  readonly expiresAt: number;
}

/** How the cache is made. */
export interface DnsCacheOptions {
  /** Base URL of the Traffic Manager stand-in. */
  readonly resolver: string;
  /** The DNS name to resolve. */
  readonly name: string;
  /** The client's region, which a resolver would tell from an address. */
  readonly from: string;
  /** Milliseconds since 1970; Date.now by default. */
  readonly now?: () => number;
}

/** A client's resolver: one name, one cached answer. */
export interface DnsCache {
  /**
   * The cached answer until its TTL is over, then a fresh one; never a stale one. Callers that come while a
   * question is under way share its answer.
   * @throws Error if the name does not exist or the resolver cannot be reached
   */
  readonly resolve: () => Promise<Resolution>;
}

interface DnsAnswer {
  readonly target: string;
  readonly ttlSeconds: number;
}

/** A cache as an operating system keeps it: no early refresh, nothing beyond the TTL, errors not kept. */
export function createDnsCache(options: DnsCacheOptions): DnsCache {
  const now = options.now ?? Date.now;
  let cached: Resolution | undefined;
  let asking: Promise<Resolution> | undefined;

  const ask = async (): Promise<Resolution> => {
    const { target, ttlSeconds } = await query(options);
    cached = { target, expiresAt: now() + ttlSeconds * 1_000 };
    return cached;
  };

  return {
    resolve: async () => {
      if (cached !== undefined && now() < cached.expiresAt) return cached;
      cached = undefined;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
  };
}

async function query({ resolver, name, from }: DnsCacheOptions): Promise<DnsAnswer> {
  const url = new URL('/dns-query', resolver);
  url.search = new URLSearchParams({ name, type: 'CNAME', from }).toString();
  const response = await fetch(url, { headers: { accept: 'application/dns-json' } }).catch(
    (error: unknown) => {
      throw new Error(`The resolver ${resolver} cannot be reached to look up ${name}.`, { cause: error });
    },
  );
  if (!response.ok) throw new Error(`The resolver ${resolver} answered ${response.status} for ${name}.`);
  const answer = readAnswer(await response.json());
  if (answer !== undefined) return answer;
  throw new Error(`The name ${name} does not exist, or no endpoint of it is enabled (NXDOMAIN).`);
}

function readAnswer(body: unknown): DnsAnswer | undefined {
  if (typeof body !== 'object' || body === null || !('Answer' in body) || !Array.isArray(body.Answer)) {
    return undefined;
  }
  const [record]: readonly unknown[] = body.Answer;
  if (typeof record !== 'object' || record === null || !('data' in record) || !('TTL' in record)) {
    return undefined;
  }
  const { data, TTL } = record;
  return typeof data === 'string' && typeof TTL === 'number' ? { target: data, ttlSeconds: TTL } : undefined;
}
