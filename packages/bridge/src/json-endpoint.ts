import { StoreUnavailableError } from '@twinlog/core';
import * as z from 'zod';
import { type Authorise, SenderUnverifiableError } from './authorise.ts';

export function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export interface JsonEndpointOptions {
  /** What is served, by path. A ZodError that a route throws is the sender's mistake: 400. */
  readonly routes: Readonly<Record<string, (body: unknown) => Promise<Response>>>;
  readonly authorise: Authorise;
  readonly maxBytes: number;
  /** What people read in the answers: 405, 413 (what it is that is too large), 503. */
  readonly sentences: {
    readonly post: string;
    readonly what: string;
    readonly unavailable: (error: StoreUnavailableError) => string;
  };
  /** The answer to an error of a route's own kind; without one it is thrown. */
  readonly answerError?: (error: unknown) => Response | undefined;
}

/** What cells ask of each other by `POST` in JSON: the checks that every such request goes through. */
export function jsonEndpoint(options: JsonEndpointOptions): (request: Request) => Promise<Response> {
  const { routes, authorise, maxBytes, sentences, answerError } = options;
  return async (request) => {
    const { pathname } = new URL(request.url);
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (route === undefined) return answer(404, { error: 'There is nothing at this path.' });
    if (request.method !== 'POST') return answer(405, { error: sentences.post }, { allow: 'POST' });
    try {
      if (!(await authorise(request)))
        return answer(401, { error: 'The sender is not known here, or may not ask this.' });
    } catch (error) {
      if (!(error instanceof SenderUnverifiableError)) throw error;
      return answer(503, { error: 'Who sent this cannot be told now. Ask again.' }, { 'retry-after': '1' });
    }
    const bytes = await request.arrayBuffer();
    if (bytes.byteLength > maxBytes) {
      return answer(413, {
        error: `${sentences.what} takes ${maxBytes} bytes at most, and this one ${bytes.byteLength}.`,
      });
    }
    const body = jsonIn(textIn(bytes) ?? '');
    if (body === undefined) return answer(400, { error: 'The body is not JSON in UTF-8.' });
    try {
      return await route(body);
    } catch (error) {
      if (error instanceof z.ZodError) return answer(400, { error: z.prettifyError(error) });
      if (error instanceof StoreUnavailableError) {
        return answer(503, { error: sentences.unavailable(error) }, { 'retry-after': '1' });
      }
      const answered = answerError?.(error);
      if (answered) return answered;
      throw error;
    }
  };
}

/** What a text of JSON holds; undefined where it is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text of bytes; undefined where they are not UTF-8. */
function textIn(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
