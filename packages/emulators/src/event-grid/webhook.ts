import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock/index.ts';

/** What came of one request to a webhook. */
export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** For people and dead letters: `HTTP 503`, `TimedOut`, `Unreachable: connect ECONNREFUSED …`. */
export function textOfAnswer(answer: WebhookAnswer): string {
  if (answer.kind === 'answered') return `HTTP ${answer.status}`;
  return answer.kind === 'timedOut' ? 'TimedOut' : `Unreachable: ${answer.reason}`;
}

/** What to send. */
export interface WebhookRequest {
  readonly method: 'OPTIONS' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** On the stand-in's clock. */
  readonly timeoutMs: number;
}

/** Calls one webhook over connections that it keeps. */
export interface Webhook {
  readonly call: (request: WebhookRequest) => Promise<WebhookAnswer>;
  readonly close: () => void;
}

/** @param endpoint an http or https URL */
export function webhook(endpoint: URL, clock: Clock): Webhook {
  const { Agent, request: send } = endpoint.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true });

  const call = ({ method, headers, body, timeoutMs }: WebhookRequest): Promise<WebhookAnswer> =>
    new Promise((resolve) => {
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const request = send(endpoint, { method, agent, headers: { ...headers, ...length } });
      const settle = (answer: WebhookAnswer): void => {
        cancelTimeout();
        resolve(answer);
      };
      // An answer after this goes unheard: the event is delivered again, though the webhook has it.
      const cancelTimeout = clock.after(timeoutMs, () => {
        settle({ kind: 'timedOut' });
        request.destroy();
      });
      request.on('error', (error) => settle({ kind: 'unreachable', reason: error.message }));
      request.on('response', (response) => {
        settle({ kind: 'answered', status: response.statusCode ?? 0, headers: response.headers });
        response.on('error', () => {});
        response.resume();
      });
      request.end(body);
    });

  return { call, close: () => agent.destroy() };
}
