import type { Capped } from '@twinlog/core';
import type { Answer } from './answer.ts';
import { cappedHeader } from './capped-header.ts';

/** Every code of a problem, with its status and title. A code never changes its meaning. */
export const problems: ReadonlyMap<string, { readonly status: number; readonly title: string }> = new Map(
  Object.entries({
    invalid_json: { status: 400, title: 'Not JSON' },
    not_an_object: { status: 400, title: 'Not a JSON object' },
    incomplete_body: { status: 400, title: 'Incomplete body' },
    malformed_request: { status: 400, title: 'Not HTTP' },
    missing_token: { status: 401, title: 'No token' },
    invalid_token: { status: 401, title: 'Token not accepted' },
    not_found: { status: 404, title: 'No such path' },
    transaction_not_found: { status: 404, title: 'No such transaction' },
    account_not_found: { status: 404, title: 'No such account' },
    method_not_allowed: { status: 405, title: 'Method not allowed' },
    not_acceptable: { status: 406, title: 'Not acceptable' },
    body_timeout: { status: 408, title: 'Body took too long' },
    transaction_exists: { status: 409, title: 'Transaction exists' },
    transaction_voided: { status: 409, title: 'Transaction is voided' },
    transaction_declined: { status: 409, title: 'Transaction is declined' },
    transaction_expired: { status: 409, title: 'Transaction is expired' },
    transaction_captured: { status: 409, title: 'Transaction is captured' },
    transaction_refunded: { status: 409, title: 'Transaction is refunded' },
    not_expirable: { status: 409, title: 'Transaction has no expiry' },
    not_yet_expired: { status: 409, title: 'Transaction has not expired yet' },
    precondition_failed: { status: 412, title: 'Precondition failed' },
    body_too_large: { status: 413, title: 'Body too large' },
    event_too_large: { status: 413, title: 'Event too large' },
    uri_too_long: { status: 414, title: 'URI too long' },
    unsupported_media_type: { status: 415, title: 'Unsupported media type' },
    expectation_failed: { status: 417, title: 'Expectation failed' },
    missing_field: { status: 422, title: 'Missing field' },
    unknown_field: { status: 422, title: 'Unknown field' },
    wrong_type: { status: 422, title: 'Field of the wrong type' },
    empty_field: { status: 422, title: 'Empty field' },
    too_long: { status: 422, title: 'Field too long' },
    invalid_id: { status: 422, title: 'Invalid id' },
    invalid_time: { status: 422, title: 'Invalid time' },
    amount_not_decimal: { status: 422, title: 'Amount is not a decimal' },
    amount_too_large: { status: 422, title: 'Amount too large' },
    amount_too_precise: { status: 422, title: 'Amount too precise' },
    amount_not_positive: { status: 422, title: 'Amount is not positive' },
    unknown_currency: { status: 422, title: 'Unknown currency' },
    currency_mismatch: { status: 422, title: 'Currency mismatch' },
    capture_exceeds_amount: { status: 422, title: 'Capture exceeds the amount' },
    refund_exceeds_captured: { status: 422, title: 'Refund exceeds what was captured' },
    invalid_idempotency_key: { status: 422, title: 'Invalid idempotency key' },
    idempotency_key_reused: { status: 422, title: 'Idempotency key reused' },
    invalid_consistency_token: { status: 422, title: 'Invalid consistency token' },
    invalid_limit: { status: 422, title: 'Invalid limit' },
    invalid_after: { status: 422, title: 'Invalid cursor' },
    headers_too_large: { status: 431, title: 'Headers too large' },
    internal_error: { status: 500, title: 'Internal error' },
    busy: { status: 503, title: 'Busy' },
    replica_behind: { status: 503, title: 'Replica behind' },
    stream_pending: { status: 503, title: 'Events are missing' },
    code_too_old: { status: 503, title: 'Events of a newer version' },
    cell_not_ready: { status: 503, title: 'Cell not ready' },
    assignment_outdated: { status: 503, title: 'Assignment outdated' },
    home_unreachable: { status: 503, title: 'Home cell out of reach' },
    clock_skew: { status: 503, title: 'Clock out of bounds' },
    timed_out: { status: 503, title: 'Took too long' },
    draining: { status: 503, title: 'Going out of service' },
    keys_unavailable: { status: 503, title: 'Token keys unavailable' },
    store_unavailable: { status: 503, title: 'Store unavailable' },
  }),
);

/** One thing wrong with a request's fields. */
export interface Fault {
  /** The field, or the query parameter. */
  readonly path: string;
  readonly code: string;
  readonly detail: string;
}

export interface ProblemExtras {
  readonly errors?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An RFC 9457 problem. A refusal whose code is not in the table, recorded by code newer than this, is 422.
 *
 * @param detail a sentence for people; the body has it as `error` too.
 */
export function problem(code: string, detail: string, { errors, headers }: ProblemExtras = {}): Answer {
  const { status, title } = problems.get(code) ?? { status: 422, title: 'Refused' };
  const type = `urn:twinlog:problem:${code}`;
  return {
    status,
    body: { type, title, status, detail, code, error: detail, ...(errors && { errors }) },
    headers: { 'content-type': 'application/problem+json', ...headers },
  };
}

export function accountNotFound(): Answer {
  return problem('account_not_found', 'There is no such account for you.');
}

/** R18: also where a client had seen it, and a restore from a backup lost it: its token is capped then. */
export function transactionNotFound({ capped }: Capped = {}): Answer {
  return problem('transaction_not_found', 'There is no such transaction.', { headers: cappedHeader(capped) });
}

/** Ends a request with a problem from wherever it is being read. */
export class ProblemError extends Error {
  readonly answer: Answer;
  constructor(code: string, detail: string, extras?: ProblemExtras) {
    super(detail);
    this.name = 'ProblemError';
    this.answer = problem(code, detail, extras);
  }
}

/** One fault or more as one problem, with the code of the first. */
export function faulty(first: Fault, ...others: readonly Fault[]): ProblemError {
  const more = others.length === 0 ? '' : ` ${others.length} more: see errors.`;
  return new ProblemError(first.code, first.detail + more, { errors: [first, ...others] });
}

/** The same request can be sent again, here or elsewhere, in so many seconds. */
export const retryAfter: Readonly<Record<string, string>> = { 'retry-after': '1' };
