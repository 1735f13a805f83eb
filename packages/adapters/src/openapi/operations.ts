import type { BodyName, RequestName } from './schemas.ts';

/** What an answer has beyond the headers of every answer. */
export type AnswerHeader = 'ETag' | 'Consistency-Token' | 'Location' | 'Link' | 'Retry-After';

export interface Success {
  readonly description: string;
  /** By media type; none where the answer has no body. */
  readonly content: Readonly<Record<string, BodyName>>;
  readonly headers: readonly AnswerHeader[];
}

export type ParameterName =
  | 'transactionId'
  | 'accountId'
  | 'limit'
  | 'after'
  | 'Idempotency-Key'
  | 'If-Match'
  | 'If-None-Match'
  | 'Consistency-Token'
  | 'Prefer';

/** One thing that can be asked of the API. */
export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly isOpen: boolean;
  readonly parameters: readonly ParameterName[];
  readonly body?: RequestName;
  readonly successes: Readonly<Record<number, Success>>;
  /** The codes of the problems it can end in. */
  readonly problems: readonly string[];
}

const anywhere = ['uri_too_long', 'headers_too_large', 'not_acceptable', 'timed_out', 'internal_error'];
const authenticated = [
  ...anywhere,
  'missing_token',
  'invalid_token',
  'keys_unavailable',
  'draining',
  'cell_not_ready',
  'store_unavailable',
];
const ofStream = [
  ...authenticated,
  'invalid_consistency_token',
  'replica_behind',
  'stream_pending',
  'code_too_old',
];
const commanding = [
  ...ofStream,
  'invalid_json',
  'not_an_object',
  'incomplete_body',
  'body_timeout',
  'body_too_large',
  'event_too_large',
  'unsupported_media_type',
  'unknown_field',
  'invalid_idempotency_key',
  'idempotency_key_reused',
  'precondition_failed',
  'busy',
  'clock_skew',
  'assignment_outdated',
];
const amount = [
  'missing_field',
  'wrong_type',
  'empty_field',
  'amount_not_decimal',
  'amount_too_large',
  'amount_too_precise',
  'amount_not_positive',
  'unknown_currency',
];
const ended = ['transaction_voided', 'transaction_declined', 'transaction_expired', 'transaction_refunded'];

const json = (name: BodyName) => ({ 'application/json': name });
const stream: readonly AnswerHeader[] = ['ETag', 'Consistency-Token'];
const commandHeaders: readonly ParameterName[] = [
  'Idempotency-Key',
  'If-Match',
  'Consistency-Token',
  'Prefer',
];
const known: Success = {
  description: 'The version that If-None-Match names is the one there is.',
  content: {},
  headers: stream,
};

function command(
  id: string,
  summary: string,
  description: string,
  body: RequestName,
  problems: readonly string[],
): Operation {
  return {
    id,
    method: 'post',
    path: `/transactions/{transactionId}/${id}`,
    summary,
    description: `${description} Sent again with its Idempotency-Key, to either cloud, it has its first answer and one effect.`,
    isOpen: false,
    parameters: ['transactionId', ...commandHeaders],
    body,
    successes: {
      200: {
        description: 'The transaction as this decision left it.',
        content: json('Transaction'),
        headers: stream,
      },
      202: {
        description: 'Its home cannot be reached: recorded, to be decided later.',
        content: json('Requested'),
        headers: [...stream, 'Location', 'Retry-After'],
      },
    },
    problems: [...commanding, 'transaction_not_found', 'home_unreachable', ...problems],
  };
}

/** Everything that can be asked of the API, in the order of the document. */
export const operations: readonly Operation[] = [
  {
    id: 'create',
    method: 'post',
    path: '/transactions',
    summary: 'Create a transaction',
    description:
      'Authorises an amount for an account. The id is made of the account and the Idempotency-Key: sent again, to either cloud, it is the same transaction. Without a key, sent again it is another one.',
    isOpen: false,
    parameters: commandHeaders,
    body: 'Create',
    successes: {
      201: {
        description: 'The transaction exists.',
        content: json('Created'),
        headers: [...stream, 'Location'],
      },
    },
    problems: [
      ...commanding,
      ...amount,
      'account_not_found',
      'too_long',
      'invalid_id',
      'invalid_time',
      'transaction_exists',
    ],
  },
  command('capture', 'Capture', 'Takes the amount or a part of what is left of it.', 'Amount', [
    ...amount,
    'capture_exceeds_amount',
    'currency_mismatch',
    ...ended,
  ]),
  command('refund', 'Refund', 'Gives back a part or all of what was captured.', 'Amount', [
    ...amount,
    'refund_exceeds_captured',
    'currency_mismatch',
    ...ended,
  ]),
  command('void', 'Void', 'Ends a transaction of which nothing was captured.', 'Nothing', [
    'transaction_captured',
    ...ended,
  ]),
  command('decline', 'Decline', 'Records that the issuer declined it; nothing was captured.', 'Nothing', [
    'transaction_captured',
    ...ended,
  ]),
  command(
    'expire',
    'Expire',
    'Ends a transaction whose `expires_at` has come, by the clock of the cell.',
    'Nothing',
    ['transaction_captured', 'not_expirable', 'not_yet_expired', ...ended],
  ),
  {
    id: 'getTransaction',
    method: 'get',
    path: '/transactions/{transactionId}',
    summary: 'Read a transaction',
    description: 'The transaction as this cell holds it now, at least as new as the Consistency-Token.',
    isOpen: false,
    parameters: ['transactionId', 'If-None-Match', 'Consistency-Token'],
    successes: {
      200: { description: 'The transaction.', content: json('CurrentTransaction'), headers: stream },
      304: known,
    },
    problems: [...ofStream, 'transaction_not_found'],
  },
  {
    id: 'getEvents',
    method: 'get',
    path: '/transactions/{transactionId}/events',
    summary: "Read a transaction's events",
    description: 'CloudEvents in canonical order, the one in which every cell folds them.',
    isOpen: false,
    parameters: ['transactionId', 'If-None-Match', 'Consistency-Token'],
    successes: {
      200: {
        description: 'The events.',
        content: { ...json('Events'), 'application/cloudevents-batch+json': 'EventsBatch' },
        headers: stream,
      },
      304: known,
    },
    problems: [...ofStream, 'transaction_not_found'],
  },
  {
    id: 'listTransactions',
    method: 'get',
    path: '/accounts/{accountId}/transactions',
    summary: "List an account's transactions",
    description:
      'By page, in the order of their ids: an order that cannot shift while somebody pages, and is alike on both clouds.',
    isOpen: false,
    parameters: ['accountId', 'limit', 'after', 'Consistency-Token'],
    successes: {
      200: {
        description: 'One page; the last has no `next`.',
        content: json('Transactions'),
        headers: ['Link'],
      },
    },
    problems: [
      ...ofStream,
      'account_not_found',
      'transaction_not_found',
      'invalid_id',
      'too_long',
      'invalid_limit',
      'invalid_after',
    ],
  },
  {
    id: 'health',
    method: 'get',
    path: '/health',
    summary: 'Whether this cell can take a write now',
    description: 'For Traffic Manager. Says nothing about where or why.',
    isOpen: true,
    parameters: [],
    successes: {
      200: { description: 'It can.', content: json('Health'), headers: [] },
      503: { description: 'It cannot, or is going out of service.', content: json('Health'), headers: [] },
    },
    problems: anywhere.filter((code) => code !== 'not_acceptable'),
  },
  {
    id: 'healthDetail',
    method: 'get',
    path: '/health/detail',
    summary: 'Why, and how far replication is',
    description:
      'For operators, who show a key in `X-Twinlog-Key`. To anyone else there is nothing at this path.',
    isOpen: true,
    parameters: [],
    successes: {
      200: { description: 'The cell can take a write.', content: json('HealthDetail'), headers: [] },
      503: { description: 'It cannot.', content: json('HealthDetail'), headers: [] },
    },
    problems: [...anywhere.filter((code) => code !== 'not_acceptable'), 'not_found'],
  },
  {
    id: 'openApi',
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    description: 'OpenAPI 3.1.',
    isOpen: true,
    parameters: [],
    successes: { 200: { description: 'The document.', content: {}, headers: [] } },
    problems: anywhere,
  },
];
