/** Where the client keeps the consistency token of each transaction: a `Map` is one. */
export interface TokenStore {
  readonly get: (transactionId: string) => string | undefined;
  /** A promise is waited for. */
  readonly set: (transactionId: string, token: string) => unknown;
}

/** Transactions whose tokens are kept at most; beyond it the one used longest ago is forgotten. */
const maxTokens = 10_000;

/** Keeps the tokens of the transactions used last. */
export function recentTokens(): TokenStore {
  const tokens = new Map<string, string>();
  return {
    get: (id) => tokens.get(id),
    set: (id, token) => {
      tokens.delete(id);
      tokens.set(id, token);
      const [oldest] = tokens.size > maxTokens ? tokens.keys() : [];
      if (oldest !== undefined) tokens.delete(oldest);
    },
  };
}

/** The transaction that a token is about. */
export const streamOf = (token: string): string => token.split(';', 1)[0] ?? '';

/** The token without these origins. */
export function withoutOrigins(token: string, origins: readonly string[]): string {
  const stream = streamOf(token);
  const entries = token.slice(stream.length + 1).split(',');
  return `${stream};${entries.filter((entry) => !origins.includes(entry.split('=', 1)[0] ?? '')).join(',')}`;
}

/**
 * The token that has seen what either has. Answers to requests that were under way together may come from two clouds and
 * in any order, so that the last one given need not have seen what the one before it had.
 */
export function mergeTokens(known: string | undefined, given: string): string {
  const stream = streamOf(given);
  if (known === undefined || streamOf(known) !== stream) return given;
  const counts = new Map<string, number>();
  for (const entry of `${known.slice(stream.length + 1)},${given.slice(stream.length + 1)}`.split(',')) {
    const [origin = '', count] = entry.split('=');
    if (origin !== '') counts.set(origin, Math.max(Number(count), counts.get(origin) ?? 0));
  }
  const entries = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map((entry) => entry.join('='));
  return `${stream};${entries}`;
}
