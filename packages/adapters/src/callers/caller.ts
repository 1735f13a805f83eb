import { accountPart, TwinlogError } from '@twinlog/core';

/** Who is calling, as far as it matters: the accounts that they may touch. */
export interface Caller {
  readonly accounts: 'all' | ReadonlySet<string>;
}

/** Why somebody may not call: no token came, or one that is not accepted. `detail` is for the client. */
export interface NotAuthenticated {
  readonly rejected: 'missing_token' | 'invalid_token';
  readonly detail: string;
}

/**
 * Tells who is calling from the header `Authorization`, null where there is none.
 * @throws KeysUnavailableError where it cannot be told now.
 */
export type Authenticate = (authorization: string | null) => Promise<Caller | NotAuthenticated>;

/** The keys to check a token with could not be fetched: nothing may be said of the token. */
export class KeysUnavailableError extends TwinlogError {
  constructor(message: string, options?: ErrorOptions) {
    super('keys_unavailable', message, options);
  }
}

/** Whoever calls, where nobody is asked for a token. */
export const anyone: Caller = { accounts: 'all' };

export function mayTouch({ accounts }: Caller, account: string): boolean {
  return accounts === 'all' || accounts.has(account);
}

/**
 * The caller's accounts that a transaction could belong to by its id (R12), undefined for whoever may touch all. An
 * empty list says that it is another's. It takes no read to say so; that an account is not only like the
 * transaction's is judged where the transaction is read.
 */
export function accountsFor({ accounts }: Caller, transactionId: string): readonly string[] | undefined {
  if (accounts === 'all') return undefined;
  const part = transactionId.slice(4, 12);
  return [...accounts].filter((account) => accountPart(account) === part);
}
