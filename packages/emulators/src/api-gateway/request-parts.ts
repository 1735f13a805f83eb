/** One HTTP request, before it becomes an event. */
export interface RequestParts {
  readonly method: string;
  /** As on the request line: percent-encoded, without the query. */
  readonly path: string;
  /** As on the request line, without the `?`; empty if there is none. */
  readonly query: string;
  /** Names and values in the order and the case in which the client sent them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly sourceIp: string;
}

/** Which API the request came to, and when. */
export interface ApiIdentity {
  readonly apiId: string;
  readonly accountId: string;
  readonly domainName: string;
  /** `$default`, or the name of the stage. */
  readonly stage: string;
  /**
   * Whether the path begins with the stage, as on the default `execute-api` endpoint; on a custom domain it does not.
   */
  readonly stageInPath: boolean;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly timeEpoch: number;
}

export const LOCAL_IDENTITY: ApiIdentity = {
  apiId: 'local',
  accountId: '000000000000',
  domainName: 'local.execute-api.us-east-1.amazonaws.com',
  stage: '$default',
  stageInPath: false,
  requestId: 'local-request',
  timeEpoch: 0,
};

// RFC 9110, 7.6.1: these speak of one connection only, and a gateway ends it.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'te',
    'trailer',
    'upgrade',
    'expect',
  ],
]);

/** The headers that reach the function: the client's, without those that end at the gateway, and the gateway's. */
export function forwardedHeaders(
  parts: RequestParts,
  identity: ApiIdentity,
): readonly (readonly [string, string])[] {
  const seconds = Math.floor(identity.timeEpoch / 1000)
    .toString(16)
    .padStart(8, '0');
  const own: readonly (readonly [string, string])[] = [
    ['X-Amzn-Trace-Id', `Root=1-${seconds}-${'0'.repeat(24)}`],
    ['X-Forwarded-For', parts.sourceIp],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Proto', 'https'],
  ];
  const replaced = new Set(own.map(([name]) => name.toLowerCase()));
  const kept = parts.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !replaced.has(lower);
  });
  return [...kept, ...own];
}

export function headerValue(parts: RequestParts, name: string): string | undefined {
  return parts.headers.find(([one]) => one.toLowerCase() === name)?.[1];
}

/** `12/Mar/2020:19:03:58 +0000`, the format of access logs. */
export function requestTime(timeEpoch: number): string {
  const [, day, month, year, time] = new Date(timeEpoch).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Percent-decoded, or as it is where it cannot be decoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The values of each name, in order. */
export function grouped(pairs: Iterable<readonly [string, string]>): Readonly<Record<string, string[]>> {
  // Clients choose the names, so `constructor` and `__proto__` must be names like any other.
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value]);
  return Object.fromEntries(groups);
}
