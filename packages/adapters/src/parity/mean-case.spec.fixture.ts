/** A request that somebody might send to see what gives, and the status and code that it must end in. */
export interface MeanCase {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** As text, or in base64 where it is none. */
  readonly body?: string | { readonly base64: string };
  readonly status: number;
  readonly code?: string;
}

export const json = ['content-type', 'application/json'] as const;
export const good = '{"account_id":"acc-1","amount":"10.00","currency":"USD"}';
export const unknown = '/transactions/txn_00000000000000000000000000000000';
