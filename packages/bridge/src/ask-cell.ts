import type * as z from 'zod';
import { sharedKeyHeader } from './authorise.ts';
import { jsonIn } from './json-endpoint.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from './reconcile/peer-error.ts';

export interface CellAddress {
  /** Where the cell answers, such as `https://cell.example.com`; a path in it is kept. */
  readonly url: string;
  /** The shared key that the cell's `authorise` accepts. */
  readonly key?: string;
  /** The bearer token that it accepts, in place of a key. Where this rejects, the cell counts as not reached. */
  readonly token?: () => Promise<string>;
  /** `globalThis.fetch`, or one with a time-out, a proxy or a simulated network. */
  readonly fetch: (request: Request) => Promise<Response>;
}

const refusals = {
  key: 'Check the key: the other cell does not accept this one.',
  token:
    'Check the token: it has expired, is for another application, or its holder lacks the role. Get a new one with `az account get-access-token --scope …/.default`, or have the role assigned.',
};

/** Statuses after which the same request may succeed; so may it after any from 500 up. */
const transient: readonly number[] = [408, 425, 429];

/** A question to a cell, in JSON. What says who asks is for this host alone, so it follows no redirection. */
export function cellRequest(
  { url, key }: Pick<CellAddress, 'url' | 'key'>,
  path: string,
  body: object,
  signal?: AbortSignal,
): Request {
  return new Request(new URL(path, url.endsWith('/') ? url : `${url}/`), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { [sharedKeyHeader]: key }) },
    body: JSON.stringify(body),
    redirect: 'manual',
    ...(signal && { signal }),
  });
}

/** Sends a question, with a token where one is shown, and reads the whole answer. */
export async function sendToCell(
  request: Request,
  { token, fetch }: Pick<CellAddress, 'token' | 'fetch'>,
): Promise<{ readonly status: number; readonly text: string }> {
  if (token) request.headers.set('authorization', `Bearer ${await token()}`);
  const response = await fetch(request);
  return { status: response.status, text: await response.text() };
}

/**
 * Asks a cell something in JSON, over its own ingress: the client of `jsonEndpoint`. Nothing is tried again in here.
 *
 * @param answerOf judges a status other than 200 before anybody else does.
 * @throws PeerUnavailableError where no answer came, or a 408, 425, 429 or 5xx; PeerMisconfiguredError for any other
 * answer than what was asked for.
 */
export async function askCell<Answer>(
  cell: CellAddress,
  path: string,
  body: object,
  format: z.ZodType<Answer>,
  answerOf?: (status: number, body: unknown) => void,
): Promise<Answer> {
  const request = cellRequest(cell, path, body);
  const { status, text } = await sendToCell(request, cell).catch((cause: unknown) => {
    throw new PeerUnavailableError(
      `No answer from ${request.url}${reasonIn(cause)}. Try again once it can be reached.`,
      { cause },
    );
  });
  if (status !== 200) answerOf?.(status, jsonIn(text));
  if (status >= 500 || transient.includes(status)) {
    throw new PeerUnavailableError(unavailable(request.url, status, text));
  }
  if (status !== 200)
    throw new PeerMisconfiguredError(
      `${request.url} answered ${status}. ${advice(status, cell.token ? 'token' : 'key')}`,
    );
  const answer = format.safeParse(jsonIn(text));
  if (answer.success) return answer.data;
  throw new PeerMisconfiguredError(
    `${request.url} answered something else than a cell does. Check the URL, and that both cells run the same version of Twinlog.`,
    { cause: answer.error },
  );
}

/** The most that is told of what a cell says of itself, in UTF-16 units. */
const maxSaid = 500;

/** That a cell could not answer, and why, where it says so. */
export function unavailable(url: string, status: number, text: string): string {
  const body = jsonIn(text);
  const said = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return `${url} answered ${status}. ${typeof said === 'string' ? said.slice(0, maxSaid) : 'Try again later.'}`;
}

/** What the network says of it, where it says so: a wrong name (ENOTFOUND) takes another remedy than a closed port. */
function reasonIn(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return ' in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? `: ${cause.code}` : '';
}

function advice(status: number, shown: 'key' | 'token'): string {
  if (status === 401 || status === 403) return refusals[shown];
  if (status === 404 || status === 405 || status < 400) return 'Check the URL: no cell answers there.';
  return 'Run the same version of Twinlog in both cells.';
}
