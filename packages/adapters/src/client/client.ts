import type { DomainEvent, transactionCommands } from '@twinlog/core';
import type * as z from 'zod';
import type { ConflictView, CurrentTransaction, TransactionView } from '../views.ts';
import { errorIn } from './error.ts';
import { createSend } from './send.ts';
import { mergeTokens, recentTokens, streamOf, type TokenStore, withoutOrigins } from './token.ts';
import type { Answer, Try } from './try.ts';

/** The body of each command, by the schema that the service reads it with. */
export type CommandBody<Name extends keyof typeof transactionCommands> = z.input<
  (typeof transactionCommands)[Name]
>;

/** What a command came to. `conflict` is there where another cell's decision stands instead of this one. */
export type Decided<Body> = Body & { readonly etag: string; readonly conflict?: ConflictView };

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. The command may have taken effect. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every try of this call, once it has ended. */
  readonly onTry?: ((tried: Try) => void) | undefined;
}

export interface CommandOptions extends CallOptions {
  /** A command is the same command when it is sent again with its key. Made at random unless given. */
  readonly idempotencyKey?: string;
  /** Decide only if the transaction still has this version, the `etag` of a result. */
  readonly ifMatch?: string;
}

export interface RequestOptions extends CallOptions {
  /** Sent over those that the client makes. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string | undefined;
}

export interface ClientOptions {
  /** Base URLs of the cells' own addresses, nearest first: `['https://aws.example.com', 'https://azure.example.com']`. */
  readonly cells: readonly string[];
  /** Asked before each try, for `Authorization` and the like. Where it fails the call fails, and no cell is blamed. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** How long a call may take in all, in ms; 30,000 unless given. */
  readonly timeoutMs?: number;
  /** How long a cell may be silent before the other one is asked as well, in ms; 1,000 unless given. */
  readonly hedgeAfterMs?: number;
  /** How long a single try may take, in ms; 10,000 unless given. */
  readonly tryTimeoutMs?: number;
  /** Where tokens are kept; in memory, for the 10,000 transactions used last, unless given. */
  readonly tokens?: TokenStore;
  /** Told of every try of every call, once it has ended. */
  readonly onTry?: (tried: Try) => void;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Uniform in [0, 1), for keys and jitter; cryptographically strong unless given. */
  readonly random?: () => number;
  /** Milliseconds, from any beginning; `performance.now` unless given. */
  readonly now?: () => number;
  /** Resolves after so many milliseconds, or once it is aborted; `setTimeout` unless given. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * A client of the service. A call ends with the decision, from whichever cell answers first: it is sent again after a
 * broken connection, 408, 429 and 5xx, to the other cell at once and to the same one after a pause; 202 is followed until
 * the transaction's home has decided. Every method rejects with a `ClientError` where a command was refused or no
 * cell answered, and with what `headers` or `tokens` threw before anything was sent. Where they or `onTry` throw later,
 * the call ends as `callback_failed`, with the key of the command.
 */
export interface Client {
  readonly create: (
    body: CommandBody<'create'>,
    options?: CommandOptions,
  ) => Promise<Decided<{ readonly transaction_id: string }>>;
  readonly capture: (
    id: string,
    body: CommandBody<'capture'>,
    options?: CommandOptions,
  ) => Promise<Decided<TransactionView>>;
  readonly refund: (
    id: string,
    body: CommandBody<'refund'>,
    options?: CommandOptions,
  ) => Promise<Decided<TransactionView>>;
  readonly void: (id: string, options?: CommandOptions) => Promise<Decided<TransactionView>>;
  readonly decline: (id: string, options?: CommandOptions) => Promise<Decided<TransactionView>>;
  readonly expire: (id: string, options?: CommandOptions) => Promise<Decided<TransactionView>>;
  /** Never older than what this client has seen of the transaction, whichever cell answers. */
  readonly get: (
    id: string,
    options?: CallOptions,
  ) => Promise<CurrentTransaction & { readonly etag: string }>;
  /** In canonical order. */
  readonly events: (
    id: string,
    options?: CallOptions,
  ) => Promise<{ readonly events: readonly DomainEvent[]; readonly etag: string }>;
  /** One page of an account's transactions. `next`, where there are more, is the `after` of the next page. */
  readonly list: (
    account: string,
    page?: { readonly limit?: number; readonly after?: string },
    options?: CallOptions,
  ) => Promise<{ readonly transactions: readonly CurrentTransaction[]; readonly next?: string }>;
  /**
   * Any request, sent like all others. A `POST` is given an idempotency key unless it has one.
   * @returns the final answer, whatever its status.
   */
  readonly request: (method: string, path: string, options?: RequestOptions) => Promise<Answer>;
}

/** @throws TypeError where no cell is named, or one by something else than an absolute URL. */
export function createClient(options: ClientOptions): Client {
  const { cells, tokens = recentTokens(), random = strongRandom } = options;
  if (cells.length === 0) throw new TypeError('cells must name the base URL of one cell at least.');
  for (const cell of cells) new URL(cell);
  /** The transaction used last of each account: a listing shows it as this client has seen it, or newer. */
  const lastOf = recentTokens();

  const note = async ({ status, headers, body }: Answer) => {
    const given = headers.get('consistency-token');
    if (given) {
      // What a restore has lost of these is gone (R18): who went on asking for it would be answered by no cell for long.
      const capped = headers.get('consistency-token-capped')?.split(', ') ?? [];
      const known = tokens.get(streamOf(given));
      // One that is not there at all is told with the token that the client brought.
      const token = status === 404 ? withoutOrigins(given, capped) : given;
      await tokens.set(streamOf(given), mergeTokens(known && withoutOrigins(known, capped), token));
    }
    const { account_id, transaction_id }: Partial<TransactionView> = body;
    if (account_id && transaction_id) lastOf.set(account_id, transaction_id);
  };
  const tokenFor = (path: string) => {
    const [, kind, id = ''] = path.split('?', 1)[0]?.split('/') ?? [];
    return tokens.get(kind === 'accounts' ? (lastOf.get(decoded(id)) ?? '') : id);
  };
  const send = createSend({
    cells,
    random,
    timeoutMs: options.timeoutMs ?? 30_000,
    hedgeAfterMs: options.hedgeAfterMs ?? 1_000,
    tryTimeoutMs: options.tryTimeoutMs ?? 10_000,
    now: options.now ?? (() => performance.now()),
    sleep: options.sleep ?? timer,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
  });

  const request: Client['request'] = async (method, path, { headers: own, body, signal, onTry } = {}) => {
    // Such a path would be the end of a host's name, and tokens would go to that host.
    if (!path.startsWith('/')) throw new TypeError(`A path begins with a slash, and "${path}" does not.`);
    // What no fetch can send is refused here: in a try it would look like a cell that fails.
    new Request(cells[0] + path, { method, ...(body !== undefined && { body }) });
    const given = new Headers(own).get('idempotency-key') ?? undefined;
    const idempotencyKey = given ?? (method === 'POST' ? newKey(random) : undefined);
    const headers = async () => {
      const token = tokenFor(path);
      const made = new Headers({
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(token !== undefined && { 'consistency-token': token }),
      });
      for (const [name, value] of Object.entries({ ...(await options.headers?.()), ...own }))
        made.set(name, value);
      return made;
    };
    // Each may be an async function: what it rejects with is the caller's, and must not end the process.
    const told = async (tried: Try) => {
      if (!(tried.result instanceof Error)) await note(tried.result);
      await onTry?.(tried);
      await options.onTry?.(tried);
    };
    return send({ method, path, headers, body, idempotencyKey, onTry: told }, signal);
  };

  const read = async <Body>(path: string, call: CallOptions = {}) => {
    const answer = await request('GET', path, call);
    if (answer.status >= 300) throw errorIn(answer, undefined);
    return resultOf<Body>(answer);
  };
  const command = async <Body>(path: string, body: object, sent: CommandOptions = {}) => {
    const { idempotencyKey = newKey(random), ifMatch, ...call } = sent;
    const headers = {
      'idempotency-key': idempotencyKey,
      ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
    };
    const answer = await request('POST', path, { ...call, headers, body: JSON.stringify(body) });
    if (answer.status >= 300 || answer.status === 202) throw errorIn(answer, idempotencyKey);
    return resultOf<Decided<Body>>(answer);
  };
  const on = (id: string, action = '') => `/transactions/${encodeURIComponent(id)}${action}`;

  return {
    request,
    create: async (body, options) => {
      const created = await command<{ readonly transaction_id: string }>('/transactions', body, options);
      lastOf.set(body.account_id, created.transaction_id);
      return created;
    },
    capture: async (id, body, options) => command<TransactionView>(on(id, '/capture'), body, options),
    refund: async (id, body, options) => command<TransactionView>(on(id, '/refund'), body, options),
    void: async (id, options) => command<TransactionView>(on(id, '/void'), {}, options),
    decline: async (id, options) => command<TransactionView>(on(id, '/decline'), {}, options),
    expire: async (id, options) => command<TransactionView>(on(id, '/expire'), {}, options),
    get: async (id, options) => read(on(id), options),
    events: async (id, options) => read(on(id, '/events'), options),
    list: async (account, { limit, after } = {}, options) => {
      const query = new URLSearchParams({
        ...(limit !== undefined && { limit: `${limit}` }),
        ...(after && { after }),
      });
      return read(`/accounts/${encodeURIComponent(account)}/transactions?${query}`, options);
    },
  };
}

/** What the service says, with the version of the transaction. Its types are the schemas'; nothing is checked again. */
function resultOf<Body>({ body, headers }: Answer): Body & { readonly etag: string } {
  const etag = headers.get('etag')?.replaceAll('"', '');
  return { ...(body as Body & { readonly etag: string }), ...(etag !== undefined && { etag }) };
}

/** 128 bits. */
function newKey(random: () => number): string {
  const word = () => Math.floor(random() * 2 ** 32);
  return Array.from({ length: 4 }, () => word().toString(16).padStart(8, '0')).join('');
}

/** As it is where it is not percent-encoded: such a path is the service's to refuse. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function strongRandom(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}

function timer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const running = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(running);
      resolve();
    });
  });
}
