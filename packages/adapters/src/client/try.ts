/** A cell as the client knows it. */
export interface Cell {
  /** Its base URL, without a slash at the end. */
  readonly url: string;
  /** Until when it is asked last, because it failed; 0 for one that is well. */
  avoidUntil: number;
}

/** What is sent, the same however often. */
export interface Outgoing {
  readonly method: string;
  /** With its query: `/transactions`. */
  readonly path: string;
  /** Asked before each try, for what is brought along may have changed meanwhile. It is no part of the try. */
  readonly headers: () => Promise<Headers>;
  readonly body: string | undefined;
  /** What makes a command the same one however often it is sent. */
  readonly idempotencyKey: string | undefined;
  /** Told of each try once it has ended, also of one that another try's answer ended. */
  readonly onTry: (tried: Try) => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON in it; the empty object where it has none. */
  readonly body: object;
  /** The base URL of the cell that gave it. */
  readonly cell: string;
}

/** One try at a request, for whoever measures. */
export interface Try {
  /** The base URL of the cell that was asked. */
  readonly cell: string;
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | undefined;
  /** How long it took, in ms. */
  readonly ms: number;
  /** What came back, or what broke. */
  readonly result: Answer | Error;
}

export interface TryOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or once it is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** How long a single try may take, in ms. */
  readonly tryTimeoutMs: number;
}

export type Tried =
  | { readonly cell: Cell; readonly result: Answer | Error; readonly thrown?: undefined }
  | {
      readonly cell: Cell;
      /** Undefined where the cell was not even asked. */
      readonly result?: Answer | Error;
      /** What the caller's own code threw: it says nothing of the cell. */
      readonly thrown: { readonly error: unknown };
    };

/** Asks one cell once. It never rejects. @param over ends the try. */
export async function tryOnce(
  cell: Cell,
  { method, path, headers, body, idempotencyKey, onTry }: Outgoing,
  over: AbortSignal,
  { fetch, now, sleep, tryTimeoutMs }: TryOptions,
): Promise<Tried> {
  const { url } = cell;
  let brought: Headers;
  try {
    brought = await headers();
    over.throwIfAborted();
  } catch (error) {
    return { cell, thrown: { error } };
  }
  const startedAt = now();
  const mine = new AbortController();
  const stop = () => mine.abort();
  over.addEventListener('abort', stop);

  const ask = async (): Promise<Answer> => {
    const init = { method, headers: brought, signal: mine.signal };
    const response = await fetch(url + path, body === undefined ? init : { ...init, body });
    const { status, ok } = response;
    return {
      status,
      headers: response.headers,
      body: jsonIn(await response.text(), ok ? url : undefined),
      cell: url,
    };
  };
  const late = async () => {
    await sleep(tryTimeoutMs, mine.signal);
    throw new Error(`${url} gave no answer within ${tryTimeoutMs} ms.`);
  };
  const result = await Promise.race([ask(), late()]).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  over.removeEventListener('abort', stop);
  mine.abort();
  try {
    await onTry({ cell: url, method, path, idempotencyKey, ms: now() - startedAt, result });
  } catch (error) {
    return { cell, result, thrown: { error } };
  }
  return { cell, result };
}

/** @param from who must have sent JSON; whatever stands in between may answer an error with anything. */
function jsonIn(text: string, from: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text || '{}');
    if (typeof value === 'object' && value) return value;
  } catch {
    // Refused below.
  }
  if (from !== undefined) throw new Error(`${from} answered with something else than a JSON object.`);
  return {};
}
