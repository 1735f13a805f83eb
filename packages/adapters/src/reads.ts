import {
  accountOf,
  accountPart,
  type Capped,
  canonically,
  type EventStore,
  emptyVersion,
  isPlainText,
  maxIdLength,
  type Service,
  type Transaction,
  type TransactionCommand,
  TwinlogError,
  type VersionVector,
} from '@twinlog/core';
import { type Answer, streamHeaders } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { accountsFor, type Caller, mayTouch } from './callers/caller.ts';
import { cappedHeader } from './capped-header.ts';
import { negotiate } from './negotiation.ts';
import { accountNotFound, faulty, type ProblemError, transactionNotFound } from './problem.ts';
import { isNotModified } from './request-headers.ts';
import { readToken } from './token.ts';
import { unreadyAnswer } from './unready.ts';
import { type CurrentTransaction, viewCurrent } from './views.ts';

export interface Reading {
  readonly service: Service<Transaction, TransactionCommand>;
  readonly store: EventStore;
}

/** `GET` of a transaction as this cell holds it. */
export async function answerTransaction(
  reading: Reading,
  id: string,
  request: ApiRequest,
  caller: Caller,
): Promise<Answer> {
  const read = await readCurrent(reading, id, versionSeen(id, request), caller);
  if ('status' in read) return read;
  return unlessKnown(request, read.view.pending, {
    status: 200,
    body: read.view,
    headers: streamHeaders(id, read.version, read),
  });
}

/** What a transaction's events can be had as: in an object, or as the batch that the CloudEvents specification has. */
export const eventsTypes = ['application/json', 'application/cloudevents-batch+json'] as const;

/** `GET` of a transaction's events in canonical order, those that do not count yet included. */
export async function answerEvents(
  { service }: Reading,
  id: string,
  request: ApiRequest,
  caller: Caller,
): Promise<Answer> {
  const type = negotiate(request.headers, eventsTypes);
  const atLeast = versionSeen(id, request);
  if (isForeign(caller, id)) return transactionNotFound();
  const read = await service.read(id, atLeast);
  if (read.kind !== 'read') return unreadyAnswer(id, read, atLeast);
  const [first] = read.events;
  if (first === undefined) return transactionNotFound(read);
  if (!mayTouch(caller, accountOf(first))) return transactionNotFound();
  const events = read.events.toSorted(canonically);
  return unlessKnown(request, read.fold.pending.length, {
    status: 200,
    body: type === eventsTypes[0] ? { events } : events,
    headers: { 'content-type': type, vary: 'Accept', ...streamHeaders(id, read.fold.version, read) },
  });
}

/**
 * `GET` of an account's transactions, by page, in the order of their ids. One that cannot be shown fails the
 * page, as it fails its own `GET`: leaving it out would say that it does not exist.
 */
export async function answerAccount(
  reading: Reading,
  accountInPath: string | undefined,
  request: ApiRequest,
  caller: Caller,
): Promise<Answer> {
  const { service, store } = reading;
  const account = checkAccount(accountInPath);
  if (!mayTouch(caller, account)) return accountNotFound();
  const { limit, after } = readPage(new URLSearchParams(`?${request.query}`));
  const token = readToken(request.headers);
  let capped: Capped['capped'];
  if (token?.stream.startsWith(`txn_${accountPart(account)}`)) {
    const read = await service.read(token.stream, token.version);
    if (read.kind !== 'read') return unreadyAnswer(token.stream, read, token.version);
    ({ capped } = read);
  }

  const page = await pageOf(store, { account, limit, ...(after !== undefined && { after }) });
  const transactions: CurrentTransaction[] = [];
  for (const read of await Promise.all(
    page.items.map((id) => readCurrent(reading, id, emptyVersion, caller)),
  )) {
    if ('status' in read) return ofPage(read);
    transactions.push(read.view);
  }
  if (page.next === undefined) return { status: 200, body: { transactions }, headers: cappedHeader(capped) };
  const query = new URLSearchParams({ limit: String(limit), after: page.next });
  const next = `/accounts/${encodeURIComponent(account)}/transactions?${query}`;
  return {
    status: 200,
    body: { transactions, next: page.next },
    headers: { link: `<${next}>; rel="next"`, ...cappedHeader(capped) },
  };
}

/** An answer about one transaction of a page: its version and token are not what the client asked with. */
function ofPage({ headers, ...answer }: Answer): Answer {
  const { etag: _, 'consistency-token': __, ...rest } = headers ?? {};
  return { ...answer, headers: rest };
}

/** What the client's token says it has seen of the stream: nothing, if it is about another one. */
function versionSeen(stream: string, request: ApiRequest): VersionVector {
  const token = readToken(request.headers);
  return token?.stream === stream ? token.version : emptyVersion;
}

/**
 * 304 where the client has this version already. Events that do not count yet are shown and are in no version: while
 * there are any, the answer is whole.
 */
function unlessKnown({ headers }: ApiRequest, pending: number, answer: Answer): Answer {
  const isKnown = pending === 0 && isNotModified(headers, answer.headers?.etag ?? '');
  return isKnown ? { status: 304, body: null, ...(answer.headers && { headers: answer.headers }) } : answer;
}

function isForeign(caller: Caller, id: string): boolean {
  return accountsFor(caller, id)?.length === 0;
}

/** A transaction and its version, or the answer why it cannot be shown. */
async function readCurrent(
  { service }: Reading,
  id: string,
  atLeast: VersionVector,
  caller: Caller,
): Promise<({ readonly view: CurrentTransaction; readonly version: VersionVector } & Capped) | Answer> {
  if (isForeign(caller, id)) return transactionNotFound();
  const read = await service.read(id, atLeast);
  if (read.kind !== 'read') return unreadyAnswer(id, read, atLeast);
  const { pending, version, held } = read.fold;
  if (held === 0) return transactionNotFound(read);
  const view = viewCurrent(id, read.fold);
  if (view && !mayTouch(caller, view.account_id)) return transactionNotFound();
  const { capped } = read;
  return view
    ? { view, version, ...(capped && { capped }) }
    : unreadyAnswer(id, { kind: 'pending', pending, version }, atLeast);
}

/** The rules of an `account_id` in a body hold in a path too. */
function checkAccount(account: string | undefined): string {
  const path = 'account_id';
  if (account === undefined || !isPlainText(account)) {
    const detail = 'The account id in the path has a control character or is not percent-encoded UTF-8.';
    throw faulty({ path, code: 'invalid_id', detail });
  }
  if (account.length <= maxIdLength) return account;
  const detail = `The account id in the path is longer than ${maxIdLength} characters.`;
  throw faulty({ path, code: 'too_long', detail });
}

/** @throws ProblemError 422 `invalid_after` for a cursor that is not the store's. */
async function pageOf(
  store: EventStore,
  query: Parameters<EventStore['list']>[0],
): ReturnType<EventStore['list']> {
  try {
    return await store.list(query);
  } catch (error) {
    if (error instanceof TwinlogError && error.code === 'invalid_cursor') throw invalidAfter();
    throw error;
  }
}

function invalidAfter(): ProblemError {
  const detail = 'after must be the "next" of the page before, as it came and given once.';
  return faulty({ path: 'after', code: 'invalid_after', detail });
}

/** @throws ProblemError 422 `invalid_limit`, `invalid_after` */
function readPage(query: URLSearchParams): { readonly limit: number; readonly after?: string } {
  const [limit = '20', ...moreLimits] = query.getAll('limit');
  if (!/^([1-9][0-9]?|100)$/.test(limit) || moreLimits.length > 0) {
    const detail = 'limit must be a whole number from 1 to 100, given once.';
    throw faulty({ path: 'limit', code: 'invalid_limit', detail });
  }
  const [after, ...moreAfters] = query.getAll('after');
  if (after === undefined) return { limit: Number(limit) };
  if (moreAfters.length === 0) return { limit: Number(limit), after };
  throw invalidAfter();
}
